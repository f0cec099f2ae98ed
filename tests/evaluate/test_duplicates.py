import numpy as np

from studio.evaluate.duplicates import Duplicates, find_duplicates
from studio.testing import toy_dataset, toy_mixed_table


def test_groups_and_repeats_are_counted():
    found = Duplicates(np.array([0, 1, 0, 0, 1, 5]), "")
    assert (found.num_repeats, found.num_groups) == (3, 2)
    none = Duplicates(np.arange(4), "")
    assert (none.num_repeats, none.num_groups) == (0, 0)


def test_each_kind_of_items_says_what_is_taken_for_the_same(workspace):
    images = find_duplicates(toy_dataset(workspace, (8, 8, 1), 2, 40))
    rows = find_duplicates(toy_mixed_table(workspace))
    assert images.label.startswith("images that")
    assert rows.label.startswith("rows of the same class")
    assert len(images.first) == 40
