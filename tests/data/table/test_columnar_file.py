"""Parquet and Arrow say what their columns hold, and come in pieces."""

import datetime
import decimal

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from studio.core.errors import DataError
from studio.data.table.cells import Days, Numbers, Unread, Words
from studio.data.table.columnar_file import ColumnarTable

NAN = float("nan")


def save(table, path):
    if path.suffix == ".parquet":
        pa.parquet.write_table(table, path)
    elif path.suffix == ".feather":
        pa.feather.write_feather(table, path, compression="zstd")
    else:
        with pa.ipc.new_stream(path, table.schema) as writer:
            writer.write_table(table)
    return ColumnarTable(path, "parquet" if path.suffix == ".parquet" else "arrow")


@pytest.fixture(params=["t.parquet", "t.feather", "t.arrow"])
def path(request, tmp_path):
    return tmp_path / request.param


def test_what_columns_hold(path):
    day, moment = datetime.date(1970, 1, 3), datetime.datetime(9999, 12, 31, 12)
    table = save(
        pa.table(
            {
                "double": pa.array([0.5, None]),
                "single": pa.array([0.5, None], pa.float32()),
                "whole": pa.array([3, None], pa.int64()),
                "decimal": pa.array([decimal.Decimal("1.25"), None]),
                "truth": pa.array([True, None]),
                "text": pa.array([" red ", None]),
                "large": pa.array(["red", None], pa.large_string()),
                "coded": pa.array(["red", None]).dictionary_encode(),
                "date": pa.array([day, None]),
                "moment": pa.array([moment, None], pa.timestamp("us")),
                "zone": pa.array([datetime.datetime(1970, 1, 2), None], pa.timestamp("s", "Europe/Berlin")),
                "list": pa.array([[1], None]),
                "none": pa.nulls(2),
            }
        ),
        path,
    )
    (block,) = table.blocks()
    cells = block.cells
    numbers = {name: found.values.tolist() for name, found in cells.items() if isinstance(found, Numbers | Days)}
    np.testing.assert_equal(
        numbers,
        {
            "double": [0.5, NAN],
            "single": [0.5, NAN],
            "whole": [3, NAN],
            "decimal": [1.25, NAN],
            "date": [2, NAN],
            "moment": [2932896.5, NAN],
            "zone": [1, NAN],
            "none": [NAN, NAN],
        },
    )
    assert cells["single"].single
    assert not cells["double"].single
    words = {name: found.array.to_pylist() for name, found in cells.items() if isinstance(found, Words)}
    assert words == {"truth": ["true", ""], "text": ["red", ""], "large": ["red", ""], "coded": ["red", ""]}
    assert isinstance(cells["list"], Unread)
    assert "list<" in cells["list"].reason


def test_rows_come_in_pieces(path, monkeypatch):
    monkeypatch.setattr("studio.data.table.columnar_file._ROWS", 300)
    table = save(pa.table({"x": np.arange(1000.0), "": np.arange(1000)}), path)
    blocks = list(table.blocks())
    assert max(map(len, blocks)) <= 300
    assert np.concatenate([block.records for block in blocks]).tolist() == list(range(1000))
    np.testing.assert_array_equal(np.concatenate([block.cells["x"].values for block in blocks]), np.arange(1000.0))
    assert list(blocks[0].cells) == ["x", "column 2"]
    if table.total:
        assert blocks[-1].done == table.total
    assert table.row_names([7]) == ["row 7"]


@pytest.mark.fault("A24")
def test_damaged_files(path):
    save(pa.table({"x": np.random.default_rng(0).normal(size=20_000)}), path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(DataError, match=r"is damaged or no (Parquet|Arrow) file"):
        list(ColumnarTable(path, "parquet" if path.suffix == ".parquet" else "arrow").blocks())


def test_too_many_columns(path):
    with pytest.raises(DataError, match="has 1,001 columns"):
        save(pa.table({str(number): [1] for number in range(1001)}), path)


@pytest.mark.fault("A24")
def test_bytes_that_lead_out_of_the_memory(tmp_path):
    path = tmp_path / "t.arrow"
    pa.feather.write_feather(pa.table({"x": ["some words"] * 100}), path, compression="uncompressed")
    data = path.read_bytes()
    for wrong in (b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff"):
        path.write_bytes(data.replace((500).to_bytes(4, "little"), wrong))
        with pytest.raises(DataError, match="is damaged or no Arrow file"):
            list(ColumnarTable(path, "arrow").blocks())


@pytest.mark.fault("A24")
def test_words_that_are_no_utf8(tmp_path):
    path = tmp_path / "t.parquet"
    words = pa.array([b"fine", b"\xff\xfe"], pa.binary()).view(pa.string())
    pa.parquet.write_table(pa.table({"x": words}), path)
    with pytest.raises(DataError, match="is damaged or no Parquet file"):
        list(ColumnarTable(path, "parquet").blocks())


def test_days_outside_the_calendar_are_refused(path):
    days = pa.array([0, 2_932_896, 2_932_897, -719_162, -719_163], pa.int32()).view(pa.date32())
    (block,) = save(pa.table({"d": days}), path).blocks()
    np.testing.assert_array_equal(block.cells["d"].values, [0, 2_932_896, np.inf, -719_162, np.inf])
