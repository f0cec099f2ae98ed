"""This file exports one module by itself, with every name of its graph made unique and nothing local left in it."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from typing import Any

import onnx_ir as ir
import onnx_ir.passes.common as passes
import torch
from torch import Tensor, nn

from studio.core.errors import ModelError
from studio.core.sampling import Input

__all__ = ["example_inputs", "export_part"]


class _Flat(nn.Module):
    """Gives a module one signature of tensors, so that the dynamic shapes are one flat tuple."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *values: Tensor) -> Any:
        return self.module(*values)


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
        elif entry.kind == "given":
            examples.append(torch.randint(-1, 256, (batch, *entry.shape), dtype=dtype, generator=generator))
        elif entry.dtype == "uint8":
            examples.append(torch.randint(0, 256, (batch, *entry.shape), dtype=dtype, generator=generator))
        elif entry.distribution == "uniform":
            examples.append(torch.rand(batch, *entry.shape, generator=generator))
        else:
            examples.append(torch.randn(batch, *entry.shape, generator=generator))
    return examples


def export_part(
    name: str, module: nn.Module, examples: Sequence[Sequence[Tensor]], outputs: int, opset: int
) -> ir.Graph:
    """Export one module with some outputs; axes that differ between the two examples are dynamic."""
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
                output_names=[f"out{index}" for index in range(outputs)],
                dynamic_shapes=(dynamic,),
                opset_version=opset,
                optimize=True,
                verbose=False,
            )
    except Exception as error:
        reason = " ".join(str(error.__cause__ or error).split())[:300]
        raise ModelError(f"The module '{name}' cannot be written as ONNX: {reason}") from error
    assert program is not None
    model = program.model
    passes.InlinePass()(model)
    graph = model.graph
    if len(graph.inputs) != len(first):
        raise ModelError(f"The module '{name}' lost an input in the export; every input must be a tensor.")
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
