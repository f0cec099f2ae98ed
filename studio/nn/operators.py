"""Names the operators of a captured program that torch has no way to write as ONNX."""

from __future__ import annotations

import functools
from typing import Any

import torch
from torch._ops import OpOverload
from torch.fx import GraphModule

from studio.core.resources import resource

__all__ = ["OPERATORS_FILE", "untranslatable"]

OPERATORS_FILE = "onnx-operators.txt"


def untranslatable(program: torch.export.ExportedProgram) -> list[str]:
    """Operators that the export would fail at, such as ``aten._linalg_eigh.default``, in order of their names.

    Only where a program calls one that is not in the list of known operators does it ask torch's exporter, which takes
    some seconds to begin.

    Args:
        program: What ``capture`` gave.
    """
    if _called(program).keys() <= _known():
        return []
    # The exporter's own table and pass; torch has no public name for either, and is held to one minor release.
    from torch.onnx._internal.exporter._fx_passes import decompose_with_registry

    registry = _registry()
    left = _called(decompose_with_registry(program, registry))
    return sorted(str(operator) for operator in left.values() if not registry.is_registered(operator))


@functools.cache
def _registry() -> Any:
    from torch.onnx._internal.exporter._registration import ONNXRegistry

    return ONNXRegistry.from_torchlib()


def _called(program: torch.export.ExportedProgram) -> dict[str, OpOverload]:
    """The operators that a program calls, by name; checks of shapes and types are left out, as the exporter does."""
    graphs = [module.graph for module in program.graph_module.modules() if isinstance(module, GraphModule)]
    targets = {node.target for graph in graphs for node in graph.nodes if node.op == "call_function"}
    operators = {target.name(): target for target in targets if isinstance(target, OpOverload)}
    return {name: operator for name, operator in operators.items() if not name.startswith("aten::_assert")}


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(resource(OPERATORS_FILE).read_text().split())
