"""This file turns the modules of a sampler or a transform into one ONNX graph with one Loop for each stage.

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
from studio.export.part import export_part
from studio.nn.sampler import Program, Sampler, Stage, as_tuple
from studio.nn.trial import example_inputs

__all__ = ["UNIT_OUTPUT", "assemble"]

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
def assemble(program: Program) -> ir.Model:
    """Write a program as one graph: its output and, where that can be quantised, UNIT_OUTPUT.

    Raises:
        ModelError: If a module cannot be written, or does not keep the contract.
    """
    examples = [example_inputs(program.inputs, batch) for batch in (2, 3)]
    values = [as_tuple(program.init(*inputs)) for inputs in examples]
    count, opset = program.num_state, program.opset
    states = [row[:count] for row in values]
    constants = [row[count:] for row in values]
    parts = {"init": export_part("init", program.init, examples, len(values[0]), opset)}
    for number, stage in enumerate(program.stages):
        if stage.enter is not None:
            entered = [as_tuple(stage.enter(*s, *c)) for s, c in zip(states, constants, strict=True)]
            rows = [(*s, *c) for s, c in zip(states, constants, strict=True)]
            parts[f"enter{number}"] = export_part(f"enter{number}", stage.enter, rows, len(entered[0]), opset)
            states = entered
        # States may grow with the steps (a key/value cache), so the examples are taken after 2 and after 3 of them.
        after = [_run_stage(stage, s, c, n) for s, c, n in zip(states, constants, (2, 3), strict=True)]
        for position, (before, later) in enumerate(zip(states[0], after[0], strict=True)):
            if before.dtype != later.dtype:
                raise ModelError(f"Step {number} turns state {position} from {before.dtype} into {later.dtype}.")
        rows = [(torch.tensor(1), *s, *c) for s, c in zip(after, constants, strict=True)]
        parts[f"step{number}"] = export_part(f"step{number}", stage.step, rows, len(after[0]), opset)
        states = after
    rows = [(*s, *c) for s, c in zip(states, constants, strict=True)]
    finish = program.finish if program.codec is None else _FinishUnit(program.finish, program.codec)
    if not isinstance(finish, nn.Identity):
        parts["finish"] = export_part("finish", finish, rows, 1, opset)
    results = [(finish(*row),) for row in rows]
    shape = ["N", *results[0][0].shape[1:]]

    assembly = Assembly(program.inputs, opset)
    if program.codec is not None:
        parts["quantise"] = export_part("quantise", _Quantise(program.codec), results, 1, opset)
    certified = program.certified if isinstance(program, Sampler) else None
    if certified is not None:
        parts["certified"] = export_part("certified", certified, rows, 1, opset)
    for graph in parts.values():
        assembly.count(graph)
    outputs = assembly.splice(parts["init"], list(assembly.inputs.values()))
    state, constant = outputs[:count], outputs[count:]
    for number, stage in enumerate(program.stages):
        if stage.enter is not None:
            state = assembly.splice(parts[f"enter{number}"], [*state, *constant])
        if isinstance(stage.trip, str):
            trip = assembly.inputs[stage.trip]
        else:
            trip = assembly.constant(f"step{number}/trip", np.array(stage.trip, np.int64))
        state = assembly.loop(f"step{number}", parts[f"step{number}"], trip, state, constant)
    (output,) = assembly.splice(parts["finish"], [*state, *constant]) if "finish" in parts else state
    if program.codec is None:
        assembly.output(output, program.output, shape)
        return assembly.model()
    (items,) = assembly.splice(parts["quantise"], [output])
    assembly.output(items, program.output, shape)
    if certified is not None:
        (output,) = assembly.splice(parts["certified"], [*state, *constant])
        shape = ["N", *certified(*rows[0]).shape[1:]]
    assembly.output(output, UNIT_OUTPUT, shape)
    return assembly.model()
