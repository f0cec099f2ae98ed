"""The items of a grid: some of an open data set under a filter, or those of a dry look."""

import os

import numpy as np
import pytest

from studio.core.modality import ImageSpec, TableSpec
from studio.desk import items as module
from studio.desk.items import DatasetItems, ItemFilter, PreviewItems, open_items
from studio.testing import toy_dataset


def overview(spec, items):
    """A picture of one pixel, which says how many items it shows."""
    return np.full((1, 1, 1), len(items), np.uint8)


@pytest.fixture
def opened(workspace):
    """Sixteen items in two classes; the last item has lost its class."""
    folder = workspace.folder("datasets") / toy_dataset(workspace, (8, 10, 1), 2, 16).document.id
    labels = np.load(folder / "labels.npy")
    labels[-1] = -1
    np.save(folder / "labels.npy", labels)
    return open_items(folder)


def test_filters_combine(opened):
    labels, splits = opened.data.labels, opened.data.splits
    assert ItemFilter().choose(opened).tolist() == list(range(len(labels)))
    for label in (-1, 0, 1):
        assert ItemFilter(label=label).choose(opened).tolist() == np.flatnonzero(labels == label).tolist()
    both = ItemFilter(label=1, split=0).choose(opened)
    assert both.tolist() == np.flatnonzero((labels == 1) & (splits == 0)).tolist()
    assert 0 < len(both) < (labels == 1).sum() + (splits == 0).sum()
    for split, name in enumerate(("train", "validation", "test")):
        chosen = ItemFilter(split=split).choose(opened)
        assert chosen.tolist() == opened.data.indices(name).tolist()


def test_search_finds_classes_and_numbers(opened):
    _, second = opened.data.spec.classes
    assert (
        ItemFilter(text=f" {second.upper()} ").choose(opened).tolist()
        == np.flatnonzero(opened.data.labels == 1).tolist()
    )
    assert 7 in ItemFilter(text="7").choose(opened)
    assert ItemFilter(text="#7").choose(opened).tolist() == [7]
    assert ItemFilter(text="#99999999999999999999999").choose(opened).tolist() == []
    assert ItemFilter(text="#7", label=1 - int(opened.data.labels[7])).choose(opened).tolist() == []


def test_items_are_the_files_own(opened):
    numbers = np.array([3, 15])
    items = DatasetItems(opened, numbers)
    assert items.count() == 2
    assert np.array_equal(items.picture(0), opened.data.items[3])
    assert items.caption(1).startswith("Item 15, no class, ")


def test_items_that_go_away_are_grey_and_do_not_end_the_window(workspace):
    """The file is cut short while it is shown; touching a map of it would end the process."""
    folder = workspace.folder("datasets") / toy_dataset(workspace, (64, 64, 1), 2, 64).document.id
    opened = open_items(folder)
    items = DatasetItems(opened, np.arange(64))
    seen = items.picture(2).copy()
    os.truncate(folder / "items.npy", 4096 * 4)
    assert items.picture(60) is None
    np.testing.assert_array_equal(items.picture(2), seen)


def test_a_caption_is_number_class_and_split(opened):
    items = DatasetItems(opened, np.array([7, 15]))
    assert items.caption(0) == f"Item 7, {opened.data.spec.classes[opened.data.labels[7]]}, validation"
    assert items.caption(1) == "Item 15, no class, validation"
    assert (items.num_items, items.marked(0)) == (2, False)


def test_pictures_seen_last_are_kept(opened, monkeypatch):
    monkeypatch.setattr(module, "_MOST_SEEN", 2)
    items = DatasetItems(opened, np.arange(16))
    read = []
    real = opened.rows.read
    monkeypatch.setattr(opened.rows, "read", lambda number: read.append(number) or real(number))
    for index in (0, 1, 0, 2, 0, 1):
        items.picture(index)
    assert read == [0, 1, 2, 1]


def test_a_dry_look_shows_items_as_they_would_be():
    pictures = np.arange(8, dtype=np.uint8).reshape(2, 2, 2, 1)
    spec = ImageSpec(shape=(2, 2, 1), classes=("a\nb",))
    items = PreviewItems(spec, pictures, [0, -1], spec.classes, overview)
    assert (items.count(), items.marked(0)) == (2, False)
    np.testing.assert_array_equal(items.picture(1), pictures[1])
    assert [items.caption(index) for index in (0, 1)] == ["a b", "no class"]
    assert PreviewItems(spec, pictures, [-1, -1], (), overview).caption(0) == "As it would be imported"


def test_a_dry_look_at_a_table_is_one_tile():
    spec = TableSpec(shape=(2,), columns=("x", "y"), knots=((0.0, 1.0), (0.0, 1.0)))
    items = PreviewItems(spec, np.zeros((3, 2), np.float32), [-1] * 3, (), overview)
    assert (items.count(), items.picture(0).item(), items.caption(0)) == (1, 3, "3 rows")
    assert PreviewItems(spec, np.zeros((0, 2), np.float32), [], (), overview).count() == 0


def test_texts_are_found_by_their_words(tmp_path):
    from studio.store.workspace import Workspace
    from studio.testing.toy_data import toy_texts

    dataset = toy_texts(Workspace(tmp_path), 2)
    opened = open_items(tmp_path / "datasets" / dataset.document.id)
    try:
        found = ItemFilter(text="XYZ").choose(opened)
        assert len(found) == (dataset.labels == 1).sum()
        assert (dataset.labels[found] == 1).all()
        assert len(ItemFilter(text="xyz xyz").choose(opened)) < len(found)
        assert len(ItemFilter(text="xyz", label=0).choose(opened)) == 0
        assert len(ItemFilter(text="xyz").choose(opened, lambda: True)) == 0
        assert ItemFilter(text="5").choose(opened).tolist() == [5]
    finally:
        opened.rows.close()
