"""From one item to another through the latents of a file."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from studio.core.errors import ModelError
from studio.core.manifest import (
    MANIFEST_KEY,
    Manifest,
    given_input,
    items_input,
    label_input,
    latent_input,
    steps_input,
)
from studio.core.modality import ImageSpec
from studio.runtime.interpolation import Interpolation
from studio.store.model import sibling


def save(path, nodes, inputs, output, described, **values):
    graph = helper.make_graph(nodes, "toy", inputs, [output], [helper.make_tensor("shape", 7, [2], [-1, 4])])
    graph.initializer.append(helper.make_tensor("image", TensorProto.INT64, [4], [-1, 2, 2, 1]))
    graph.initializer.append(helper.make_tensor("image1", TensorProto.INT64, [4], [-1, 1, 1, 1]))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    manifest = Manifest(inputs=tuple(described), output=output.name, shape=(2, 2, 1), **values)
    helper.set_model_props(model, {MANIFEST_KEY: manifest.model_dump_json()})
    onnx.save_model(model, path)


@pytest.fixture
def files(tmp_path):
    """A latent is the item's values; ``decode.onnx`` takes all that a decoder may take besides."""
    real, bytes_, whole = TensorProto.FLOAT, TensorProto.UINT8, TensorProto.INT64
    save(
        tmp_path / "encode.onnx",
        [
            helper.make_node("Reshape", ["items", "shape"], ["rows"]),
            helper.make_node("Cast", ["rows"], ["real"], to=real),
            helper.make_node("Cast", ["steps"], ["factor"], to=real),
            helper.make_node("Mul", ["real", "factor"], ["latent"]),
        ],
        [
            helper.make_tensor_value_info("items", bytes_, ["N", 2, 2, 1]),
            helper.make_tensor_value_info("steps", whole, []),
        ],
        helper.make_tensor_value_info("latent", real, ["N", 4]),
        [items_input(ImageSpec(shape=(2, 2, 1))), steps_input(3)],
        role="encode",
    )
    save(
        tmp_path / "decode.onnx",
        [
            helper.make_node("Cast", ["steps"], ["factor"], to=real),
            helper.make_node("Div", ["latent", "factor"], ["rows"]),
            helper.make_node("Reshape", ["rows", "image"], ["free"]),
            helper.make_node("Cast", ["given"], ["known"], to=real),
            helper.make_node("Add", ["free", "known"], ["both"]),
            helper.make_node("Reshape", ["label", "image1"], ["class"]),
            helper.make_node("Cast", ["class"], ["shift"], to=real),
            helper.make_node("Sub", ["both", "shift"], ["real"]),
            helper.make_node("Round", ["real"], ["even"]),
            helper.make_node("Cast", ["even"], ["samples"], to=bytes_),
        ],
        [
            helper.make_tensor_value_info("latent", real, ["N", 4]),
            helper.make_tensor_value_info("given", whole, ["N", 2, 2, 1]),
            helper.make_tensor_value_info("steps", whole, []),
            helper.make_tensor_value_info("label", whole, ["N"]),
        ],
        helper.make_tensor_value_info("samples", bytes_, ["N", 2, 2, 1]),
        [latent_input((4,)), given_input(ImageSpec(shape=(2, 2, 1))), steps_input(3), label_input(3)],
        role="decode",
    )
    return tmp_path


def test_the_ends_are_the_two_items(files):
    pair = np.array([[10, 20, 30, 40], [40, 30, 20, 10]], np.uint8).reshape(2, 2, 2, 1)
    seen = []
    way = Interpolation(files / "sample.onnx", "cpu").run(pair, 20, on_progress=lambda *done: seen.append(done))
    assert way.shape == (20, 2, 2, 1)
    assert np.abs(way[[0, -1]].astype(int) - pair).max() <= 1
    assert (np.diff(way[:, 0, 0, 0].astype(int)) >= 0).all()
    assert seen == [(16, 20), (20, 20)]


def test_the_class_goes_through_the_decoder(files):
    pair = np.array([[10, 20, 30, 40], [40, 30, 20, 10]], np.uint8).reshape(2, 2, 2, 1)
    model = Interpolation(files / "sample.onnx", "cpu")
    # Nothing is known, which this decoder adds as -1, and no class is -1 too.
    np.testing.assert_array_equal(model.run(pair, 2), pair)
    np.testing.assert_array_equal(model.run(pair, 2, label=2), pair - 3)
    with pytest.raises(ModelError, match="label = 3 must be at least -1 and at most 2"):
        model.run(pair, 2, label=3)


@pytest.mark.parametrize("role", ["encode", "decode"])
def test_a_model_without_a_latent_says_so(files, role):
    (files / f"{role}.onnx").unlink()
    with pytest.raises(ModelError, match=rf"There is no {role}.onnx beside .*a gan goes between two samples"):
        Interpolation(files / "sample.onnx", "cpu")


def test_siblings_lie_beside_their_sampler(tmp_path):
    assert sibling(tmp_path / "sample.onnx", "log_prob") is None
    for name in ("log_prob.onnx", "flowers.log_prob.onnx"):
        (tmp_path / name).touch()
    assert sibling(tmp_path / "sample.onnx", "log_prob") == tmp_path / "log_prob.onnx"
    assert sibling(tmp_path / "flowers.onnx", "log_prob") == tmp_path / "flowers.log_prob.onnx"
    assert sibling(tmp_path / "other.onnx", "log_prob") is None


def test_items_come_back_through_their_latents_each_with_its_class(files):
    items = np.arange(20, 100, dtype=np.uint8).reshape(20, 2, 2, 1)
    labels, done = np.array([-1, 2] * 10), []
    back = Interpolation(files / "sample.onnx", "cpu").rebuild(items, labels.tolist(), lambda *step: done.append(step))
    np.testing.assert_array_equal(back, items - np.where(labels == 2, 3, 0).astype(np.uint8).reshape(20, 1, 1, 1))
    assert done == [(16, 20), (20, 20)]
