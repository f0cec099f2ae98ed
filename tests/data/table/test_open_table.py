"""Each kind of file is opened by its own reader."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from studio.data.array import ArrayPart
from studio.data.source import Arrays, TableFile
from studio.data.table.array_rows import ArrayRows
from studio.data.table.columnar_file import ColumnarTable
from studio.data.table.csv_file import CsvTable
from studio.data.table.json_lines import JsonTable
from studio.data.table.open_table import open_table
from studio.data.table.text_format import TextFormat


def test_files(tmp_path):
    (tmp_path / "t").write_text('{"x": 1}\n')
    pa.parquet.write_table(pa.table({"x": [1]}), tmp_path / "t.parquet")
    assert isinstance(open_table(TableFile("t", tmp_path / "t", "csv"), TextFormat()), CsvTable)
    assert isinstance(open_table(TableFile("t", tmp_path / "t", "json"), TextFormat()), JsonTable)
    assert isinstance(open_table(TableFile("t", tmp_path / "t.parquet", "parquet"), TextFormat()), ColumnarTable)


def test_what_is_said_of_text_reaches_it(tmp_path):
    (tmp_path / "t").write_text("1,5;2\n")
    table = open_table(TableFile("t", tmp_path / "t", "csv"), TextFormat(delimiter=",", header=False))
    assert next(iter(table.blocks())).cells["column 2"].array.to_pylist() == ["5;2"]


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_arrays(dtype):
    values = np.zeros((2, 3), dtype)
    part = ArrayPart("a", values.shape, values.dtype, lambda: io.BytesIO(values.tobytes()), None, 0)
    assert isinstance(open_table(Arrays("a", [part]), TextFormat()), ArrayRows)
