"""``studio score``."""

import csv

import numpy as np
import pytest

from studio.core.modality import ImageSpec
from studio.testing import toy_dataset

SPEC = ImageSpec(shape=(2, 2, 1))


@pytest.fixture
def toy(workspace):
    return toy_dataset(workspace, (2, 2, 1), 2, 40)


def test_items_are_listed_the_least_likely_first(answer, run, workspace, toy, dark_file, tmp_path):
    words = ["score", dark_file, toy.document.name, "--least", "3", "-o", tmp_path / "scores.csv"]
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


def test_what_cannot_be_scored(complaint, toy, dark_file, onnx_file, tmp_path):
    name = toy.document.name
    cases = [
        ([tmp_path / "no.onnx", name], f"{tmp_path}/no.onnx cannot be read: there is no such file."),
        ([dark_file, "x"], "There is no data set 'x' in "),
        ([dark_file, name, "--least", "-1"], "--least -1 is no number of items."),
        ([dark_file, name, "-o", tmp_path / "scores.json"], f"'{tmp_path}/scores.json' must end in .csv or .npy."),
        (
            [dark_file, name, "-o", tmp_path / "no" / "s.csv"],
            "s.csv cannot be written; give a file in a folder that is there.",
        ),
        ([onnx_file(), name], "does not say what its log-likelihoods are; export the model again."),
    ]
    for words, text in cases:
        assert text in complaint("score", *words)
