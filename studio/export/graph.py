"""This file turns a sampler's modules into one ONNX graph with one Loop for each stage.

Each module is exported by itself and the graphs are spliced: init, then for each stage its enter module and a Loop
whose body is the step, then finish and the codec. Rules that were measured on CPU:

- A step's weights stay inside its Loop body; from the outer scope ONNX Runtime does not give convolutions its blocked
  layout, and they take 1.6 times as long. Weights that several parts share lie in the outer scope, once.
- Operator set 20 suits convolutions (later group normalisation has no CPU kernel), 23 suits attention.
- Constants of a loop (labels, guidance) are captured by the body, not carried as state.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir
import torch
from torch import Tensor, nn

from studio.core.errors import ModelError
from studio.export.assembly import Assembly
from studio.export.part import example_inputs, export_part
from studio.nn.sampler import Sampler, Stage, Transform, as_tuple

__all__ = ["UNIT_OUTPUT", "assemble_sampler", "assemble_transform"]

UNIT_OUTPUT = "before_quantisation"
Values = tuple[Tensor, ...]


class _FinishUnit(nn.Module):
    """Finish, and the codec's way back before quantisation."""

    def __init__(self, finish: nn.Module, codec: Any) -> None:
        super().__init__()
        self.finish = finish
        self.codec = codec

    def forward(self, *values: Tensor) -> Tensor:
        return self.codec.to_unit(self.finish(*values))


class _Quantise(nn.Module):
    """The codec's quantisation."""

    def __init__(self, codec: Any) -> None:
        super().__init__()
        self.codec = codec

    def forward(self, unit: Tensor) -> Tensor:
        return self.codec.quantise(unit)


def _run_stage(
    stage: Stage, state: tuple[Tensor, ...], constants: tuple[Tensor, ...], steps: int
) -> tuple[Tensor, ...]:
    for index in range(steps):
        state = as_tuple(stage.step(torch.tensor(index), *state, *constants))
    return state


@torch.no_grad()
def assemble_sampler(sampler: Sampler) -> ir.Model:
    """Write a sampler as one graph with the outputs ``samples`` and UNIT_OUTPUT.

    Raises:
        ModelError: If a module cannot be written, or does not keep the contract.
    """
    examples = [example_inputs(sampler.inputs, batch) for batch in (2, 3)]
    values = [as_tuple(sampler.init(*inputs)) for inputs in examples]
    count, opset = sampler.num_state, sampler.opset
    states = [row[:count] for row in values]
    constants = [row[count:] for row in values]
    names = [f"out{position}" for position in range(len(values[0]))]
    parts: list[tuple[str, ir.Graph]] = [("init", export_part("init", sampler.init, examples, names, opset))]
    for number, stage in enumerate(sampler.stages):
        if stage.enter is not None:
            entered = [as_tuple(stage.enter(*s, *c)) for s, c in zip(states, constants, strict=True)]
            rows = [(*s, *c) for s, c in zip(states, constants, strict=True)]
            names = [f"out{position}" for position in range(len(entered[0]))]
            parts.append((f"enter{number}", export_part(f"enter{number}", stage.enter, rows, names, opset)))
            states = entered
        # States may grow with the steps (a key/value cache), so the examples are taken after 2 and after 3 of them.
        after = [_run_stage(stage, s, c, n) for s, c, n in zip(states, constants, (2, 3), strict=True)]
        for position, (before, later) in enumerate(zip(states[0], after[0], strict=True)):
            if before.dtype != later.dtype:
                raise ModelError(f"Step {number} turns state {position} from {before.dtype} into {later.dtype}.")
        rows = [(torch.tensor(1), *s, *c) for s, c in zip(after, constants, strict=True)]
        names = [f"out{position}" for position in range(len(after[0]))]
        parts.append((f"step{number}", export_part(f"step{number}", stage.step, rows, names, opset)))
        states = after
    rows = [(*s, *c) for s, c in zip(states, constants, strict=True)]
    finish = _FinishUnit(sampler.finish, sampler.codec)
    parts.append(("finish", export_part("finish", finish, rows, ["unit"], opset)))
    units = [(finish(*row),) for row in rows]
    parts.append(("quantise", export_part("quantise", _Quantise(sampler.codec), units, ["samples"], opset)))
    compared = units[0][0]
    if sampler.certified is not None:
        parts.append(("certified", export_part("certified", sampler.certified, rows, ["value"], opset)))
        compared = sampler.certified(*rows[0])

    assembly = Assembly(sampler.inputs, opset)
    for _, graph in parts:
        assembly.count(graph)
    graphs = dict(parts)
    outputs = assembly.splice(graphs["init"], list(assembly.inputs.values()))
    state, constant = outputs[:count], outputs[count:]
    for number, stage in enumerate(sampler.stages):
        if stage.enter is not None:
            state = assembly.splice(graphs[f"enter{number}"], [*state, *constant])
        if isinstance(stage.trip, str):
            trip = assembly.inputs[stage.trip]
        else:
            trip = assembly.constant(f"step{number}/trip", np.array(stage.trip, np.int64))
        state = assembly.loop(f"step{number}", graphs[f"step{number}"], trip, state, constant)
    (unit,) = assembly.splice(graphs["finish"], [*state, *constant])
    (samples,) = assembly.splice(graphs["quantise"], [unit])
    assembly.output(samples, "samples", ["N", *units[0][0].shape[1:]])
    if sampler.certified is not None:
        (unit,) = assembly.splice(graphs["certified"], [*state, *constant])
    assembly.output(unit, UNIT_OUTPUT, ["N", *compared.shape[1:]])
    return assembly.model()


@torch.no_grad()
def assemble_transform(transform: Transform) -> ir.Model:
    """Write an encoder or decoder; a decoder has the outputs ``samples`` and UNIT_OUTPUT, an encoder its own one.

    Raises:
        ModelError: If the module cannot be written.
    """
    examples = [example_inputs(transform.inputs, batch) for batch in (2, 3)]
    module = transform.module if transform.codec is None else _FinishUnit(transform.module, transform.codec)
    results = [(module(*inputs),) for inputs in examples]
    shape = ["N", *results[0][0].shape[1:]]
    assembly = Assembly(transform.inputs, transform.opset)
    graph = export_part("map", module, examples, ["out0"], transform.opset)
    assembly.count(graph)
    (value,) = assembly.splice(graph, list(assembly.inputs.values()))
    if transform.codec is not None:
        quantise = export_part("quantise", _Quantise(transform.codec), results, ["samples"], transform.opset)
        (samples,) = assembly.splice(quantise, [value])
        assembly.output(samples, transform.output, shape)
        assembly.output(value, UNIT_OUTPUT, shape)
    else:
        assembly.output(value, transform.output, shape)
    return assembly.model()
