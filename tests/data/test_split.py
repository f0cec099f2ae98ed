import numpy as np
import pytest

from studio.data.split import assign_splits


@pytest.mark.parametrize(
    ("count", "shares"),
    [
        (1, (1, 0, 0)),
        (2, (2, 0, 0)),
        (3, (1, 1, 1)),
        (9, (7, 1, 1)),
        (100, (80, 10, 10)),
        (200_000, (185_000, 5_000, 10_000)),
    ],
)
def test_missing_splits_are_a_share_of_train(count, shares):
    splits = assign_splits(np.zeros(count, np.uint8), 0)
    assert tuple(np.bincount(splits, minlength=3)) == shares


def test_given_splits_are_kept():
    given = np.array([0] * 20 + [2] * 7 + [1] * 3, np.uint8)
    assert (assign_splits(given, 1) == given).all()
    only_test = np.array([0] * 20 + [2] * 7, np.uint8)
    completed = assign_splits(only_test, 1)
    assert (completed[20:] == 2).all()
    assert np.bincount(completed[:20], minlength=3).tolist() == [18, 2, 0]


def test_the_draw_depends_on_the_seed_alone():
    given = np.zeros(50, np.uint8)
    assert (assign_splits(given, 3) == assign_splits(given, 3)).all()
    assert (assign_splits(given, 3) != assign_splits(given, 4)).any()
    # Known answer: the studio's own noise, the same on every machine and NumPy.
    assert np.flatnonzero(assign_splits(given, 0) == 2).tolist() == [7, 8, 21, 27, 45]
