"""Toy data: the same each time, its classes there to be learned and among what is held out."""

import numpy as np
import pytest

from studio.store.dataset import list_datasets
from studio.testing import toy_dataset, toy_table


@pytest.mark.parametrize("make", [toy_dataset, toy_table])
@pytest.mark.parametrize("classes", [0, 2, 4])
def test_every_eighth_item_is_held_out_and_all_classes_are_among_them(workspace, make, classes):
    dataset = make(workspace, classes=classes)
    held_out = dataset.indices("validation")
    assert held_out.tolist() == list(range(7, 96, 8))
    expected = set(range(classes)) or {-1}
    assert set(dataset.labels[held_out].tolist()) == set(dataset.labels.tolist()) == expected
    assert dataset.document.splits == {"train": 84, "validation": 12, "test": 0}
    ((_, document),) = list_datasets(workspace)
    assert document == dataset.document


def test_the_corner_of_the_bright_square_tells_the_class(workspace):
    dataset = toy_dataset(workspace, (6, 8, 3), 4, 32)
    for item, label in zip(dataset.items, dataset.labels, strict=True):
        corners = item.reshape(2, 3, 2, 4, 3).mean((1, 3, 4))
        assert corners.argmax() == [0, 2, 1, 3][label]


def test_the_cloud_of_a_row_tells_the_class(workspace):
    dataset = toy_table(workspace, 3, 2, 400)
    for column, unit in enumerate((1.0, 10.0, 100.0)):
        means = [dataset.items[dataset.labels == label, column].mean() for label in (0, 1)]
        assert means[1] - means[0] == pytest.approx(4 * unit, rel=0.1)
    low, middle, high = dataset.spec.columns[0].knots
    assert (low, high) == (dataset.items[:, 0].min(), dataset.items[:, 0].max())
    assert low < middle < high


def test_it_is_the_same_each_time(workspace, tmp_path):
    from studio.store.workspace import Workspace

    first, again = toy_dataset(workspace), toy_dataset(Workspace(tmp_path / "other"))
    assert np.array_equal(first.items, again.items)
    assert first.document == again.document
