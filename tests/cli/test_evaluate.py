"""``studio evaluate``."""

import json
import os
import shutil

import pytest

from studio.evaluate.image.classifier import CLASSIFIER_FOLDER, load_or_train_classifier
from studio.store.evaluation import EvaluationReport, read_evaluation
from studio.store.workspace import Workspace
from studio.testing import toy_dataset


@pytest.fixture(scope="module")
def classifier(made_once):
    """The classifier of the toy data set, trained once for all tests."""

    def fill(place):
        workspace = Workspace(place)
        folder = workspace.folder("datasets") / toy_dataset(workspace, (2, 2, 1), 2, 160).document.id
        load_or_train_classifier(folder)
        (folder / CLASSIFIER_FOLDER).rename(place / CLASSIFIER_FOLDER)

    return made_once("small-classifier", fill) / CLASSIFIER_FOLDER


@pytest.fixture
def toy(workspace, classifier):
    dataset = toy_dataset(workspace, (2, 2, 1), 2, 160)
    shutil.copytree(classifier, workspace.folder("datasets") / dataset.document.id / CLASSIFIER_FOLDER)
    return dataset


@pytest.fixture
def model(workspace, onnx_file):
    folder = workspace.folder("models") / "toy-1"
    folder.mkdir()
    return onnx_file(classes=("class 0", "class 1")).rename(folder / "sample.onnx")


def test_one_file(answer, run, workspace, toy, model, tmp_path):
    words = ["evaluate", model, "--dataset", toy.document.name, "--samples", "20", "--set", "temperature=0.5"]
    done = answer(*words, "--pictures", tmp_path / "pictures", "-o", tmp_path / "out.json")
    (report,) = [EvaluationReport.model_validate(entry) for entry in done["evaluations"]]
    assert (report.sampling.count, report.sampling.scalars, report.file) == (20, {"temperature": 0.5}, "sample.onnx")
    assert done["comparisons"] == []
    assert done["written"] == [str(model.parent / "evaluation.json"), str(tmp_path / "out.json")]
    assert read_evaluation(model.parent) == report
    written = json.loads((tmp_path / "out.json").read_text())
    assert (written["format"], written["evaluations"]) == (2, done["evaluations"])
    names = ["toy-1-nearest-classifier-of-the-data-set.png", "toy-1-nearest-pixels.png"]
    assert sorted(os.listdir(tmp_path / "pictures")) == names
    assert os.listdir(workspace.path / "jobs") == []
    # Again in words, now with the classifier that lies there; the newest report wins.
    spoken = run(*words)
    assert spoken.code == 0, spoken.err
    assert spoken.out.startswith("Toy (toy-1): 20 samples against as many held-out items of toy-2x2x1-2")
    assert "Fréchet distance" in spoken.out
    assert ", floor " in spoken.out
    assert "training the classifier" not in spoken.err
    assert read_evaluation(model.parent).created > report.created


def test_several_files_are_compared(run, toy, model, onnx_file, tmp_path):
    other = onnx_file("other.onnx", ("class 0", "class 1"))
    done = run("evaluate", model, other, "--dataset", toy.document.id, "--samples", "20")
    assert done.code == 0, done.err
    assert "between toy-1 and other no difference can be told" in done.out
    assert not (tmp_path / "evaluation.json").exists()


def test_what_cannot_be_judged(complaint, toy, dataset, model, tmp_path):
    dataset()
    (tmp_path / "file").write_text("mine")
    name = toy.document.name
    cases = [
        ([tmp_path / "no.onnx", "--dataset", name], f"{tmp_path}/no.onnx cannot be read: there is no such file."),
        ([model, "--dataset", "x"], "There is no data set 'x' in "),
        ([model, "--dataset", "digits", "--samples", "20"], "items.npy is missing"),
        ([model, "--dataset", name, "--set", "temperature=hot"], "temperature = hot is not a number."),
        ([model, "--dataset", name, "--set", "pressure=1"], "This model has no input 'pressure'"),
        ([model, "--dataset", name, "-o", tmp_path], f"{tmp_path} cannot be written; give a file in a folder"),
        ([model, "--dataset", name, "--pictures", tmp_path / "file"], "is a file; give a folder for the pictures."),
    ]
    for words, text in cases:
        said = complaint("evaluate", *words, "--json")
        assert text in said
        assert "Error:" not in said
    assert not (model.parent / "evaluation.json").exists()
