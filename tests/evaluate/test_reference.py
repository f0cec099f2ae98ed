"""The real side of an evaluation: a floor like the samples, of items that the classifier never saw."""

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.evaluate.evaluation import evaluate_files
from studio.evaluate.reference import Reference, is_black_and_white
from studio.testing import toy_dataset
from tests.evaluate.conftest import REQUEST
from tests.evaluate.copying import copier


def counts(labels):
    return np.bincount(labels + 1, minlength=3).tolist()


class Seen:
    """Features that remember which items were looked at: a code of each."""

    name, version = "seen", "1"

    def extract(self, items, on_progress=lambda *_: None):
        return items.reshape(len(items), -1)[:, :3].astype(np.float32)


def test_the_floor_has_the_samples_classes_and_the_classifier_never_saw_it(uneven, monkeypatch):
    """Finding M1: a random floor of items that it had learned from was more than twice the matched one."""
    dataset, folder = uneven
    learned = []

    class Stop(Exception):
        pass

    def spy(dataset, training, on_progress):
        learned.extend(training.tolist())
        raise Stop

    monkeypatch.setattr("studio.evaluate.image.classifier._train", spy)
    with pytest.raises(Stop):
        Reference(folder, 40, lambda *_: None)
    monkeypatch.setattr(Reference, "_add", lambda self, find: None)
    reference = Reference(folder, 40, lambda *_: None)
    grey = np.full((40, 4, 4, 1), 128, np.uint8)
    codes = {tuple(row): index for index, row in enumerate(Seen().extract(dataset.items).tolist())}
    for by_class in (True, False):
        held_out, floor = reference.standard(by_class, grey).features(Seen())
        rows = [np.array([codes[tuple(row)] for row in part.tolist()]) for part in (held_out, floor)]
        assert len(rows[0]) == len(rows[1]) == reference.count == 40
        assert not set(rows[1].tolist()) & set(learned)
        assert set(rows[1].tolist()) <= set(dataset.indices("train").tolist())
        assert np.array_equal(dataset.labels[rows[0]], reference.held_out_labels)
        assert (counts(dataset.labels[rows[0]]) == counts(dataset.labels[rows[1]])) or not by_class
    assert len(learned) > 250


def test_black_and_white_samples_are_compared_with_items_in_black_and_white(uneven, monkeypatch):
    """Finding M17: and grey samples with grey ones; the floor is drawn like what it is the floor of."""
    _, folder = uneven
    monkeypatch.setattr(Reference, "_add", lambda self, find: None)
    reference = Reference(folder, 40, lambda *_: None)
    ink = np.zeros((40, 4, 4, 1), np.uint8)
    ink[:, 0] = 255
    standard = reference.standard(True, ink)
    assert standard.name_of(Seen()) == "seen, black and white"
    assert "drawn in black and white" in standard.notes[0]
    for part in standard.features(Seen()):
        assert is_black_and_white(part)
    grey = reference.standard(True, ink // 2)
    assert grey.name_of(Seen()) == "seen"
    assert grey.notes == ()
    assert not is_black_and_white(grey.features(Seen())[1])
    # Each value is white as often as it is bright.
    drawn = np.mean([part.mean() for part in standard.features(Seen())])
    plain = np.mean([part.mean() for part in grey.features(Seen())])
    assert drawn == pytest.approx(plain, rel=0.25)


def test_too_few_items(workspace, tmp_path):
    for count, why in ((40, "has 5 held-out items, too few"), (12, "has 1 held-out item, too few")):
        dataset = toy_dataset(workspace, (4, 4, 1), 2, count)
        folder = workspace.folder("datasets") / dataset.document.id
        file = copier(tmp_path / "some.onnx", dataset.items[:9])
        with pytest.raises(DataError, match=why):
            evaluate_files(folder, [file], REQUEST)
        folder.rename(folder.with_name(f"old-{count}"))


def test_each_class_has_the_share_of_the_labelled_training_items(uneven, monkeypatch):
    monkeypatch.setattr(Reference, "_add", lambda self, find: None)
    dataset, folder = uneven
    labels = dataset.labels[dataset.indices("train")]
    expected = [(labels == number).sum() / (labels >= 0).sum() for number in (0, 1)]
    assert Reference(folder, 40, lambda *_: None).class_frequencies() == pytest.approx(expected)


def test_fewer_items_than_asked_for_are_said(uneven, monkeypatch):
    monkeypatch.setattr(Reference, "_add", lambda self, find: None)
    reference = Reference(uneven[1], 5000, lambda *_: None)
    assert reference.split == "validation"
    assert reference.count < 61
    first, second = reference.notes
    assert first.startswith("There are too few test items; validation items, by which checkpoints are chosen, stand in")
    assert second.startswith(f"Only {reference.count} items could be compared: the data set has no more held-out items")


@pytest.mark.parametrize(("values", "expected"), [([0, 255], True), ([0, 0], True), ([0, 254], False), ([128], False)])
def test_black_and_white(values, expected):
    assert is_black_and_white(np.array(values, np.uint8)) is expected
