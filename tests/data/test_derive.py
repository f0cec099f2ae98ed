"""A data set without some items of another one: what stays is as it was, and that one too."""

import csv
import os

import numpy as np
import pytest

from studio.core.errors import DataError, SettingsError
from studio.data.dataset import open_dataset
from studio.data.derive import run_exclusion
from studio.data.exclusion import ExclusionRequest, ranges_of


@pytest.fixture
def without(workspace):
    """Make a data set without some items; gives it open, with its folder and events."""

    def run(dataset, numbers, name=None):
        events = []
        request = ExclusionRequest(
            workspace=workspace, dataset=dataset.document.id, ranges=ranges_of(numbers), name=name
        )
        document = run_exclusion(request, events.append)
        folder = workspace / "datasets" / document.id
        made = open_dataset(folder)
        made.events, made.folder = events, folder
        return made

    return run


def stored(folder):
    return {name: (folder / name).read_bytes() for name in sorted(os.listdir(folder))}


def test_what_stays_keeps_its_split_and_class(pets, add, without):
    dataset = add(pets)
    before = stored(dataset.folder)
    out = np.array([0, 5, 6, 7, 599])
    made = without(dataset, out)
    stay = np.setdiff1d(np.arange(600), out)
    np.testing.assert_array_equal(made.items, dataset.items[stay])
    np.testing.assert_array_equal(made.labels, dataset.labels[stay])
    np.testing.assert_array_equal(made.splits, dataset.splits[stay])
    assert made.spec == dataset.spec
    assert sum(made.document.splits.values()) == sum(made.document.class_counts) == 595
    assert made.document.name == "pets without 5 images"
    assert made.document.notes == (f"'pets' (fingerprint {dataset.document.fingerprint[:12]}) without 5 images.",)
    assert made.document.fingerprint != dataset.document.fingerprint
    assert stored(dataset.folder) == before
    with open(made.folder / "rejects.csv", newline="") as file:
        assert list(csv.reader(file)) == [["name", "reason"]]
    assert made.events[-1] == {"event": "progress", "stage": "writing", "done": 600, "total": 600}


def test_the_same_items_have_the_same_fingerprint(pets, add, without):
    dataset = add(pets)
    first, second = without(dataset, [1, 2], "a"), without(dataset, [2, 1], "b")
    assert first.document.fingerprint == second.document.fingerprint
    assert first.document.id != second.document.id
    # By way of two steps, numbers being those of the data set at hand.
    steps = without(without(dataset, [1]), [1])
    assert steps.document.fingerprint == first.document.fingerprint
    assert len(steps.document.notes) == 2


def test_a_table_says_what_an_import_of_its_rows_would(add, without, tmp_path):
    rng = np.random.default_rng(3)
    rows = [["price", "size", "when", "cut", "any"]]
    for number in range(400):
        price = "" if number == 17 else f"{rng.uniform(1, 90):.2f}"
        when = f"2026-{rng.integers(1, 13):02}-{rng.integers(1, 28):02}"
        rows.append([price, rng.integers(0, 50), when, ("fair", "good", "ideal")[number % 3], repr(rng.normal())])
    rows[18][0] = ""
    rows[301][4] = "1234.5678901"
    with open(tmp_path / "gems.csv", "w", newline="") as file:
        csv.writer(file).writerows(rows)
    dataset = add(tmp_path / "gems.csv")
    old = dict(zip(dataset.spec.names, dataset.spec.columns, strict=True))
    assert old["price"].missing
    made = without(dataset, [17, 300])
    new = dict(zip(made.spec.names, made.spec.columns, strict=True))
    kept = {"kind", "step", "categories", "origin"}
    for name, column in old.items():
        assert new[name].model_dump(include=kept) == column.model_dump(include=kept)
    assert not new["price"].missing
    train = made.items[made.indices("train")]
    place = made.spec.names.index("any")
    assert new["any"].knots[0] == train[:, place].min()
    assert new["any"].knots[-1] == train[:, place].max() < 1000
    assert new["cut"] == old["cut"]
    assert made.document.name == "gems without 2 rows"


def test_categories_stay_where_no_row_has_them_any_more(add, without, tmp_path):
    (tmp_path / "few.csv").write_text("a,b\n" + "\n".join(f"{n / 7:.3f},{'xyz'[n % 3]}" for n in range(60)))
    dataset = add(tmp_path / "few.csv")
    made = without(dataset, np.arange(0, 60, 3))
    assert made.spec.columns[1].categories == ("x", "y", "z")
    assert not (made.items[:, 1] == 0).any()


@pytest.mark.parametrize(
    ("numbers", "kind", "reason"),
    [
        ([], DataError, "No item of 'pets' is left out; choose some."),
        (range(600), DataError, "Nothing of 'pets' would stay; leave out fewer items."),
        ([600], SettingsError, "There is no item 600: they are numbered from 0 to 599."),
    ],
)
def test_it_says_why_not(pets, add, without, leftovers, numbers, kind, reason):
    dataset = add(pets)
    with pytest.raises(kind) as caught:
        without(dataset, np.array(numbers, np.int64))
    assert str(caught.value) == reason
    assert leftovers() == [dataset.document.id]


def test_something_to_learn_from_must_stay(pets, add, without, leftovers):
    dataset = add(pets)
    with pytest.raises(DataError, match="No item of the training split of 'pets' would stay"):
        without(dataset, dataset.indices("train"))
    with pytest.raises(DataError, match="longer than 500 characters"):
        without(dataset, [0], "x" * 501)
    assert leftovers() == [dataset.document.id]


def test_a_fault_leaves_nothing(pets, add, without, leftovers, monkeypatch):
    dataset = add(pets)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("studio.data.derive.write_dataset_document", fail)
    with pytest.raises(OSError, match="No space"):
        without(dataset, [0])
    assert leftovers() == [dataset.document.id]
