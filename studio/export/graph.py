"""This file turns a sampler's modules into one ONNX graph with one Loop for each stage.

Each module is exported by itself and the graphs are spliced: init, then for each stage its enter module and a Loop
whose body is the step, then finish and the codec. Rules that were measured on CPU:

- A step's weights stay inside its Loop body; from the outer scope ONNX Runtime does not give convolutions its blocked
  layout, and they take 1.6 times as long. Weights that several parts share lie in the outer scope, once.
- Operator set 20 suits convolutions (later group normalisation has no CPU kernel), 23 suits attention.
- Constants of a loop (labels, guidance) are captured by the body, not carried as state.
"""

from __future__ import annotations

import hashlib
import logging
import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx_ir as ir
import onnx_ir.passes.common as passes
import torch
from torch import Tensor, nn

from studio.core.errors import ModelError
from studio.core.sampling import Input
from studio.nn.sampler import Sampler, Transform, as_tuple

__all__ = ["UNIT_OUTPUT", "assemble_sampler", "assemble_transform", "example_inputs"]

UNIT_OUTPUT = "before_quantisation"
_SHARED_BYTES = 64
_IR_VERSION = 10


class _Flat(nn.Module):
    """Gives a module one signature of tensors, so that the dynamic shapes are one flat tuple."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *values: Tensor) -> Any:
        return self.module(*values)


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


def example_inputs(inputs: Sequence[Input], batch: int) -> list[Tensor]:
    """Inputs to trace with: a scalar is off its default, so that what a default switches off is traced too."""
    generator = torch.Generator().manual_seed(batch)
    examples = []
    for entry in inputs:
        dtype = getattr(torch, entry.dtype)
        if entry.kind == "label":
            examples.append(torch.arange(batch, dtype=dtype) % (int(entry.maximum or 0) + 1))
        elif entry.kind == "scalar":
            value = float(entry.default or 0)
            if not entry.dtype.startswith("int"):
                value = (value + float(entry.maximum if entry.maximum is not None else value + 1.0)) / 2.0
            examples.append(torch.tensor(value, dtype=dtype))
        elif entry.dtype == "uint8":
            examples.append(torch.randint(0, 256, (batch, *entry.shape), dtype=dtype, generator=generator))
        elif entry.distribution == "uniform":
            examples.append(torch.rand(batch, *entry.shape, generator=generator))
        else:
            examples.append(torch.randn(batch, *entry.shape, generator=generator))
    return examples


def _export_part(
    name: str, module: nn.Module, examples: Sequence[Sequence[Tensor]], outputs: Sequence[str], opset: int
) -> ir.Graph:
    """Export one module; axes that differ between the two examples are dynamic."""
    first, second = examples
    dynamic = tuple(
        {
            axis: torch.export.Dim.DYNAMIC
            for axis, pair in enumerate(zip(a.shape, b.shape, strict=True))
            if pair[0] != pair[1]
        }
        or None
        for a, b in zip(first, second, strict=True)
    )
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    logging.getLogger("onnxscript").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # Notices of the exporter to its own developers.
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                _Flat(module).eval(),
                tuple(first),
                dynamo=True,
                input_names=[f"in{index}" for index in range(len(first))],
                output_names=list(outputs),
                dynamic_shapes=(dynamic,),
                opset_version=opset,
                optimize=True,
                verbose=False,
            )
    except Exception as error:
        reason = " ".join(str(error.__cause__ or error).split())[:300]
        raise ModelError(f"The sampler's module '{name}' cannot be written as ONNX: {reason}") from error
    assert program is not None
    model = program.model
    passes.InlinePass()(model)
    graph = model.graph
    if len(graph.inputs) != len(first):
        raise ModelError(f"The sampler's module '{name}' lost an input in the export; every input must be a tensor.")
    _prefix(graph, f"{name}.")
    return graph


def _prefix(graph: ir.Graph, prefix: str) -> None:
    """Put a prefix before every name, nested graphs included, and drop stack traces and local paths."""
    graph.metadata_props.clear()
    graph.doc_string = None
    renamed: set[int] = set()

    def rename(value: ir.Value) -> None:
        if id(value) not in renamed:
            renamed.add(id(value))
            value.name = prefix + (value.name or "")
            value.metadata_props.clear()

    for value in graph.inputs:
        rename(value)
    for name in list(graph.initializers):
        value = graph.initializers.pop(name)
        rename(value)
        graph.initializers[str(value.name)] = value
    for node in ir.traversal.RecursiveGraphIterator(graph):
        node.name = prefix + (node.name or "")
        node.metadata_props.clear()
        node.doc_string = None
        for value in node.outputs:
            rename(value)
        for attribute in node.attributes.values():
            if attribute.type == ir.AttributeType.GRAPH:
                for value in attribute.as_graph().inputs:
                    rename(value)


def _key(value: ir.Value) -> tuple[Any, ...] | None:
    """What makes two weights the same; None for those too small to share."""
    tensor = value.const_value
    if tensor is None or tensor.nbytes <= _SHARED_BYTES:
        return None
    return tensor.dtype, tuple(tensor.shape), hashlib.sha256(tensor.tobytes()).digest()


class _Assembly:
    """The graph in the making."""

    def __init__(self, inputs: Sequence[Input], opset: int) -> None:
        self.graph = ir.Graph([], [], nodes=[], opset_imports={"": opset}, name="sampler")
        self.opset = opset
        self.inputs = {entry.name: self._input(entry) for entry in inputs}
        self.uses: Counter[Any] = Counter()
        self.shared: dict[Any, ir.Value] = {}

    def _input(self, entry: Input) -> ir.Value:
        axes: list[Any] = [] if entry.kind == "scalar" else ["N", *entry.shape]
        kinds = {"float32": ir.DataType.FLOAT, "int64": ir.DataType.INT64, "uint8": ir.DataType.UINT8}
        value = ir.Value(name=entry.name, type=ir.TensorType(kinds[entry.dtype]), shape=ir.Shape(axes))
        self.graph.inputs.append(value)
        return value

    def constant(self, name: str, array: np.ndarray) -> ir.Value:
        """A named constant in the outer scope."""
        tensor = ir.tensor(array, name=name)
        value = ir.Value(name=name, const_value=tensor, type=ir.TensorType(tensor.dtype), shape=ir.Shape(array.shape))
        self.graph.register_initializer(value)
        return value

    def count(self, graph: ir.Graph) -> None:
        """Note which weights a part uses, before any part is spliced."""
        self.uses.update({key for value in graph.initializers.values() if (key := _key(value)) is not None})

    def move_weights(self, graph: ir.Graph, looped: bool) -> None:
        """Bring a part's weights to the outer scope, those of a loop only where another part has them too."""
        for name in list(graph.initializers):
            value = graph.initializers[name]
            key = _key(value)
            if looped and (key is None or self.uses[key] < 2):
                continue
            graph.initializers.pop(name)
            if key is not None and key in self.shared:
                ir.convenience.replace_all_uses_with(value, self.shared[key], replace_graph_outputs=True)
                continue
            self.graph.register_initializer(value)
            if key is not None:
                self.shared[key] = value

    def splice(self, graph: ir.Graph, arguments: Sequence[ir.Value]) -> list[ir.Value]:
        """Append a part's nodes; its inputs become the arguments; returns its outputs."""
        for value, argument in zip(graph.inputs, arguments, strict=True):
            ir.convenience.replace_all_uses_with(value, argument, replace_graph_outputs=True)
        self.move_weights(graph, looped=False)
        outputs = list(graph.outputs)
        graph.outputs.clear()
        nodes = list(graph)
        graph.remove(nodes)
        self.graph.extend(nodes)
        return outputs

    def loop(
        self, name: str, body: ir.Graph, trip: ir.Value, state: Sequence[ir.Value], constants: Sequence[ir.Value]
    ) -> list[ir.Value]:
        """Append a Loop whose body is a part with inputs (i, *state, *constants); returns the state after it."""
        index, carried = body.inputs[0], list(body.inputs[1 : 1 + len(state)])
        for value, constant in zip(body.inputs[1 + len(state) :], constants, strict=True):
            ir.convenience.replace_all_uses_with(value, constant, replace_graph_outputs=True)
        self.move_weights(body, looped=True)
        going_on = ir.Value(name=f"{name}/cond", type=ir.TensorType(ir.DataType.BOOL), shape=ir.Shape([]))
        body.inputs.clear()
        body.inputs.extend([index, going_on, *carried])
        own = {id(value) for node in body for value in node.outputs}
        results: list[ir.Value] = []
        outputs = [going_on, *body.outputs]
        body.outputs.clear()
        for position, value in enumerate(outputs):
            # Outputs of a body must be distinct values that it computes.
            if id(value) not in own or any(value is other for other in results):
                node = ir.Node("", "Identity", [value], num_outputs=1, name=f"{name}/pass{position}")
                node.outputs[0].name = f"{name}/carried{position}"
                node.outputs[0].type, node.outputs[0].shape = value.type, value.shape
                body.append(node)
                value = node.outputs[0]
            results.append(value)
        body.outputs.extend(results)
        body.name = name
        true = self.constant(f"{name}/true", np.array(True))
        node = ir.Node(
            "", "Loop", [trip, true, *state], [ir.AttrGraph("body", body)], num_outputs=len(state), name=f"{name}/loop"
        )
        for position, (output, value) in enumerate(zip(node.outputs, carried, strict=True)):
            output.name = f"{name}/state{position}"
            output.type, output.shape = value.type, value.shape
        self.graph.append(node)
        return list(node.outputs)

    def output(self, value: ir.Value, name: str, shape: Sequence[int | str]) -> None:
        """Make a value an output of the file; an Identity keeps names apart."""
        node = ir.Node("", "Identity", [value], num_outputs=1, name=f"{name}.output")
        node.outputs[0].name = name
        node.outputs[0].type, node.outputs[0].shape = value.type, ir.Shape(list(shape))
        self.graph.append(node)
        self.graph.outputs.append(node.outputs[0])

    def model(self) -> ir.Model:
        """The finished model."""
        model = ir.Model(self.graph, ir_version=_IR_VERSION, producer_name="generative-studio")
        model.opset_imports.update({"": self.opset})
        passes.RemoveUnusedNodesPass()(model)
        return model


def _run_stage(stage: Any, state: tuple[Tensor, ...], constants: tuple[Tensor, ...], steps: int) -> tuple[Tensor, ...]:
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
    parts: list[tuple[str, ir.Graph]] = [("init", _export_part("init", sampler.init, examples, names, opset))]
    for number, stage in enumerate(sampler.stages):
        if stage.enter is not None:
            entered = [as_tuple(stage.enter(*s, *c)) for s, c in zip(states, constants, strict=True)]
            rows = [(*s, *c) for s, c in zip(states, constants, strict=True)]
            names = [f"out{position}" for position in range(len(entered[0]))]
            parts.append((f"enter{number}", _export_part(f"enter{number}", stage.enter, rows, names, opset)))
            states = entered
        # States may grow with the steps (a key/value cache), so the examples are taken after 2 and after 3 of them.
        after = [_run_stage(stage, s, c, n) for s, c, n in zip(states, constants, (2, 3), strict=True)]
        for position, (before, later) in enumerate(zip(states[0], after[0], strict=True)):
            if before.dtype != later.dtype:
                raise ModelError(f"Step {number} turns state {position} from {before.dtype} into {later.dtype}.")
        rows = [(torch.tensor(1), *s, *c) for s, c in zip(after, constants, strict=True)]
        names = [f"out{position}" for position in range(len(after[0]))]
        parts.append((f"step{number}", _export_part(f"step{number}", stage.step, rows, names, opset)))
        states = after
    rows = [(*s, *c) for s, c in zip(states, constants, strict=True)]
    finish = _FinishUnit(sampler.finish, sampler.codec)
    parts.append(("finish", _export_part("finish", finish, rows, ["unit"], opset)))
    units = [(finish(*row),) for row in rows]
    parts.append(("quantise", _export_part("quantise", _Quantise(sampler.codec), units, ["samples"], opset)))

    assembly = _Assembly(sampler.inputs, opset)
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
    assembly.output(unit, UNIT_OUTPUT, ["N", *units[0][0].shape[1:]])
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
    assembly = _Assembly(transform.inputs, transform.opset)
    graph = _export_part("map", module, examples, ["out0"], transform.opset)
    assembly.count(graph)
    (value,) = assembly.splice(graph, list(assembly.inputs.values()))
    if transform.codec is not None:
        quantise = _export_part("quantise", _Quantise(transform.codec), results, ["samples"], transform.opset)
        (samples,) = assembly.splice(quantise, [value])
        assembly.output(samples, transform.output, shape)
        assembly.output(value, UNIT_OUTPUT, shape)
    else:
        assembly.output(value, transform.output, shape)
    return assembly.model()
