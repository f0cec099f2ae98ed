"""Exports modules one by one, with every name of a graph made unique and nothing local left in it."""

from __future__ import annotations

import copy
import functools
import hashlib
import io
import logging
import pickle
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

__all__ = ["PartExporter"]


class PartExporter:
    """Exports modules, one that is the same as another once only: to write its operators takes seconds.

    A decoder has the loops of its sampler, and a loop asks before and after each step whether it is over.
    """

    def __init__(self) -> None:
        self._graphs: dict[str, ir.Graph] = {}

    def export(
        self, name: str, module: nn.Module, examples: Sequence[Sequence[Tensor]], outputs: int, opset: int
    ) -> ir.Graph:
        """Export one module with some outputs, as a graph of which every name begins with ``name``.

        Axes that differ between the two examples are dynamic.

        Raises:
            ModelError: If it cannot be written.
        """
        shapes = [[(value.dtype, tuple(value.shape)) for value in values] for values in examples]
        key = _fingerprint((module, repr(shapes), outputs, opset))
        graph = self._graphs.get(key) if key else None
        if graph is None:
            graph = _export(name, module, examples, outputs, opset)
            if key:
                self._graphs[key] = graph
        graph = graph.clone()
        for value in graph.initializers.values():
            # A clone has the numbers of the original, and a name is theirs too.
            value.const_value = copy.copy(value.const_value)
        _prefix(graph, f"{name}.")
        return graph


class _Fingerprint(pickle.Pickler):
    """Writes what objects are made of, a tensor as the hash of its numbers; nothing ever reads it back."""

    def persistent_id(self, obj: Any) -> Any:
        if not isinstance(obj, Tensor):
            return None
        digits = hashlib.sha256(obj.detach().cpu().contiguous().numpy().tobytes()).hexdigest()
        return str(obj.dtype), tuple(obj.shape), digits


def _fingerprint(what: Any) -> str:
    """A hash that two modules share only where they compute the same; empty where a module cannot say what it is."""
    data = io.BytesIO()
    try:
        _Fingerprint(data).dump(what)
    except Exception:
        # What strangers keep in a module may be anything, a function without a name or an open file.
        return ""
    return hashlib.sha256(data.getvalue()).hexdigest()


def _export(name: str, module: nn.Module, examples: Sequence[Sequence[Tensor]], outputs: int, opset: int) -> ir.Graph:
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
