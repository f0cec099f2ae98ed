"""``studio score``."""

import csv

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from studio.core.manifest import MANIFEST_KEY, Likelihood, Manifest, items_input
from studio.core.modality import ImageSpec
from studio.testing import toy_dataset

SPEC = ImageSpec(shape=(2, 2, 1))


@pytest.fixture
def toy(workspace):
    return toy_dataset(workspace, (2, 2, 1), 2, 40)


@pytest.fixture
def model(tmp_path):
    """A file whose log p of an item is its darkness: minus the mean of its grey levels."""
    path = tmp_path / "dark.log_prob.onnx"
    nodes = [
        helper.make_node("Cast", ["items"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["real", "axes"], ["mean"], keepdims=0),
        helper.make_node("Neg", ["mean"], ["log_prob"]),
    ]
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info("items", TensorProto.UINT8, ["N", 2, 2, 1])],
        [helper.make_tensor_value_info("log_prob", TensorProto.FLOAT, ["N"])],
        [onnx.numpy_helper.from_array(np.array([1, 2, 3]), "axes")],
    )
    file = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    likelihood = Likelihood(kind="exact", protocol="toy protocol", dims=4)
    values = {"role": "log_prob", "model": "dark", "shape": (2, 2, 1), "output": "log_prob", "likelihood": likelihood}
    manifest = Manifest(inputs=(items_input(SPEC),), **values)
    helper.set_model_props(file, {MANIFEST_KEY: manifest.model_dump_json()})
    onnx.save_model(file, path)
    return path


def test_items_are_listed_the_least_likely_first(answer, run, workspace, toy, model, tmp_path):
    words = ["score", model, toy.document.name, "--least", "3", "-o", tmp_path / "scores.csv"]
    done = answer(*words)
    brightness = np.asarray(toy.items, np.float64).reshape(40, -1).mean(1)
    brightest = np.argsort(-brightness, kind="stable")
    assert (done["items"], done["label"]) == (40, "toy protocol; exact")
    assert [item["item"] for item in done["least"]] == brightest[:3].tolist()
    assert done["least"][0]["nats"] == pytest.approx(-brightness.max())
    assert [(split["split"], split["count"]) for split in done["splits"]] == [("train", 35), ("validation", 5)]
    assert done["written"] == str(tmp_path / "scores.csv")
    with open(tmp_path / "scores.csv", newline="") as file:
        assert [int(row["item"]) for row in csv.DictReader(file)] == brightest.tolist()
    assert list(workspace.folder("jobs").iterdir()) == []
    # In words, and never over a file that is there.
    again = run(*words)
    assert "scores.csv exists already" in again.err
    spoken = run(*words, "--force")
    assert spoken.code == 0, spoken.err
    assert spoken.out.startswith("log p in nats (toy protocol; exact)")
    assert f"#{brightest[0]}" in spoken.out
    assert "not on these very items" in spoken.err


def test_what_cannot_be_scored(complaint, toy, model, onnx_file, tmp_path):
    name = toy.document.name
    cases = [
        ([tmp_path / "no.onnx", name], f"{tmp_path}/no.onnx cannot be read: there is no such file."),
        ([model, "x"], "There is no data set 'x' in "),
        ([model, name, "--least", "-1"], "--least -1 is no number of items."),
        ([model, name, "-o", tmp_path / "scores.json"], f"'{tmp_path}/scores.json' must end in .csv or .npy."),
        (
            [model, name, "-o", tmp_path / "no" / "s.csv"],
            "s.csv cannot be written; give a file in a folder that is there.",
        ),
        ([onnx_file(), name], "does not say what its log-likelihoods are; export the model again."),
    ]
    for words, text in cases:
        assert text in complaint("score", *words)
