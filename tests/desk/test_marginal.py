"""Rows of a data set and samples are counted in the same bins."""

import numpy as np
import pytest

from studio.core.modality import Column
from studio.desk.marginal import bins_of, known_marginal, marginal


def cells(*values):
    return np.array(values, np.float32)


def test_every_row_is_in_a_bin_missing_or_outside():
    column = Column(name="x", knots=(0.0, 10.0), missing=True)
    values = np.concatenate([np.linspace(0, 10, 95), [np.nan] * 3, [-50, 70]]).astype(np.float32)
    found = marginal(column, values, bins_of(column, values))
    assert found.shares.sum() + found.missing + found.outside == pytest.approx(1.0)
    assert found.missing == pytest.approx(0.03)
    assert found.outside == pytest.approx(0.02)


def test_a_whole_number_of_few_values_has_a_bin_for_each():
    column = Column(name="rooms", kind="whole", knots=(0.5, 6.5), step=1.0)
    bins = bins_of(column, cells())
    np.testing.assert_allclose(bins.edges, np.arange(0.5, 7))
    np.testing.assert_allclose(marginal(column, cells(1, 1, 2, 6), bins).shares, [0.5, 0.25, 0, 0, 0, 0.25])


def test_bins_of_rounded_numbers_hold_equally_many_values():
    column = Column(name="carat", knots=(0.195, 5.015), step=0.01)
    edges = bins_of(column, cells()).edges
    steps = np.diff(edges) / 0.01
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-6)
    assert len(set(np.rint(steps))) == 1
    # Edges lie between values, never on one.
    np.testing.assert_allclose(edges / 0.01 % 1, 0.5, atol=1e-6)
    assert edges[0] <= 0.195 + 1e-9
    assert edges[-1] >= 5.015 - 1e-9
    every = np.round(np.arange(20, 502) * 0.01, 2).astype(np.float32)
    counts = marginal(column, every, bins_of(column, every)).shares * len(every)
    assert counts.sum() == pytest.approx(len(every))
    assert set(np.rint(counts[:-1])) == {steps[0].round()}


def test_the_knots_tell_of_numbers_how_training_rows_are_spread():
    rows = np.random.default_rng(0).exponential(2.0, 20_000).astype(np.float32)
    shares = np.linspace(0, 1, 129)
    column = Column(name="x", knots=tuple(np.quantile(rows, shares).tolist()), shares=tuple(shares.tolist()))
    bins = bins_of(column, rows)
    np.testing.assert_allclose(known_marginal(column, bins).shares, marginal(column, rows, bins).shares, atol=0.005)
    assert known_marginal(Column(name="x"), bins) is None


def test_of_many_categories_the_most_frequent_are_shown_and_the_others_together():
    names = tuple(f"c{number}" for number in range(100))
    column = Column(name="city", kind="category", categories=names)
    values = np.concatenate([np.arange(100), [70] * 10, [3] * 20]).astype(np.float32)
    bins = bins_of(column, values)
    assert len(bins) == 40
    assert {3, 70} <= set(bins.codes.tolist())
    assert bins.codes[-1] == -1
    found = marginal(column, values, bins)
    assert found.shares.sum() == pytest.approx(1.0)
    assert found.shares[bins.codes.tolist().index(3)] == pytest.approx(21 / 130)
    assert known_marginal(column, bins) is None


def test_a_column_that_says_nothing_is_counted_over_its_values():
    column = Column(name="x")
    found = marginal(column, cells(3, 3, 3), bins_of(column, cells(3, 3, 3)))
    assert found.shares.sum() == pytest.approx(1.0)
    assert len(bins_of(column, cells())) > 0
