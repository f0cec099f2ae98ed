"""Arrays of rows are one table."""

import io

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.data.array import ArrayPart
from studio.data.table.array_rows import ArrayRows


def part(values, columns=()):
    values = np.asarray(values)
    return ArrayPart("a.npy", values.shape, values.dtype, lambda: io.BytesIO(values.tobytes()), None, 0, columns)


def test_parts_follow_one_another():
    rows = ArrayRows([part(np.array([[1.0, 2], [3, 4]], np.float32), ("x", "y")), part([[5, 6]])])
    for _ in range(2):
        blocks = list(rows.blocks())
        assert [block.records.tolist() for block in blocks] == [[0, 1], [2]]
        assert [block.done for block in blocks] == [2, 3]
        assert [blocks[0].cells[name].values.tolist() for name in ("x", "y")] == [[1, 3], [2, 4]]
        assert (blocks[0].cells["x"].single, blocks[1].cells["x"].single) == (True, False)
    assert rows.total == 3
    assert rows.row_names([2]) == ["row 2"]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([part(np.zeros((2, 3))), part(np.zeros((2, 4)))], "3 and 4 columns"),
        ([part(np.zeros((2, 1001)))], "1,001 columns"),
    ],
)
def test_columns_that_are_no_table(parts, said):
    with pytest.raises(DataError, match=said):
        ArrayRows(parts)


def test_an_array_without_rows():
    assert list(ArrayRows([part(np.zeros((0, 3)))]).blocks()) == []
