"""Turns the modules of a sampler or a transform into one ONNX graph with one Loop for each stage.

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
from studio.core.manifest import TOKEN_OUTPUT
from studio.export.assembly import Assembly
from studio.export.part import PartExporter
from studio.nn.sampler import Program, Sampler, Stage, Transform, as_tuple
from studio.nn.trial import example_inputs

__all__ = ["DECODED_OUTPUT", "assemble"]

DECODED_OUTPUT = "decoded"
Values = tuple[Tensor, ...]


class _Items(nn.Module):
    """Finish, and the codec's way back: what it decodes, and the items."""

    def __init__(self, finish: nn.Module, codec: Any) -> None:
        super().__init__()
        self.finish = finish
        self.codec = codec

    def forward(self, *values: Tensor) -> tuple[Tensor, Tensor]:
        decoded = self.codec.decode(self.finish(*values))
        return decoded, self.codec.settle(decoded)


def _run_stage(
    stage: Stage, state: tuple[Tensor, ...], constants: tuple[Tensor, ...], steps: int
) -> tuple[Tensor, ...]:
    for index in range(steps):
        state = as_tuple(stage.step(torch.tensor(stage.tried(index)), *state, *constants))
    return state


@torch.no_grad()
def assemble(program: Program, exporter: PartExporter | None = None) -> ir.Model:
    """Write a program as one graph: its output, DECODED_OUTPUT of a codec, TOKEN_OUTPUT where it has ``by_token``.

    Args:
        program: The program.
        exporter: Exports its modules; one for several programs writes those that they share once.

    Raises:
        ModelError: If a module cannot be written, or does not keep the contract.
    """
    export_part = (exporter or PartExporter()).export
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
        rows = [(torch.tensor(stage.tried(1)), *s, *c) for s, c in zip(after, constants, strict=True)]
        parts[f"step{number}"] = export_part(f"step{number}", stage.step, rows, len(after[0]), opset)
        if stage.until is not None:
            rows = [(*s, *c) for s, c in zip(after, constants, strict=True)]
            # Once for what is before the first step, once for what each step leaves.
            for name in ("first", "until"):
                parts[f"{name}{number}"] = export_part(f"{name}{number}", stage.until, rows, 1, opset)
        states = after
    rows = [(*s, *c) for s, c in zip(states, constants, strict=True)]
    codec = program.codec
    finish = program.finish if codec is None else _Items(program.finish, codec)
    shapes = [["N", *result.shape[1:]] for result in as_tuple(finish(*rows[0]))]
    if not isinstance(finish, nn.Identity):
        parts["finish"] = export_part("finish", finish, rows, len(shapes), opset)
    certified = program.certified if isinstance(program, Sampler) else None
    if certified is not None:
        parts["certified"] = export_part("certified", certified, rows, 1, opset)
    by_token = program.by_token if isinstance(program, Transform) else None
    if by_token is not None:
        parts["by_token"] = export_part("by_token", by_token, rows, 1, opset)

    assembly = Assembly(program.inputs, opset)
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
        name, until = f"step{number}", None
        if stage.until is not None:
            (over,) = assembly.splice(parts[f"first{number}"], [*state, *constant])
            until = over, parts[f"until{number}"]
        state = assembly.loop(name, parts[name], trip, state, constant, until)
    results = assembly.splice(parts["finish"], [*state, *constant]) if "finish" in parts else state
    assembly.output(results[-1], program.output, shapes[-1])
    if certified is not None:
        (compared,) = assembly.splice(parts["certified"], [*state, *constant])
        assembly.output(compared, DECODED_OUTPUT, ["N", *certified(*rows[0]).shape[1:]])
    elif codec is not None:
        assembly.output(results[0], DECODED_OUTPUT, shapes[0])
    if by_token is not None:
        (scored,) = assembly.splice(parts["by_token"], [*state, *constant])
        assembly.output(scored, TOKEN_OUTPUT, ["N", *by_token(*rows[0]).shape[1:]])
    return assembly.model()
