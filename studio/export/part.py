"""Exports one module by itself, with every name of its graph made unique and nothing local left in it."""

from __future__ import annotations

import functools
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import onnx_ir as ir
import onnx_ir.passes.common as passes
import torch
from torch import Tensor, nn

from studio.core.errors import ModelError
from studio.nn.trial import capture

__all__ = ["export_part"]


def export_part(
    name: str, module: nn.Module, examples: Sequence[Sequence[Tensor]], outputs: int, opset: int
) -> ir.Graph:
    """Export one module with some outputs; axes that differ between the two examples are dynamic."""
    first, second = examples
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    logging.getLogger("onnxscript").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), _one_table():
            # Notices of the exporter to its own developers.
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                capture(module, first, second),
                dynamo=True,
                input_names=[f"in{index}" for index in range(len(first))],
                output_names=[f"out{index}" for index in range(outputs)],
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


@functools.cache
def _table() -> Callable[..., Any]:
    from torch.onnx._internal.exporter._registration import ONNXRegistry

    return functools.cache(ONNXRegistry.from_torchlib)


@contextmanager
def _one_table() -> Iterator[None]:
    """Make torch's table of ONNX operators once: it makes another for every part, which takes half a second.

    torch has no public name for it, and is held to one minor release.
    """
    from torch.onnx._internal.exporter._registration import ONNXRegistry

    kept, name = ONNXRegistry.__dict__["from_torchlib"], "from_torchlib"
    setattr(ONNXRegistry, name, staticmethod(_table()))
    try:
        yield
    finally:
        setattr(ONNXRegistry, name, kept)


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
