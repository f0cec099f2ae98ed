"""Rows that are the same, but for what rounding leaves."""

import numpy as np
import pytest

from studio.core.modality import Column, TableSpec
from studio.evaluate.table.duplicates import first_alike

PRICE, CUT, WHEN = (
    Column(name="price", step=0.01),
    Column(name="cut", kind="category", categories=("fair", "good"), missing=True),
    Column(name="weight"),
)


def table(*columns):
    return TableSpec(shape=(len(columns),), columns=columns)


def rows(*cells):
    return np.array(cells, np.float32)


def firsts(spec, items, labels=None):
    return first_alike(spec, items, np.full(len(items), -1) if labels is None else np.array(labels)).tolist()


def test_equal_rows():
    items = rows([1, 0], [2, 0], [1, 0], [1, 1], [2, 0], [1, 0])
    assert firsts(table(PRICE, CUT), items) == [0, 1, 0, 3, 1, 0]


def test_missing_cells_are_the_same_as_missing_ones_only():
    items = rows([1, np.nan], [1, 0], [1, np.nan], [np.nan, 0], [np.nan, np.nan], [np.nan, 0])
    assert firsts(table(PRICE, CUT), items) == [0, 1, 0, 3, 4, 3]


def test_numbers_are_rounded_to_the_step_of_their_column():
    assert firsts(table(PRICE), rows([0.29], [0.2900001], [0.30], [1234.5], [1234.5001])) == [0, 0, 2, 3, 3]


def test_the_class_counts():
    assert firsts(table(PRICE), rows([1], [1], [1], [1]), [0, 1, 0, -1]) == [0, 1, 0, 3]


def test_other_numbers_differ_by_a_millionth_of_the_quartiles_at_most():
    spread = np.linspace(-1, 1, 1001)
    tiny = 1e-6 * (np.quantile(spread, 0.75) - np.quantile(spread, 0.25))
    near = np.concatenate([spread, spread[500] + tiny * np.array([0.9, 1.5, 2.6])])
    found = firsts(table(WHEN), near[:, None].astype(np.float32))
    # 1.5 is near to 0.9, which does not stay, but not to 0; 2.6 is near to neither that stays.
    assert found == [*range(1001), 500, 1002, 1003]


def by_every_pair(spec, items, labels):
    """The rule as it is said, without any short cut."""
    cells = items.astype(np.float64)
    within = np.zeros(len(spec.columns))
    for place, column in enumerate(spec.columns):
        if column.step:
            cells[:, place] = np.rint(cells[:, place] / column.step)
        elif not column.is_coded:
            within[place] = 1e-6 * np.subtract(*np.nanquantile(cells[:, place], (0.75, 0.25)))
    first = np.arange(len(items))
    for number in range(len(items)):
        for earlier in np.flatnonzero(first[:number] == np.arange(number)).tolist():
            gone = np.isnan(cells[[number, earlier]])
            apart = np.nan_to_num(np.abs(cells[number] - cells[earlier]))
            if labels[number] == labels[earlier] and (gone[0] == gone[1]).all() and (apart <= within).all():
                first[number] = earlier
                break
    return first.tolist()


@pytest.mark.parametrize("seed", range(4))
def test_it_finds_what_every_pair_shows(seed):
    rng = np.random.default_rng(seed)
    base = np.stack([rng.integers(0, 4, 60) / 100, rng.integers(0, 2, 60), rng.choice(rng.normal(size=9), 60)], 1)
    items = base[rng.integers(0, 60, 400)]
    items[:, 2] += rng.choice([0.0, 5e-7, 1e-6, 2e-6, 0.1], 400)
    items[rng.random(items.shape) < 0.05] = np.nan
    items, labels = items.astype(np.float32), rng.integers(0, 2, 400)
    spec = table(PRICE, CUT, WHEN)
    assert firsts(spec, items, labels) == by_every_pair(spec, items, labels)


def test_a_column_without_any_number_is_the_same_in_all_rows():
    assert firsts(table(PRICE, WHEN), rows([1, np.nan], [1, np.nan], [2, np.nan])) == [0, 0, 2]


def test_many_equal_rows_cost_one_look():
    told = []
    items = np.zeros((200_000, 2), np.float32)
    assert not first_alike(table(PRICE, WHEN), items, np.zeros(200_000, np.int64), lambda *now: told.append(now)).any()
    assert told[-1] == (3, 3)
