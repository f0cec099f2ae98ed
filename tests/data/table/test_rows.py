"""Rows of arrays, and the knots of their columns."""

import io

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.data.array import ArrayPart
from studio.data.table.rows import knots_of, read_rows


def part(values):
    values = np.asarray(values)
    return ArrayPart("a.npy", values.shape, values.dtype, lambda: io.BytesIO(values.tobytes()), None, 0)


def test_parts_follow_one_another_and_rows_that_are_not_finite_are_refused():
    first, second = part([[1.0, 2], [np.nan, 1], [3, 4]]), part(np.array([[5, 6], [7, 8]], np.int64))
    seen = []
    rows = read_rows([first, second], seen.append)
    assert rows.values.tolist() == [[1, 2], [3, 4], [5, 6], [7, 8]]
    assert rows.kept.tolist() == [True, False, True, True, True]
    assert rows.refused == [("row 1", "its 'column 1' is not a finite number of 32 bits")]
    assert seen[-1] == 5


def test_numbers_too_large_for_32_bits_are_refused():
    assert len(read_rows([part([[1e300], [1.0]])], lambda done: None).values) == 1


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([part(np.zeros((2, 3))), part(np.zeros((2, 4)))], "3 and 4 columns"),
        ([part(np.zeros((2, 1001)))], "1,001 columns"),
    ],
)
def test_columns_that_are_no_table(parts, said):
    with pytest.raises(DataError, match=said):
        read_rows(parts, lambda done: None)


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


def test_a_rasters_mark_for_no_data_is_refused():
    rows = read_rows([part(np.array([[np.finfo(np.float32).min], [2.0]], np.float32))], lambda done: None)
    assert rows.values.tolist() == [[2.0]]
    assert rows.refused == [("row 0", "its 'column 1' is not a finite number of 32 bits")]


def test_an_array_without_rows():
    assert read_rows([part(np.zeros((0, 3)))], lambda done: None).values.shape == (0, 3)


def test_values_that_32_bits_hardly_tell_apart_are_one_knot():
    low, high = knots_of(np.array([1e-42, 2e-42, 3e-42], np.float32))
    assert high - low > 1e-4
    knots = knots_of(np.array([1e9, 1e9 + 64, 2e9], np.float32))
    assert knots == (1e9, 2e9)
