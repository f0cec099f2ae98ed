"""What of a text comes back through the files of a model."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from studio.core.manifest import MANIFEST_KEY, Manifest, items_input, latent_input
from studio.evaluate.text.reconstruction import measure_reconstruction, words_in_order
from tests.evaluate.text.conftest import LENGTH, SPEC

TEXTS = ["In the beginning God", "the earth was waste", "and God said so", "let there be light"]


def save(path, source, target, output, kinds, described, **values):
    """A file that casts its one input, times one number."""
    nodes = [
        helper.make_node("Cast", [source], ["real"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["real", "factor"], ["same"]),
        helper.make_node("Cast", ["same"], [target], to=kinds[1]),
    ]
    first, last = (
        helper.make_tensor_value_info(name, kind, ["N", LENGTH])
        for name, kind in zip((source, target), kinds, strict=True)
    )
    constants = [helper.make_tensor("factor", TensorProto.FLOAT, [], [1.0])]
    graph = helper.make_graph(nodes, "toy", [first], [last], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    manifest = Manifest(inputs=(described,), output=output, **values)
    helper.set_model_props(model, {MANIFEST_KEY: manifest.model_dump_json()})
    onnx.save_model(model, path)


@pytest.fixture
def file(tmp_path):
    """Beside it, files through which every text comes back."""
    number, real = TensorProto.INT16, TensorProto.FLOAT
    save(tmp_path / "encode.onnx", "items", "latent", "latent", (number, real), items_input(SPEC), role="encode")
    save(
        tmp_path / "decode.onnx",
        "latent",
        "samples",
        "samples",
        (real, number),
        latent_input((LENGTH,)),
        role="decode",
    )
    return tmp_path / "sample.onnx"


def test_all_words_come_back_and_the_floor_is_another_text(file, make_texts):
    items, done = make_texts(*TEXTS), []
    report = measure_reconstruction(file, SPEC, items, np.full(4, -1), 0, "cpu", lambda *step: done.append(step))
    assert report is not None
    (measure,) = report.measures
    assert measure.value == 1.0
    # 'the' of the first two, 'God' of none beside it in order.
    assert 0.0 < measure.floor < 0.5
    assert done[-1] == (4, 4)


def test_a_model_that_does_not_encode_has_none(file, make_texts):
    (file.parent / "encode.onnx").unlink()
    assert measure_reconstruction(file, SPEC, make_texts(*TEXTS), np.full(4, -1), 0, "cpu") is None


@pytest.mark.parametrize(
    ("text", "made", "found"),
    [
        ("a b c d", "a b c d", (4, 4)),
        ("a b c d", "x b c y", (2, 4)),
        ("a b c d", "d c b a", (1, 4)),
        ("a b", "", (0, 2)),
        ("", "a", (0, 0)),
    ],
)
def test_words_count_where_their_order_is_kept(text, made, found):
    assert words_in_order(text, made) == found
