"""Cells become the numbers of rows, or a reason."""

import numpy as np
import pyarrow as pa
import pytest

from studio.data.table.cells import Days, Numbers, Words
from studio.data.table.columns import PlannedColumn
from studio.data.table.convert import convert, refusal

NAN = float("nan")


def words(*found):
    return Words(pa.array(found, pa.string()))


def numbers(*found):
    return Numbers(np.array(found, np.float64))


CATEGORY = PlannedColumn("c", "category", words=("a", "1"), values=(5.0, 1.0), categories=("a", "1"))


@pytest.mark.parametrize(
    ("cells", "column", "values", "bad"),
    [
        (words("1.5", "", "x", "inf"), PlannedColumn("c", "number"), [1.5, NAN, NAN, np.inf], [0, 0, 1, 1]),
        (words("2", "2.5", "?", "1e39"), PlannedColumn("c", "whole"), [2, 2.5, NAN, 1e39], [0, 1, 0, 1]),
        (words("a", "", "b", "1"), CATEGORY, [0, NAN, NAN, 1], [0, 0, 1, 0]),
        (
            words("2.1.1970", "", "x", "31.2.1970"),
            PlannedColumn("c", "date", origin=-1, order="dmy"),
            [2, NAN, NAN, NAN],
            [0, 0, 1, 1],
        ),
        (numbers(1, NAN, np.inf, -3.41e38), PlannedColumn("c", "number"), [1, NAN, np.inf, -3.41e38], [0, 0, 1, 1]),
        (numbers(1, NAN, 5, 2), CATEGORY, [1, NAN, 0, NAN], [0, 0, 0, 1]),
        (Days(np.array([1.5, NAN, 0, 1])), PlannedColumn("c", "date", origin=1), [0.5, NAN, -1, 0], [0, 0, 0, 0]),
        (None, PlannedColumn("c", "number"), [NAN] * 4, [0] * 4),
    ],
)
def test_cells(cells, column, values, bad):
    found, refused = convert(cells, column, 4, ".")
    np.testing.assert_array_equal(found, values)
    assert refused.tolist() == [bool(each) for each in bad]


def test_why_a_row_is_refused():
    assert refusal(words("x\ny"), 0, PlannedColumn("c", "number")) == "its 'c' is no finite number of 32 bits: x y"
    assert refusal(words("x" * 50), 0, PlannedColumn("c", "date")) == f"its 'c' is no date: {'x' * 40}..."
    assert refusal(numbers(2.5), 0, PlannedColumn("c", "whole")) == "its 'c' is no whole number: 2.5"
    assert refusal(words("b"), 0, CATEGORY) == "its 'c' is none of its categories: b"
