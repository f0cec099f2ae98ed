"""Rows of a data set and samples are counted by the same bars."""

import numpy as np
import pytest

from studio.core.modality import Column, TableSpec
from studio.desk.marginal import marginals_of


def spec_of(column):
    return TableSpec(shape=(1,), columns=(column,))


def rows(*values):
    return np.array(values, np.float32)[:, None]


def test_every_row_is_counted_or_missing_also_far_outside():
    column = Column(name="x", knots=(0.0, 10.0), missing=True)
    first = np.linspace(0, 10, 95, dtype=np.float32)[:, None]
    other = rows(*np.linspace(0, 10, 95), *[np.nan] * 3, -50, 70)
    (found,) = marginals_of(spec_of(column), [first, other])
    assert [each.shares.sum() + each.missing for each in found.each] == pytest.approx([1.0, 1.0])
    assert [each.missing for each in found.each] == pytest.approx([0.0, 0.03])


def test_a_whole_number_of_few_values_has_a_bar_for_each():
    column = Column(name="rooms", kind="whole", knots=(0.5, 6.5), step=1.0)
    (found,) = marginals_of(spec_of(column), [rows(1, 2, 3, 4, 5, 6), rows(1, 1, 2, 6)])
    assert found.bars.labels == ("1", "2", "3", "4", "5", "6")
    np.testing.assert_allclose(found.each[1].shares, [0.5, 0.25, 0, 0, 0, 0.25])


@pytest.mark.parametrize("step", [0.0, 0.01])
def test_the_knots_tell_of_numbers_how_training_rows_are_spread(step):
    values = np.random.default_rng(0).exponential(2.0, 20_000).astype(np.float32)
    values = (np.rint(values / step) * step).astype(np.float32) if step else values
    shares = np.linspace(0, 1, 129)
    knots = np.unique(np.quantile(values.astype(np.float64), shares))
    below = np.searchsorted(np.sort(values), knots) / len(values)
    if step:
        knots = knots + step / 2
        below = np.searchsorted(np.sort(values), knots) / len(values)
    below[0], below[-1] = 0.0, 1.0
    column = Column(name="x", knots=tuple(knots.tolist()), shares=tuple(below.tolist()), step=step)
    (found,) = marginals_of(spec_of(column), [None, values[:, None]])
    np.testing.assert_allclose(found.each[0].shares, found.each[1].shares, atol=0.02)
    assert found.each[0].shares.sum() == pytest.approx(1.0)


def test_categories_that_nobody_counted_are_not_known():
    column = Column(name="city", kind="category", categories=("a", "b", "c"))
    (found,) = marginals_of(spec_of(column), [None, rows(2, 2, 1)])
    assert found.each[0] is None
    assert found.bars.labels == ("c", "b", "a")
    np.testing.assert_allclose(found.each[1].shares, [2 / 3, 1 / 3, 0])


def test_without_any_rows_the_columns_alone_are_shown():
    known, unknown = marginals_of(
        TableSpec(shape=(2,), columns=(Column(name="x", knots=(0.0, 4.0)), Column(name="y"))), [None]
    )
    assert known.each[0].shares.sum() == pytest.approx(1.0)
    assert unknown.each == (None,)
