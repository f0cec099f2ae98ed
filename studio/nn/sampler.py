"""The programs that become files: a sampler, and the transforms between items, latents and nats.

A program is plain modules. Written out, it is::

    values = init(*inputs);  state, constants = values[:num_state], values[num_state:]
    for stage in stages:
        state = stage.enter(*state, *constants)                 # where the stage has one
        for i in range(trip):
            if stage.until(*state, *constants):                 # where the stage has one
                break
            state = stage.step(i, *state, *constants)
    output = finish(*state, *constants)
    output = codec.settle(codec.decode(output))                 # where the program has a codec

The trainer previews with these Python loops; the exporter turns the same modules into one graph with one Loop a stage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from studio.core.errors import PluginError
from studio.core.inputs import fill_inputs, seeded_noise
from studio.core.manifest import Input, Likelihood

__all__ = ["Decoding", "Program", "Sampler", "Stage", "Transform", "as_tuple", "draw_inputs", "run_program"]

_ITEMS = "samples"


@dataclass(frozen=True)
class Stage:
    """One loop of a program.

    Attributes:
        step: ``step(i, *state, *constants) -> (*state)``; i is int64 without axes.
        trip: How often it is repeated: a number, or the name of an input.
        enter: Makes the state this stage works on from the last one's; None where it is the same.
        until: ``until(*state, *constants) -> bool`` without axes, asked before each step: whether no further step is
            wanted, as where all texts of a batch have ended; None to take every step.
    """

    step: nn.Module
    trip: int | str
    enter: nn.Module | None = None
    until: nn.Module | None = None

    def tried(self, index: int) -> int:
        """The step that stands for step ``index`` in a trial: the last once more where the loop has no more steps."""
        return index if isinstance(self.trip, str) else min(index, max(0, self.trip - 1))


@dataclass(frozen=True)
class Program:
    """Modules that become one file; all are in eval mode on the CPU when the studio runs or exports them.

    Attributes:
        inputs: Inputs in the order in which init takes them.
        init: ``init(*inputs) -> (*state, *constants)``.
        finish: ``finish(*state, *constants) -> output``; may be left out where init gives the output alone.
        codec: Turns the output, a view then, into items inside the graph; None where the output is none.
        stages: The loops, in order; none for what is done in a single pass.
        num_state: How many of init's outputs are state; the others are constants of every loop.
        opset: ONNX operator set of the file: 20 suits convolutions, 23 attention (measured; see the exporter).
        output: Name of the output in the file.
    """

    inputs: Sequence[Input]
    init: nn.Module
    finish: nn.Module = field(default_factory=nn.Identity)
    codec: Any = None
    stages: Sequence[Stage] = field(default_factory=tuple)
    num_state: int = 1
    opset: int = 20
    output: str = _ITEMS

    def __post_init__(self) -> None:
        """Check what would fail only at the export, after the training."""
        for entry in self.inputs:
            if not isinstance(entry, Input):
                raise PluginError(
                    f"The inputs of a {type(self).__name__} must be a list of inputs of studio.api, such as "
                    f"[noise_input((16,))]; {entry!r} is none."
                )
        steps = [("step", stage.step) for stage in self.stages]
        steps += [("enter", stage.enter) for stage in self.stages if stage.enter is not None]
        steps += [("until", stage.until) for stage in self.stages if stage.until is not None]
        for name, part in (("init", self.init), ("finish", self.finish), *steps):
            if not isinstance(part, nn.Module):
                raise PluginError(f"The {name} of a {type(self).__name__} must be a module, not {part!r}.")
        counts = [entry.name for entry in self.inputs if entry.kind == "scalar" and entry.dtype == "int64"]
        for stage in self.stages:
            trip = stage.trip
            if trip not in counts if isinstance(trip, str) else not (isinstance(trip, int) and trip >= 0):
                raise PluginError(
                    f"The trip {trip!r} of a stage must be a number of steps, or the name of a whole-number input "
                    f"({', '.join(counts) or 'there is none'})."
                )
        if (self.codec is not None) != (self.output == _ITEMS):
            raise PluginError(
                f"A {type(self).__name__} gives '{_ITEMS}' by a codec, and without one an output of another name."
            )


@dataclass(frozen=True)
class Sampler(Program):
    """What turns noise into items; it has a codec.

    Attributes:
        certified: ``certified(*state, *constants) -> value``, what the certificate of parity compares where the view is
            not real numbers, such as logits; None for what the codec decodes.
    """

    certified: nn.Module | None = None


@dataclass(frozen=True)
class Transform(Program):
    """From a value that the caller gives, an input of kind ``value``, to another: an encoder, a decoder, a likelihood.

    Attributes:
        likelihood: For a log-likelihood, what its numbers are; the output is then nats of each item, shape (N,).
        by_token: ``by_token(*state, *constants) -> (N, L, V)``, log p of every symbol at each place given what stands
            before it, where the likelihood is a product of such; the file has it as ``token_log_prob``. None without.
    """

    likelihood: Likelihood | None = None
    by_token: nn.Module | None = None


@dataclass(frozen=True)
class Decoding:
    """What says of a sampler that it decodes: its noise is the latent, so it is the decoder too.

    Attributes:
        fixed: Numbers that the decoder does not take, by input, such as a temperature of 1.
        defaults: Other defaults of those that it takes, by input; an input that a model lacks is passed over.
        noise: Name of the noise that is the latent.
    """

    fixed: Mapping[str, float] = field(default_factory=dict)
    defaults: Mapping[str, float] = field(default_factory=dict)
    noise: str = "noise"


def as_tuple(value: Any) -> tuple[Any, ...]:
    """What a module returned, as a tuple."""
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def draw_inputs(
    inputs: Sequence[Input],
    seed: int,
    indices: Sequence[int],
    labels: Sequence[int] | None = None,
    scalars: Mapping[str, float] | None = None,
    values: Mapping[str, Tensor] | None = None,
    sources: Tensor | None = None,
) -> list[Tensor]:
    """Make the inputs of a request as the sampler service makes them.

    Args:
        inputs: The program's inputs.
        seed: Seed of the request.
        indices: Numbers of the samples, shape (N,).
        labels: Class of each sample; None for -1.
        scalars: Numbers that are not at their default.
        values: What the caller gives for every item, by input, on the CPU.
        sources: What each sample is made from, (N, S), on the CPU; None for empty ones.
    """
    arrays = {name: value.numpy() for name, value in (values or {}).items()}
    lane_noise = seeded_noise(seed, indices)
    made_from = sources.numpy() if sources is not None else None
    filled = fill_inputs(
        inputs, len(indices), lane_noise, labels=labels, scalars=scalars, sources=made_from, values=arrays
    )
    return [torch.from_numpy(array) for array in filled.values()]


@torch.inference_mode()
def run_program(
    program: Program, inputs: Sequence[Tensor], watch: Callable[[tuple[Tensor, ...]], None] | None = None
) -> tuple[Tensor, Tensor]:
    """Run a program with Python loops.

    Args:
        program: A sampler or a transform.
        inputs: Its inputs, in order.
        watch: Called with the state and the constants, as ``finish`` takes them, before the first step and after each.

    Returns:
        What the certificate of parity compares (decoded values before they are settled to items, what ``certified``
        gives, or the output where there is no codec), and the output.
    """
    device = inputs[0].device
    values = as_tuple(program.init(*inputs))
    state, constants = values[: program.num_state], values[program.num_state :]
    names = [entry.name for entry in program.inputs]
    trips = [int(inputs[names.index(s.trip)]) if isinstance(s.trip, str) else s.trip for s in program.stages]
    if watch is not None:
        watch((*state, *constants))
    for stage, trip in zip(program.stages, trips, strict=True):
        if stage.enter is not None:
            state = as_tuple(stage.enter(*state, *constants))
        for i in range(trip):
            if stage.until is not None and bool(stage.until(*state, *constants)):
                break
            state = as_tuple(stage.step(torch.tensor(i, device=device), *state, *constants))
            if watch is not None:
                watch((*state, *constants))
    output: Tensor = program.finish(*state, *constants)
    if program.codec is None:
        return output, output
    decoded = program.codec.decode(output)
    certified = program.certified if isinstance(program, Sampler) else None
    compared = decoded if certified is None else certified(*state, *constants)
    return compared, program.codec.settle(decoded)
