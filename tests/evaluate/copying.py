"""A file that draws items of a table: what the judge says of it is known beforehand."""

import numpy as np
import onnx
from onnx import TensorProto, helper

from studio.core.manifest import MANIFEST_KEY, Manifest, label_input, noise_input

__all__ = ["copier"]


def copier(path, items, labels=None, classes=(), **values):
    """An exported file that draws items of a table: the one at noise * N, or one of the class asked for."""
    flat = np.ascontiguousarray(items)
    inputs, described = [helper.make_tensor_value_info("noise", TensorProto.FLOAT, ["N", 1])], []
    described.append(noise_input((1,), distribution="uniform"))
    per = len(items) if labels is None else min(np.bincount(labels))
    nodes = [
        helper.make_node("Squeeze", ["noise", "one"], ["u"]),
        helper.make_node("Mul", ["u", "count"], ["scaled"]),
        helper.make_node("Cast", ["scaled"], ["place"], to=TensorProto.INT64),
    ]
    constants = [
        onnx.numpy_helper.from_array(np.array([1], np.int64), "one"),
        onnx.numpy_helper.from_array(np.array(per, np.float32), "count"),
    ]
    if labels is not None:
        flat = np.concatenate([items[labels == k][:per] for k in range(len(classes))])
        inputs.append(helper.make_tensor_value_info("label", TensorProto.INT64, ["N"]))
        described.append(label_input(len(classes)))
        constants.append(onnx.numpy_helper.from_array(np.array(per, np.int64), "per"))
        nodes += [
            helper.make_node("Mul", ["label", "per"], ["begin"]),
            helper.make_node("Add", ["begin", "place"], ["row"]),
        ]
    constants.append(onnx.numpy_helper.from_array(flat, "table"))
    nodes.append(helper.make_node("Gather", ["table", "place" if labels is None else "row"], ["samples"], axis=0))
    output = helper.make_tensor_value_info("samples", TensorProto.UINT8, ["N", *items.shape[1:]])
    graph = helper.make_graph(nodes, "toy", inputs, [output], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    options = {"model": "copier", "title": "Copier", "shape": items.shape[1:], "classes": classes, **values}
    manifest = Manifest(inputs=tuple(described), **options)
    helper.set_model_props(model, {MANIFEST_KEY: manifest.model_dump_json()})
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save_model(model, path)
    return path
