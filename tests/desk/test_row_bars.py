"""The bars of a column count each value once, and a condition of each lets pass what it counts."""

import numpy as np
import pytest

from studio.core.modality import Column
from studio.desk.row_bars import bars_of

generator = np.random.default_rng(0)
CASES = {
    "any numbers": (Column(name="x"), generator.normal(size=3000)),
    "heavy tails": (Column(name="x"), generator.standard_cauchy(size=3000)),
    "steps of a hundredth": (Column(name="x", step=0.01), generator.integers(20, 501, 3000) / 100),
    "prices": (Column(name="x", kind="whole", step=1.0), generator.integers(326, 18824, 3000)),
    "few whole numbers": (Column(name="x", kind="whole", step=1.0), generator.integers(1, 9, 3000)),
    "days": (Column(name="x", kind="date", step=1.0, origin="2026-01-01"), generator.integers(-40, 700, 3000)),
    "one value": (Column(name="x", step=0.5), np.full(9, 2.5)),
    "one number": (Column(name="x"), np.full(9, 0.1)),
    "tiny": (Column(name="x"), 1e8 + generator.random(50)),
    "huge": (Column(name="x"), generator.normal(size=50) * 1e37),
    "categories": (Column(name="x", kind="category", categories=tuple("abcde")), generator.integers(0, 5, 3000)),
    "many categories": (
        Column(name="x", kind="category", categories=tuple(map(str, range(300)))),
        np.minimum(generator.geometric(0.1, 3000), 299),
    ),
    "boolean": (Column(name="x", kind="boolean", categories=("no", "yes")), generator.integers(0, 2, 3000)),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("gone", [0, 3])
def test_a_bar_counts_what_its_condition_lets_pass(name, gone):
    column, values = CASES[name]
    values = np.concatenate([values, np.full(gone, np.nan)]).astype(np.float32)
    bars = bars_of(column, values)
    counts = bars.counts(values)
    assert counts.sum() == len(values)
    assert len(counts) == len(bars.labels) == len(bars.tests) <= 50
    assert [int(test.passes(column, values).sum()) for test in bars.tests] == counts.tolist()
    whole = bars.span(0, bars.values - 1)
    assert whole.passes(column, values).sum() == len(values) - gone
    assert bars.missing == bool(gone)
    if gone:
        assert (bars.labels[-1], counts[-1]) == ("missing", gone)


@pytest.mark.parametrize("name", ["any numbers", "prices", "steps of a hundredth", "days"])
def test_numbers_have_enough_bars_between_round_numbers(name):
    column, values = CASES[name]
    assert 8 <= len(bars_of(column, values.astype(np.float32)).labels) <= 26


def test_labels_are_the_columns_own_words():
    column, values = CASES["prices"]
    assert bars_of(column, values.astype(np.float32)).labels[:2] == ("0 to 999", "1000 to 1999")
    column, values = CASES["few whole numbers"]
    assert bars_of(column, values.astype(np.float32)).labels == tuple("12345678")
    column, values = CASES["any numbers"]
    assert "0 to 0.5" in " ".join(bars_of(column, values.astype(np.float32)).labels).replace(".0", "")


def test_the_most_frequent_categories_come_first_and_the_others_together():
    column, values = CASES["many categories"]
    bars = bars_of(column, values.astype(np.float32))
    counts = bars.counts(values.astype(np.float32))
    assert len(bars.labels) == 10
    assert (np.diff(counts[:-1]) <= 0).all()
    assert bars.labels[-1] == "291 others"


def test_a_drag_in_either_direction_is_one_range():
    column, values = CASES["prices"]
    bars = bars_of(column, values.astype(np.float32))
    assert bars.span(3, 1) == bars.span(1, 3)
    assert (bars.span(1, 3).low, bars.span(1, 3).high) == (1000, 3999)


def test_rows_beyond_those_that_stand_for_all_are_in_the_outermost_bars():
    bars = bars_of(Column(name="x"), np.linspace(0, 1, 100, dtype=np.float32))
    counts = bars.counts(np.array([-7, 99, np.inf], np.float32))
    assert (counts[0], counts[-1]) == (1, 2)


def test_a_column_without_values():
    bars = bars_of(Column(name="x"), np.full(4, np.nan, np.float32))
    assert bars.labels == ("missing",)
    assert bars.counts(np.full(4, np.nan, np.float32)).tolist() == [4]
    assert bars_of(Column(name="x"), np.empty(0, np.float32)).labels == ()
