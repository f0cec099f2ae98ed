"""Every item gets its likelihood, and the least likely come first."""

import csv

import numpy as np
import pytest

from studio.core.errors import ModelError, SettingsError
from studio.data.dataset import open_dataset
from studio.evaluate.scoring import score_items, write_scores
from studio.store.dataset import write_dataset_document
from studio.testing import toy_dataset
from tests.evaluate.conftest import HALF_LOG_TAU
from tests.evaluate.copying import copier

SHAPE = (2, 2, 1)
CLASSES = ("class 0", "class 1")


@pytest.fixture
def items(workspace):
    """40 items of one grey level each, of two classes; number 7 is far from all others."""
    dataset = toy_dataset(workspace, SHAPE, 2, 40)
    folder = workspace.folder("datasets") / dataset.document.id
    values = np.broadcast_to(np.arange(40, dtype=np.uint8)[:, None, None, None] % 3, (40, *SHAPE)).copy()
    values[7] = 200
    np.save(folder / "items.npy", values)
    return open_dataset(folder)


def expected(dataset):
    """Log density of the file: normal with variance one around the class less the noise, which the file adds."""
    return -np.square(dataset.items.astype(np.float64).reshape(40, -1) - dataset.labels[:, None]).sum(1)


def test_the_strangest_item_comes_first(items, gaussian_file):
    seen = []
    scores = score_items(
        gaussian_file(classes=CLASSES), items, 1, "cpu", lambda done, total: seen.append((done, total))
    )
    assert scores.nats.shape == (40,)
    assert scores.order[0] == 7
    assert seen[-1] == (40, 40)
    assert scores.item(7) | {"nats": None} == {"item": 7, "split": "validation", "class": "class 1", "nats": None}
    # Each is given its class; the noise of the data is of order one.
    assert np.corrcoef(scores.nats, expected(items))[0, 1] > 0.999
    again = score_items(gaussian_file(classes=CLASSES), items, 1, "cpu")
    assert np.array_equal(scores.nats, again.nats)


def test_each_split_is_summed_up(items, gaussian_file):
    scores = score_items(gaussian_file(classes=CLASSES), items, 1, "cpu")
    train, validation = scores.summaries()
    assert (train["split"], train["count"], train["impossible"]) == ("train", 35, 0)
    assert (validation["split"], validation["count"]) == ("validation", 5)
    nats = scores.nats[items.splits == 0]
    assert train["mean"] == pytest.approx(nats.mean())
    assert train["error"] == pytest.approx(nats.std(ddof=1) / 35**0.5)
    assert train["low"] < train["median"] < train["high"]
    assert scores.label == "toy protocol; exact; each given its class"


def test_more_draws_raise_a_bound(items, make_latent_file):
    few, many = (score_items(make_latent_file(), items, draws, "cpu") for draws in (1, 200))
    assert many.nats.mean() > few.nats.mean()
    assert many.label == "toy protocol; bound, 200 draws"
    exact = -((items.items[:, 0, 0, 0] / 64.0) ** 2) / 4 - HALF_LOG_TAU - 0.5 * np.log(2)
    plain = np.delete(np.arange(40), 7)
    assert np.abs(many.nats - exact)[plain].max() < 0.3


def test_the_file_of_samples_stands_for_the_model(items, gaussian_file, tmp_path):
    gaussian_file("toy.log_prob.onnx")
    assert score_items(tmp_path / "toy.onnx", items, 1, "cpu").order[0] == 7
    gaussian_file("log_prob.onnx")
    assert score_items(tmp_path / "sample.onnx", items, 1, "cpu").order[0] == 7


def test_what_is_impossible_is_counted_apart(items, gaussian_file, monkeypatch):
    nats = np.where(np.arange(40) == 3, -np.inf, -1.0)
    monkeypatch.setattr("studio.evaluate.scoring.log_likelihood", lambda *_: nats)
    scores = score_items(gaussian_file(), items, 1, "cpu")
    assert scores.order[0] == 3
    assert scores.item(3)["nats"] is None
    assert [summary["impossible"] for summary in scores.summaries()] == [1, 0]
    assert scores.summaries()[0]["mean"] == -1.0
    monkeypatch.setattr("studio.evaluate.scoring.log_likelihood", lambda *_: np.full(40, -np.inf))
    train = score_items(gaussian_file(), items, 1, "cpu").summaries()[0]
    assert (train["impossible"], train["mean"], train["median"]) == (35, None, None)


def test_classes_are_told_by_their_names(items, gaussian_file, tmp_path):
    """The file's classes are class 0 and class 1; here they come the other way round, and one is not known to it."""
    straight = score_items(gaussian_file(classes=CLASSES), items, 1, "cpu")
    folder = tmp_path / "turned"
    folder.mkdir()
    for name, values in (
        ("items", items.items),
        ("labels", np.where(np.arange(40) == 5, 2, 1 - items.labels)),
        ("splits", items.splits),
    ):
        np.save(folder / f"{name}.npy", np.asarray(values))
    spec = items.spec.model_copy(update={"classes": ("class 1", "class 0", "other")})
    write_dataset_document(folder, items.document.model_copy(update={"spec": spec, "class_counts": (20, 19, 1)}))
    turned = score_items(gaussian_file(classes=CLASSES), open_dataset(folder), 1, "cpu")
    same = np.delete(np.arange(40), 5)
    assert np.array_equal(turned.nats[same], straight.nats[same])


def test_every_item_is_a_row_of_the_table(items, gaussian_file, tmp_path):
    spec = items.spec.model_copy(update={"classes": ("=cmd", "class 1")})
    items.document = items.document.model_copy(update={"spec": spec})
    scores = score_items(gaussian_file(), items, 1, "cpu")
    write_scores(scores, tmp_path / "scores.csv")
    with open(tmp_path / "scores.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["item"]) for row in rows] == scores.order.tolist()
    assert float(rows[0]["nats"]) == pytest.approx(scores.nats[7], rel=1e-5)
    # A spreadsheet is not to run it.
    assert {row["class"] for row in rows} == {"'=cmd", "class 1"}


def test_the_numbers_alone_are_an_array(items, gaussian_file, tmp_path):
    scores = score_items(gaussian_file(), items, 1, "cpu")
    write_scores(scores, tmp_path / "scores.npy")
    assert np.array_equal(np.load(tmp_path / "scores.npy"), scores.nats)


@pytest.mark.parametrize("draws", [0, -1, 1001])
def test_draws_that_cannot_be(items, gaussian_file, draws):
    with pytest.raises(SettingsError, match=f"draws = {draws} must be at least 1 and at most 1,000"):
        score_items(gaussian_file(), items, draws, "cpu")


def test_a_model_that_cannot_score_them(workspace, items, gaussian_file, tmp_path):
    with pytest.raises(ModelError, match="does not say what its log-likelihoods are"):
        score_items(copier(tmp_path / "toy.onnx", items.items, items.labels, CLASSES), items, 1, "cpu")
    other = toy_dataset(workspace, (4, 4, 1), 2, 40)
    with pytest.raises(ModelError, match=r"takes items of shape \[2, 2, 1\], not \[4, 4, 1\]"):
        score_items(gaussian_file(), other, 1, "cpu")


def test_items_that_the_model_did_not_learn_from_are_said(items, gaussian_file):
    (note,) = score_items(gaussian_file(dataset="digits"), items, 1, "cpu").notes
    assert note == "The model was trained on 'digits', not on these very items."
