"""Names of columns, and the knots of their numbers."""

import numpy as np
import pytest

from studio.data.table.rows import column_names, knots_of


def test_blank_and_double_names():
    assert column_names(["x", "", "x", "x"]) == ("x", "column 2", "x (2)", "x (3)")


def test_knots_are_quantiles_and_say_the_share_of_the_rows_below():
    column = np.random.default_rng(0).lognormal(size=20_000).astype(np.float32)
    knots, shares = knots_of(column)
    assert len(knots) == len(shares) == 45
    assert (knots[0], knots[-1]) == (column.min(), column.max())
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    below = (column[:, None] < np.array(knots)[None]).mean(0)
    np.testing.assert_allclose(below[1:-1], shares[1:-1], atol=2e-4)
    assert shares[1] < 0.001
    np.testing.assert_allclose(shares[7:-7], np.arange(1, 32) / 32, atol=1e-3)


def test_knots_of_rounded_values_lie_between_them():
    column = np.repeat([0.1, 0.2, 0.3, 0.7], [10, 70, 15, 5]).astype(np.float32)
    knots, shares = knots_of(column, 0.1)
    np.testing.assert_allclose(knots, (0.05, 0.15, 0.25, 0.35, 0.75))
    np.testing.assert_allclose(shares, (0.0, 0.1, 0.8, 0.95, 1.0))


def test_a_column_without_a_value_has_knots_too():
    assert knots_of(np.full(3, np.nan, np.float32)) == ((0.0, 1.0), ())


@pytest.mark.parametrize("values", [[7.0] * 5, [0.0] * 5, [1e30] * 5])
def test_a_column_of_one_value_has_knots_beside_it(values):
    (low, high), shares = knots_of(np.array(values, np.float32))
    assert shares == ()
    assert low < values[0] < high
    assert np.float32(low) < np.float32(high)


def test_values_that_many_rows_share_make_fewer_knots():
    assert knots_of(np.array([0.0] * 90 + [1.0] * 10, np.float32)) == ((0.0, 1.0), (0.0, 1.0))


def test_values_that_32_bits_hardly_tell_apart_are_one_knot():
    (low, high), _ = knots_of(np.array([1e-42, 2e-42, 3e-42], np.float32))
    assert high - low > 1e-4
    knots, shares = knots_of(np.array([1e9, 1e9 + 64, 2e9], np.float32))
    assert (knots, shares) == ((1e9, 2e9), (0.0, 1.0))
