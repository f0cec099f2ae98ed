"""This file holds the sampler contract: what turns noise into items, in torch and in the exported file alike.

A sampler is plain modules. Written out, sampling is::

    values = init(*inputs);  state, constants = values[:num_state], values[num_state:]
    for stage in stages:
        state = stage.enter(*state, *constants)                 # where the stage has one
        for i in range(trip):
            state = stage.step(i, *state, *constants)
    samples = codec.quantise(codec.to_unit(finish(*state, *constants)))

The trainer previews with these Python loops; the exporter turns the same modules into one graph with one Loop a stage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from studio.core.noise import noise
from studio.core.sampling import Input, Likelihood

__all__ = ["Sampler", "Stage", "Transform", "as_tuple", "draw_inputs", "run_sampler"]


@dataclass(frozen=True)
class Stage:
    """One loop of a sampler.

    Attributes:
        step: ``step(i, *state, *constants) -> (*state)``; i is int64 without axes.
        trip: How often it is repeated: a number, or the name of an input.
        enter: Makes the state this stage works on from the last one's; None where it is the same.
    """

    step: nn.Module
    trip: int | str
    enter: nn.Module | None = None


@dataclass(frozen=True)
class Sampler:
    """What turns noise into items; all modules are in eval mode on the CPU when the studio runs or exports them.

    Attributes:
        inputs: Inputs in the order in which init takes them.
        init: ``init(*inputs) -> (*state, *constants)``.
        finish: ``finish(*state, *constants) -> view``, the value in the codec's view.
        codec: Turns the view into items inside the graph.
        stages: The loops, in order; none for a single-shot family.
        num_state: How many of init's outputs are state; the others are constants of every loop.
        opset: ONNX operator set of the file: 20 suits convolutions, 23 attention (measured; see the exporter).
        certified: ``certified(*state, *constants) -> value``, what the certificate of parity compares where the view is
            not real numbers, such as logits; None for the items before quantisation.
    """

    inputs: Sequence[Input]
    init: nn.Module
    finish: nn.Module
    codec: Any
    stages: Sequence[Stage] = field(default_factory=tuple)
    num_state: int = 1
    opset: int = 20
    certified: nn.Module | None = None


@dataclass(frozen=True)
class Transform:
    """One pass from a given value to another: an encoder, a decoder or a log-likelihood.

    Attributes:
        inputs: Inputs in the order in which the module takes them; one of them has kind ``value``.
        module: ``module(*inputs) -> output``; with a codec the output is a view, else it is the latent.
        output: Name of the output in the file.
        codec: Turns the module's output into items, for a decoder.
        opset: ONNX operator set of the file.
        likelihood: For a log-likelihood, what its numbers are; the output is then nats of each item, shape (N,).
    """

    inputs: Sequence[Input]
    module: nn.Module
    output: str
    codec: Any = None
    opset: int = 20
    likelihood: Likelihood | None = None


def as_tuple(value: Any) -> tuple[Any, ...]:
    """What a module returned, as a tuple."""
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def draw_inputs(
    inputs: Sequence[Input],
    seed: int,
    indices: Sequence[int],
    labels: Sequence[int] | None = None,
    scalars: Mapping[str, float] | None = None,
) -> list[Tensor]:
    """Make the inputs of a request as the sampler service makes them.

    Args:
        inputs: The sampler's inputs; none of kind ``value``.
        seed: Seed of the request.
        indices: Numbers of the samples, shape (N,).
        labels: Class of each sample; None for -1.
        scalars: Numbers that are not at their default.
    """
    made = []
    lane = 0
    for entry in inputs:
        if entry.kind == "noise":
            values = noise(seed, indices, entry.shape, entry.distribution or "normal", lane)
            lane += 1
            made.append(torch.from_numpy(values))
        elif entry.kind == "label":
            made.append(torch.tensor(list(labels) if labels is not None else [-1] * len(indices), dtype=torch.int64))
        elif entry.kind == "scalar":
            value = (scalars or {}).get(entry.name, entry.default)
            made.append(torch.tensor(value, dtype=getattr(torch, entry.dtype)))
        elif entry.kind == "given":
            made.append(torch.full((len(indices), *entry.shape), -1))
        else:
            raise ValueError(f"input {entry.name} has to be given by the caller")
    return made


@torch.inference_mode()
def run_sampler(
    sampler: Sampler, inputs: Sequence[Tensor], on_step: Callable[[int, int], None] | None = None
) -> tuple[Tensor, Tensor]:
    """Sample with Python loops.

    Args:
        sampler: The sampler.
        inputs: Its inputs, in order.
        on_step: Called after every step with the number done and the total; may raise to stop.

    Returns:
        What the certificate of parity compares (items before quantisation, float32 in [0, 1], or what ``certified``
        gives), and the items.
    """
    device = inputs[0].device
    values = as_tuple(sampler.init(*inputs))
    state, constants = values[: sampler.num_state], values[sampler.num_state :]
    names = [entry.name for entry in sampler.inputs]
    trips = [int(inputs[names.index(s.trip)]) if isinstance(s.trip, str) else s.trip for s in sampler.stages]
    done = 0
    for stage, trip in zip(sampler.stages, trips, strict=True):
        if stage.enter is not None:
            state = as_tuple(stage.enter(*state, *constants))
        for i in range(trip):
            state = as_tuple(stage.step(torch.tensor(i, device=device), *state, *constants))
            done += 1
            if on_step is not None:
                on_step(done, sum(trips))
    unit = sampler.codec.to_unit(sampler.finish(*state, *constants))
    compared = unit if sampler.certified is None else sampler.certified(*state, *constants)
    return compared, sampler.codec.quantise(unit)
