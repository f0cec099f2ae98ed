"""``studio interpolate``."""

import os

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image

from studio.core.manifest import MANIFEST_KEY, Manifest, items_input, latent_input, noise_input
from studio.core.modality import ImageSpec, TextSpec
from studio.data.image.sample_file import read_sample_settings
from studio.data.text.tokenizer import learn_tokenizer


@pytest.fixture
def encoder(tmp_path):
    """The inverse of ``onnx_file``'s sampler: logit((item + 0.5) / 256)."""

    def make(name):
        number = [("half", 0.5), ("levels", 256.0), ("one", 1.0)]
        nodes = [
            helper.make_node("Cast", ["items"], ["real"], to=TensorProto.FLOAT),
            helper.make_node("Reshape", ["real", "shape"], ["rows"]),
            helper.make_node("Add", ["rows", "half"], ["middle"]),
            helper.make_node("Div", ["middle", "levels"], ["unit"]),
            helper.make_node("Sub", ["one", "unit"], ["other"]),
            helper.make_node("Log", ["unit"], ["above"]),
            helper.make_node("Log", ["other"], ["below"]),
            helper.make_node("Sub", ["above", "below"], ["latent"]),
        ]
        constants = [helper.make_tensor(key, TensorProto.FLOAT, [], [value]) for key, value in number]
        constants.append(helper.make_tensor("shape", TensorProto.INT64, [2], [-1, 4]))
        items = helper.make_tensor_value_info("items", TensorProto.UINT8, ["N", 2, 2, 1])
        latent = helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["N", 4])
        graph = helper.make_graph(nodes, "toy", [items], [latent], constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
        manifest = Manifest(role="encode", inputs=(items_input(ImageSpec(shape=(2, 2, 1))),), output="latent")
        helper.set_model_props(model, {MANIFEST_KEY: manifest.model_dump_json()})
        onnx.save_model(model, tmp_path / name)

    return make


@pytest.fixture
def decoder(tmp_path, onnx_file):
    """``onnx_file``'s sampler with a latent in place of noise, at temperature 1."""

    def make(name):
        model = onnx.load_model(onnx_file("sampler.onnx", classes=()))
        model.graph.initializer.append(helper.make_tensor("temperature", TensorProto.FLOAT, [], [1.0]))
        noise, temperature = model.graph.input
        model.graph.input.remove(temperature)
        noise.name = model.graph.node[0].input[0] = "latent"
        manifest = Manifest(role="decode", inputs=(latent_input((4,)),))
        helper.set_model_props(model, {MANIFEST_KEY: manifest.model_dump_json()})
        onnx.save_model(model, tmp_path / name)

    return make


@pytest.fixture
def pictures(tmp_path):
    pair = [tmp_path / "a.png", tmp_path / "b.png"]
    for path, values in zip(pair, ([[10, 200], [30, 40]], [[200, 10], [60, 90]]), strict=True):
        Image.fromarray(np.array(values, np.uint8)).save(path)
    return pair


def test_the_way_begins_and_ends_with_the_pictures(answer, onnx_file, encoder, decoder, pictures, tmp_path):
    encoder("toy.encode.onnx")
    decoder("toy.decode.onnx")
    done = answer("interpolate", onnx_file(), *pictures, "-n", "5", "--label", "b", "-o", tmp_path / "way")
    assert (done["items"], done["output"], done["by"]) == (5, str(tmp_path / "way"), "encoder")
    names = [f"toy-1-between-{number:03d}.png" for number in range(5)]
    assert sorted(os.listdir(tmp_path / "way")) == [*names, "toy-1-between-grid.png"]
    way = [np.asarray(Image.open(tmp_path / "way" / name)).astype(int) for name in names]
    for end, path in ((way[0], pictures[0]), (way[-1], pictures[1])):
        assert np.abs(end - np.asarray(Image.open(path))).max() <= 1
    assert way[0][0, 0] < way[1][0, 0] < way[2][0, 0] < way[3][0, 0] < way[4][0, 0]


def test_two_samples_of_the_model_need_no_encoder(answer, onnx_file, tmp_path):
    """A generator of a gan has none; the way is that of the noise, and its pictures carry what makes them again."""
    file = onnx_file()
    answer("sample", file, "-n", "6", "--seed", "3", "--set", "temperature=0.5", "-o", tmp_path / "drawn")
    ends = [tmp_path / "drawn" / f"toy-1-3-{number:06d}.png" for number in (1, 4)]
    done = answer("interpolate", file, *ends, "-n", "4", "-o", tmp_path / "way")
    assert (done["items"], done["by"]) == (4, "noise")
    way = [tmp_path / "way" / f"toy-1-between-{number:03d}.png" for number in range(4)]
    pixels = [np.asarray(Image.open(path)) for path in way]
    np.testing.assert_array_equal(pixels[0], np.asarray(Image.open(ends[0])))
    np.testing.assert_array_equal(pixels[3], np.asarray(Image.open(ends[1])))
    assert not np.array_equal(pixels[1], pixels[2])
    settings = read_sample_settings(way[1])
    assert (settings["seed"], settings["index"], settings["inputs"]["temperature"]) == (3, 1, 0.5)
    assert settings["toward"] == {"seed": 3, "index": 4, "shares": [pytest.approx(1 / 3)]}
    assert [read_sample_settings(path)["class"] for path in way] == ["b", "b", "a", "a"]
    answer("interpolate", file, *ends, "-n", "4", "--label", "b", "-o", tmp_path / "way", "--force")
    assert [read_sample_settings(path)["class"] for path in way] == ["b", "b", "b", "b"]


def test_what_cannot_be_interpolated(complaint, answer, onnx_file, encoder, decoder, pictures, tmp_path):
    file = onnx_file()
    assert "There is no toy.encode.onnx beside" in complaint("interpolate", file, *pictures)
    answer("sample", file, "-n", "2", "-o", tmp_path)
    answer("sample", file, "-n", "1", "--set", "temperature=0.5", "-o", tmp_path / "cold")
    answer("sample", onnx_file("other.onnx", model="other"), "-n", "1", "-o", tmp_path)
    zero, one = (tmp_path / f"toy-1-0-00000{number}.png" for number in (0, 1))
    answer("interpolate", file, zero, one, "-n", "3", "-o", tmp_path)
    between, cold = tmp_path / "toy-1-between-001.png", tmp_path / "cold" / "toy-1-0-000000.png"
    other, missing = tmp_path / "other-0-000000.png", tmp_path / "missing.png"
    cases = [
        (missing, "missing.png cannot be read: there is no such file."),
        (between, "no noise of its own; choose its ends instead."),
        (cold, "drawn with temperature = 0.5 and temperature = 1; choose two drawn alike."),
        (other, "was drawn by 'other', not by this model, which encodes none."),
    ]
    for path, text in cases:
        assert text in complaint("interpolate", file, path, one)
    encoder("toy.encode.onnx")
    assert "There is no toy.decode.onnx beside" in complaint("interpolate", file, *pictures)
    decoder("toy.decode.onnx")
    # Where the noise does not lead from one to the other, the encoder does.
    for path in (between, cold, other):
        assert answer("interpolate", file, path, one, "-n", "3", "-o", tmp_path, "--force")["by"] == "encoder"
    Image.new("L", (3, 2)).save(tmp_path / "wide.png")
    Image.new("LA", (2, 2)).save(tmp_path / "clear.png")
    cases = [
        ([tmp_path / "no.onnx", *pictures], "cannot be read: there is no such file."),
        ([file, pictures[0], tmp_path / "wide.png"], "has 3x2 pixels, the model's items 2x2; resize it first."),
        ([file, pictures[0], tmp_path / "clear.png"], "is transparent in part; give a picture that is opaque."),
        ([file, *pictures, "-n", "1"], "count = 1 must be at least 2"),
        ([file, *pictures, "--label", "z"], "There is no class 'z'"),
        ([tmp_path / "toy.encode.onnx", *pictures], "draws no samples; give the model's file of samples"),
    ]
    for words, text in cases:
        assert text in complaint("interpolate", *words)


@pytest.fixture
def texts(tmp_path):
    """Files whose latent is a text's tokens themselves."""
    spec = TextSpec(shape=(12,), tokenizer=learn_tokenizer((), 256))

    def save(name, source, target, kinds, inputs, output, **values):
        nodes = [helper.make_node("Cast", [source], ["real"], to=TensorProto.FLOAT)]
        nodes += [
            helper.make_node("Round", ["real"], ["whole"]),
            helper.make_node("Cast", ["whole"], [target], to=kinds[1]),
        ]
        ends = [
            helper.make_tensor_value_info(each, kind, ["N", 12])
            for each, kind in zip((source, target), kinds, strict=True)
        ]
        graph = helper.make_graph(nodes, "toy", ends[:1], ends[1:])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
        described = {"modality": "text", "shape": spec.shape, "tokenizer": spec.tokenizer}
        manifest = Manifest(inputs=inputs, output=output, **described, **values)
        helper.set_model_props(model, {MANIFEST_KEY: manifest.model_dump_json()})
        onnx.save_model(model, tmp_path / name)

    number, real = TensorProto.INT16, TensorProto.FLOAT
    save("a.encode.onnx", "items", "latent", (number, real), (items_input(spec),), "latent", role="encode")
    save("a.decode.onnx", "latent", "samples", (real, number), (latent_input((12,)),), "samples", role="decode")
    noise = (noise_input((12,), "latent"),)
    save("a.onnx", "latent", "samples", (real, number), noise, "samples", role="sample")


def test_between_two_texts_lie_others(answer, complaint, texts, tmp_path):
    file = tmp_path / "a.onnx"
    done = answer("interpolate", file, "aaaa", "eeee", "-n", "3")
    assert (done["texts"], done["by"]) == (["aaaa", "cccc", "eeee"], "encoder")
    answer("interpolate", file, "aaaa", "eeee", "-n", "3", "-o", tmp_path / "way")
    (path,) = (tmp_path / "way").iterdir()
    assert path.read_text().splitlines() == ["aaaa", "cccc", "eeee"]
    long = complaint("interpolate", file, "aaaa", "a text that is longer than that")
    assert "The second text has 31 tokens; this model takes 11 at most" in long
