"""From one item to another through the latents of a file."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from studio.core.errors import ModelError
from studio.core.sampling import MANIFEST_KEY, Manifest, item_input, noise_input, temperature_input
from studio.runtime.interpolation import Interpolation, great_circle, sibling


def test_the_great_circle_keeps_the_length_and_ends_where_it_should():
    generator = np.random.default_rng(0)
    a, b = (generator.normal(size=50).astype(np.float32) for _ in range(2))
    b *= np.linalg.norm(a) / np.linalg.norm(b)
    way = great_circle(a, b, np.linspace(0, 1, 7))
    np.testing.assert_allclose(way[[0, -1]], [a, b], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(way, axis=1), np.linalg.norm(a), rtol=1e-5)
    steps = np.linalg.norm(np.diff(way, axis=0), axis=1)
    np.testing.assert_allclose(steps, steps[0], rtol=1e-4)


@pytest.mark.parametrize(("a", "b"), [([1, 2], [2, 4]), ([1, 2], [-1, -2]), ([0, 0], [3, 4])])
def test_where_there_is_no_circle_the_way_is_straight(a, b):
    a, b = np.array(a, np.float32), np.array(b, np.float32)
    np.testing.assert_allclose(great_circle(a, b, np.array([0.0, 0.5, 1.0])), [a, (a + b) / 2, b], atol=1e-6)


def save(path, nodes, inputs, output, described, **values):
    graph = helper.make_graph(nodes, "toy", inputs, [output], [helper.make_tensor("shape", 7, [2], [-1, 4])])
    graph.initializer.append(helper.make_tensor("image", TensorProto.INT64, [4], [-1, 2, 2, 1]))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    manifest = Manifest(inputs=tuple(described), output=output.name, shape=(2, 2, 1), **values)
    helper.set_model_props(model, {MANIFEST_KEY: manifest.model_dump_json()})
    onnx.save_model(model, path)


@pytest.fixture
def files(tmp_path):
    """A latent is the item's values; ``sample.onnx`` makes items of noise times temperature, whose default is 0.5."""
    real, bytes_ = TensorProto.FLOAT, TensorProto.UINT8
    save(
        tmp_path / "encode.onnx",
        [
            helper.make_node("Reshape", ["items", "shape"], ["rows"]),
            helper.make_node("Cast", ["rows"], ["latent"], to=real),
        ],
        [helper.make_tensor_value_info("items", bytes_, ["N", 2, 2, 1])],
        helper.make_tensor_value_info("latent", real, ["N", 4]),
        [item_input((2, 2, 1), "items", "uint8")],
        role="encode",
    )
    save(
        tmp_path / "sample.onnx",
        [
            helper.make_node("Mul", ["noise", "temperature"], ["rows"]),
            helper.make_node("Reshape", ["rows", "image"], ["real"]),
            helper.make_node("Cast", ["real"], ["samples"], to=bytes_),
        ],
        [
            helper.make_tensor_value_info("noise", real, ["N", 4]),
            helper.make_tensor_value_info("temperature", real, []),
        ],
        helper.make_tensor_value_info("samples", bytes_, ["N", 2, 2, 1]),
        [noise_input((4,)), temperature_input(default=0.5)],
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


def test_a_model_without_an_encoder_says_so(files):
    (files / "encode.onnx").unlink()
    with pytest.raises(ModelError, match="Only models that encode items"):
        Interpolation(files / "sample.onnx", "cpu")


def test_siblings_lie_beside_their_sampler(tmp_path):
    assert sibling(tmp_path / "sample.onnx", "log_prob") is None
    for name in ("log_prob.onnx", "flowers.log_prob.onnx"):
        (tmp_path / name).touch()
    assert sibling(tmp_path / "sample.onnx", "log_prob") == tmp_path / "log_prob.onnx"
    assert sibling(tmp_path / "flowers.onnx", "log_prob") == tmp_path / "flowers.log_prob.onnx"
    assert sibling(tmp_path / "other.onnx", "log_prob") is None
