"""Splices exported parts into one graph: where weights lie, and how a part becomes the body of a Loop."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx_ir as ir
import onnx_ir.passes.common as passes

from studio.core.manifest import Input

__all__ = ["Assembly"]

_SHARED_BYTES = 64
_IR_VERSION = 10


def _key(value: ir.Value) -> tuple[Any, ...] | None:
    """What makes two weights the same; None for those too small to share."""
    tensor = value.const_value
    if tensor is None or tensor.nbytes <= _SHARED_BYTES:
        return None
    return tensor.dtype, tuple(tensor.shape), hashlib.sha256(tensor.tobytes()).digest()


class Assembly:
    """The graph in the making."""

    def __init__(self, inputs: Sequence[Input], opset: int) -> None:
        self.graph = ir.Graph([], [], nodes=[], opset_imports={"": opset}, name="sampler")
        self.opset = opset
        self.inputs = {entry.name: self._input(entry) for entry in inputs}
        self.uses: Counter[Any] = Counter()
        self.shared: dict[Any, ir.Value] = {}

    def _input(self, entry: Input) -> ir.Value:
        axes: list[Any] = [] if entry.kind == "scalar" else ["N", *entry.shape]
        kind = ir.DataType.from_numpy(np.dtype(entry.dtype))
        value = ir.Value(name=entry.name, type=ir.TensorType(kind), shape=ir.Shape(axes))
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
        self,
        name: str,
        body: ir.Graph,
        trip: ir.Value,
        state: Sequence[ir.Value],
        constants: Sequence[ir.Value],
        until: tuple[ir.Value, ir.Graph] | None = None,
    ) -> list[ir.Value]:
        """Append a Loop; returns the state after it.

        Args:
            name: Its name.
            body: A part with inputs (i, *state, *constants).
            trip: Number of steps at most.
            state: The state before it.
            constants: What every step takes.
            until: Whether it is over before it begins, and a part with inputs (*state, *constants) that says whether it
                is over after a step; None for all steps.
        """
        index, carried = body.inputs[0], list(body.inputs[1 : 1 + len(state)])
        for value, constant in zip(body.inputs[1 + len(state) :], constants, strict=True):
            ir.convenience.replace_all_uses_with(value, constant, replace_graph_outputs=True)
        self.move_weights(body, looped=True)
        going_on = ir.Value(name=f"{name}/cond", type=ir.TensorType(ir.DataType.BOOL), shape=ir.Shape([]))
        body.inputs.clear()
        body.inputs.extend([index, going_on, *carried])
        begins = self.constant(f"{name}/true", np.array(True))
        goes_on = going_on
        if until is not None:
            over, part = until
            begins = self._not(f"{name}/begins", over, self.graph)
            for value, constant in zip(part.inputs[len(state) :], constants, strict=True):
                ir.convenience.replace_all_uses_with(value, constant, replace_graph_outputs=True)
            goes_on = self._goes_on(name, body, part)
        outputs = [goes_on, *body.outputs]
        own = {id(value) for node in body for value in node.outputs}
        results: list[ir.Value] = []
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
        node = ir.Node(
            "",
            "Loop",
            [trip, begins, *state],
            [ir.AttrGraph("body", body)],
            num_outputs=len(state),
            name=f"{name}/loop",
        )
        for position, (output, value) in enumerate(zip(node.outputs, carried, strict=True)):
            output.name = f"{name}/state{position}"
            output.type, output.shape = value.type, value.shape
        self.graph.append(node)
        return list(node.outputs)

    def _goes_on(self, name: str, body: ir.Graph, until: ir.Graph) -> ir.Value:
        """Append to a body whether there is another step, by a part whose first inputs are the state after one."""
        for value, after in zip(until.inputs, body.outputs, strict=False):
            ir.convenience.replace_all_uses_with(value, after, replace_graph_outputs=True)
        self.move_weights(until, looped=False)
        (over,) = until.outputs
        until.outputs.clear()
        nodes = list(until)
        until.remove(nodes)
        body.extend(nodes)
        return self._not(f"{name}/goes_on", over, body)

    @staticmethod
    def _not(name: str, value: ir.Value, graph: ir.Graph) -> ir.Value:
        node = ir.Node("", "Not", [value], num_outputs=1, name=name)
        node.outputs[0].name = name
        node.outputs[0].type, node.outputs[0].shape = ir.TensorType(ir.DataType.BOOL), ir.Shape([])
        graph.append(node)
        return node.outputs[0]

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
