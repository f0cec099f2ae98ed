"""Names of columns, and the knots of their numbers."""

import numpy as np
import pytest

from studio.data.table.rows import column_names, knots_of


def test_blank_and_double_names():
    assert column_names(["x", "", "x", "x"]) == ("x", "column 2", "x (2)", "x (3)")


def test_knots_part_the_rows_equally():
    column = np.random.default_rng(0).lognormal(size=20_000).astype(np.float32)
    knots = knots_of(column)
    assert len(knots) == 33
    assert (knots[0], knots[-1]) == (column.min(), column.max())
    counts, _ = np.histogram(column, knots)
    assert abs(counts / 625 - 1).max() < 0.02


@pytest.mark.parametrize("values", [[7.0] * 5, [0.0] * 5, [1e30] * 5])
def test_a_column_of_one_value_has_knots_beside_it(values):
    low, high = knots_of(np.array(values, np.float32))
    assert low < values[0] < high
    assert np.float32(low) < np.float32(high)


def test_values_that_many_rows_share_make_fewer_knots():
    assert knots_of(np.array([0.0] * 90 + [1.0] * 10, np.float32)) == (0.0, 1.0)


def test_values_that_32_bits_hardly_tell_apart_are_one_knot():
    low, high = knots_of(np.array([1e-42, 2e-42, 3e-42], np.float32))
    assert high - low > 1e-4
    knots = knots_of(np.array([1e9, 1e9 + 64, 2e9], np.float32))
    assert knots == (1e9, 2e9)
