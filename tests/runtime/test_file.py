"""A file is checked before any runtime sees it, and read for what it says of itself."""

import json
import os

import onnx
import pytest
from onnx import TensorProto, helper

from studio.core.errors import ModelError
from studio.core.manifest import MANIFEST_KEY, Manifest, noise_input
from studio.runtime.file import check_file, read_manifest
from studio.runtime.model import OnnxModel


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x08\x0a" * 500, "truncated"])
@pytest.mark.fault("D6")
def test_a_damaged_file_is_one_sentence(tmp_path, model_path, content):
    path = tmp_path / "bad.onnx"
    path.write_bytes(model_path.read_bytes()[:2000] if content == "truncated" else content)
    with pytest.raises(ModelError, match=r"bad\.onnx") as raised:
        OnnxModel(path, "cpu")
    assert "\n" not in str(raised.value)


def test_a_missing_file_or_a_folder(tmp_path):
    for path in (tmp_path / "none.onnx", tmp_path):
        with pytest.raises(ModelError):
            OnnxModel(path, "cpu")


@pytest.mark.fault("D4")
def test_a_file_above_2_gb_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.onnx"
    path.touch()
    os.truncate(path, 2**31)
    with pytest.raises(ModelError, match=r"huge\.onnx has 2\.15 GB; .* stays below 2 GB"):
        OnnxModel(path, "cpu")


def graph(*inputs, outputs=("y",)):
    """A model of inputs (name, type, axes) whose first is its output."""
    values = [helper.make_tensor_value_info(name, kind, list(axes)) for name, kind, axes in inputs]
    made = [helper.make_tensor_value_info(name, inputs[0][1], list(inputs[0][2])) for name in outputs]
    nodes = [helper.make_node("Identity", [inputs[0][0]], [name]) for name in outputs]
    made = helper.make_graph(nodes, "g", values, made)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


NOISE = ("x", TensorProto.FLOAT, ("N", 3))


def test_a_sound_file_comes_back(tmp_path):
    onnx.save(graph(NOISE), tmp_path / "m.onnx")
    assert check_file(tmp_path / "m.onnx") == graph(NOISE)


def test_weights_in_other_files_are_found_wherever_they_are(tmp_path):
    """In the graph, in an attribute, in the body of a branch, in a sparse tensor."""
    outside = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[3], data_location=TensorProto.EXTERNAL)
    outside.external_data.add(key="location", value="secret")
    constant = helper.make_node("Constant", [], ["c"], value=outside)
    branch = helper.make_graph([constant], "b", [], [helper.make_tensor_value_info("c", TensorProto.FLOAT, [3])])
    for place in ("initializer", "attribute", "branch", "sparse"):
        model = graph(NOISE)
        if place == "initializer":
            model.graph.initializer.append(outside)
        elif place == "attribute":
            model.graph.node.append(constant)
        elif place == "branch":
            model.graph.node.append(helper.make_node("If", ["q"], ["z"], then_branch=branch, else_branch=branch))
        else:
            model.graph.sparse_initializer.add().values.CopyFrom(outside)
        (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
        with pytest.raises(ModelError, match=r"m\.onnx keeps its weights in other files; the studio opens models in"):
            check_file(tmp_path / "m.onnx")


def described(text):
    model = graph(NOISE)
    helper.set_model_props(model, {"other": "{", MANIFEST_KEY: text})
    return model


def test_a_file_says_what_it_is(tmp_path):
    manifest = Manifest(inputs=(noise_input((3,)),), model="m", title="T")
    assert read_manifest(tmp_path / "m.onnx", described(manifest.model_dump_json())) == manifest


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "The manifest of m.onnx is damaged; export the model again."),
        ("[]", "The manifest of m.onnx is damaged; export the model again."),
        ('{"format": NaN}', "The manifest of m.onnx is damaged; export the model again."),
        ('{"format": 99}', "m.onnx was exported by a newer studio; update the studio to sample it."),
        (" " * 5_000_000, "The manifest of m.onnx has 5 MB, which is no studio's; export the model again."),
    ],
)
def test_a_manifest_that_is_none(text, said):
    from pathlib import Path

    with pytest.raises(ModelError) as raised:
        read_manifest(Path("m.onnx"), described(text))
    assert str(raised.value) == said


def test_a_stranger_cannot_say_that_a_file_was_edited(tmp_path):
    text = json.dumps({**json.loads(Manifest(inputs=()).model_dump_json()), "edited": True})
    assert not read_manifest(tmp_path / "m.onnx", described(text)).edited


def test_inputs_of_a_foreign_file_are_guessed(tmp_path):
    model = graph(
        NOISE,
        ("steps", TensorProto.INT64, ()),
        ("scale", TensorProto.FLOAT, ()),
        ("class", TensorProto.INT64, ("N",)),
    )
    manifest = read_manifest(tmp_path / "foreign.onnx", model)
    assert [(entry.name, entry.kind, entry.shape) for entry in manifest.inputs] == [
        ("x", "noise", (3,)),
        ("steps", "scalar", ()),
        ("scale", "scalar", ()),
        ("class", "label", ()),
    ]
    assert (manifest.title, manifest.output) == ("foreign", "y")


@pytest.mark.parametrize(
    "value",
    [
        ("w", TensorProto.DOUBLE, ("N", 3)),
        ("w", TensorProto.INT64, ("N", 3)),
        ("w", TensorProto.FLOAT, ("N", "K")),
        ("w", TensorProto.STRING, ()),
    ],
)
def test_an_input_that_cannot_be_guessed(tmp_path, value):
    with pytest.raises(ModelError, match=r"has no manifest, and its input 'w' cannot be guessed; it is not from a"):
        read_manifest(tmp_path / "m.onnx", graph(NOISE, value))


def test_a_file_without_an_output(tmp_path):
    with pytest.raises(ModelError, match=r"m\.onnx has no output, so there is nothing to sample"):
        read_manifest(tmp_path / "m.onnx", graph(NOISE, outputs=()))
