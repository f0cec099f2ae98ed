"""Which real items the judge takes: the floor is like the samples, and none of it was seen by the classifier."""

import numpy as np
import pytest

from studio.data.dataset import open_dataset
from studio.evaluate.choice import FLOOR, HELD_OUT, choose, kept_apart, paired_by_class, shuffled
from studio.evaluate.reference import Reference, is_black_and_white
from studio.testing import toy_dataset


@pytest.fixture
def uneven(workspace):
    """480 items, two classes of 3 to 1 and some without a class."""
    dataset = toy_dataset(workspace, (4, 4, 1), 2, 480)
    folder = workspace.folder("datasets") / dataset.document.id
    labels = np.where(np.arange(480) % 4 == 0, 1, 0)
    labels[::10] = -1
    np.save(folder / "labels.npy", labels)
    return open_dataset(folder), folder


def counts(labels):
    return np.bincount(labels + 1, minlength=3).tolist()


def test_a_fifth_of_every_class_is_kept_apart(uneven):
    dataset, _ = uneven
    training, apart = dataset.indices("train"), kept_apart(dataset)
    assert len(apart) == len(training) // 5
    assert set(apart) < set(training.tolist())
    assert np.array_equal(apart, kept_apart(dataset))
    for whole, part in zip(counts(dataset.labels[training]), counts(dataset.labels[apart]), strict=True):
        assert abs(part - whole / 5) <= 1


def test_two_sides_have_the_same_classes(uneven):
    dataset, _ = uneven
    held_out, apart = shuffled(dataset.indices("validation"), HELD_OUT), shuffled(kept_apart(dataset), FLOOR)
    for count in (10, 30, 500):
        first, second = paired_by_class(held_out, apart, dataset.labels, count)
        assert counts(dataset.labels[first]) == counts(dataset.labels[second])
        assert len(first) == len(set(first.tolist())) <= count
        assert set(first.tolist()) <= set(held_out.tolist())
        assert set(second.tolist()) <= set(apart.tolist())
    # Where the other side lacks a class, this side goes without.
    lacking = apart[dataset.labels[apart] != 1]
    first, second = paired_by_class(held_out, lacking, dataset.labels, 500)
    assert 1 not in dataset.labels[first]
    assert counts(dataset.labels[first]) == counts(dataset.labels[second])
    assert np.array_equal(np.sort(choose(held_out, 5, 1)), choose(held_out, 5, 1))


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
