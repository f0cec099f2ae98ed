"""The data set's classifier: it learns, is kept, is used again, and is trained anew with a reason."""

import json
import shutil

import numpy as np
import pytest
import torch

from studio.core.errors import DataError, WorkspaceError
from studio.data.dataset import open_dataset
from studio.evaluate.image.classifier import load_or_train_classifier
from studio.testing import toy_dataset


@pytest.fixture
def toy(workspace):
    dataset = toy_dataset(workspace, (8, 8, 1), 4, 240)
    return workspace.folder("datasets") / dataset.document.id


@pytest.fixture
def never(monkeypatch):
    def train(*_):
        raise AssertionError("it was trained again")

    return lambda: monkeypatch.setattr("studio.evaluate.image.classifier._train", train)


def test_it_learns_and_is_used_again(toy, never):
    before = torch.random.get_rng_state()
    seen = []
    trained = load_or_train_classifier(toy, lambda *words: seen.append(words))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert trained.accuracy == 1.0
    assert trained.note == ""
    assert {stage for stage, _, _ in seen} == {"training the classifier of the data set"}
    assert len(seen) < 600  # it stops when it learns no more
    dataset = open_dataset(toy)
    items, labels = dataset.batch(np.arange(240))
    features = trained.extract(items)
    assert features.shape == (240, 128)
    assert (trained.predict(features) == labels).mean() > 0.98
    np.testing.assert_allclose(trained.extract(items[3:4]), features[3:4], atol=1e-5)
    assert sorted(path.name for path in (toy / "classifier").iterdir()) == ["classifier.json", "weights.safetensors"]
    document = json.loads((toy / "classifier" / "classifier.json").read_text())
    assert (document["format"], document["accuracy"], document["seed"]) == (1, 1.0, 0)
    assert document["sha256"].startswith(trained.version)
    never()
    again = load_or_train_classifier(toy)
    assert (again.version, again.accuracy, again.classes) == (trained.version, 1.0, dataset.spec.classes)
    np.testing.assert_array_equal(again.extract(items), features)


def test_the_seed_makes_the_weights(toy, hasty):
    first = load_or_train_classifier(toy)
    shutil.rmtree(toy / "classifier")
    assert load_or_train_classifier(toy).version == first.version


def spoil_weights(place):
    data = bytearray((place / "weights.safetensors").read_bytes())
    data[-1] ^= 1
    (place / "weights.safetensors").write_bytes(data)


def spoil(**values):
    def change(place):
        document = json.loads((place / "classifier.json").read_text())
        (place / "classifier.json").write_text(json.dumps({**document, **values}))

    return change


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (spoil_weights, "was changed after it was written"),
        (lambda place: (place / "weights.safetensors").unlink(), "there is no such file"),
        (lambda place: (place / "classifier.json").unlink(), "is missing"),
        (lambda place: (place / "classifier.json").write_text("{"), "is damaged"),
        (spoil(accuracy=None), "is damaged"),
        (spoil(fingerprint="other"), "the items of the data set have changed since"),
        (spoil(recipe=0), "made by another recipe"),
    ],
)
def test_a_damaged_one_is_trained_anew_with_a_reason(toy, hasty, damage, why):
    load_or_train_classifier(toy)
    damage(toy / "classifier")
    again = load_or_train_classifier(toy)
    assert again.note.startswith("The classifier was trained anew: ")
    assert why in again.note
    assert load_or_train_classifier(toy).note == ""
    assert [path.name for path in toy.iterdir() if path.name.startswith(".")] == []


def test_one_of_a_newer_studio_is_left_alone(toy, hasty):
    load_or_train_classifier(toy)
    spoil(format=9)(toy / "classifier")
    with pytest.raises(WorkspaceError, match="newer studio"):
        load_or_train_classifier(toy)


def test_a_training_that_is_stopped_leaves_nothing(toy):
    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_or_train_classifier(toy, stop)
    assert "classifier" not in {path.name for path in toy.iterdir()}


def test_a_full_disk_costs_the_file_alone(toy, hasty, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("studio.evaluate.image.classifier.new_folder", full)
    found = load_or_train_classifier(toy)
    assert found.extract(np.zeros((2, 8, 8, 1), np.uint8)).shape == (2, 128)
    assert found.note == (
        "The classifier could not be kept, and will be trained again: the disk is full; free some space and try again."
    )


@pytest.mark.parametrize("classes", [0, 1])
def test_data_without_two_classes(workspace, classes):
    dataset = toy_dataset(workspace, classes=classes)
    with pytest.raises(DataError, match="has no two classes"):
        load_or_train_classifier(workspace.folder("datasets") / dataset.document.id)


def test_too_few_items(workspace):
    dataset = toy_dataset(workspace, count=8)
    with pytest.raises(DataError, match="7 training items, too few"):
        load_or_train_classifier(workspace.folder("datasets") / dataset.document.id)


@pytest.mark.parametrize("shape", [(2, 2, 1), (5, 40, 3)])
def test_any_shape(workspace, hasty, shape):
    dataset = toy_dataset(workspace, shape, 2, 96)
    folder = workspace.folder("datasets") / dataset.document.id
    # Without validation items a tenth of the training items is held back.
    np.save(folder / "splits.npy", (np.load(folder / "splits.npy") * 2).astype(np.uint8))
    found = load_or_train_classifier(folder)
    assert 0.4 < found.accuracy <= 1.0
    features = found.extract(np.zeros((2, *shape), np.uint8))
    assert features.shape == (2, 128)
    assert np.isfinite(features).all()
