"""Rows as Parquet keep the types of their columns."""

import datetime
import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from studio.core.modality import Column, TableSpec
from studio.data.table.parquet_file import parquet_bytes

NAN = float("nan")


def test_types_and_missing_cells():
    columns = (
        Column(name="any"),
        Column(name="step", step=0.01),
        Column(name="whole", kind="whole", step=1.0),
        Column(name="words", kind="category", categories=("a", "=b")),
        Column(name="truth", kind="boolean", categories=("false", "true")),
        Column(name="day", kind="date", step=1.0, origin="2020-01-01"),
        Column(name="moment", kind="date", origin="2020-01-01"),
    )
    spec = TableSpec(shape=(7,), columns=columns, classes=("x", "y"), class_column="class", class_place=1)
    rows = np.array([[0.1, 0.23, 3, 1, 1, 31, 0.25], [NAN] * 7], np.float32)
    table = pa.parquet.read_table(io.BytesIO(parquet_bytes(spec, rows, np.array([1, -1]))))
    assert table.column_names == ["any", "class", "step", "whole", "words", "truth", "day", "moment"]
    first, second = table.to_pylist()
    assert first == {
        "any": float(np.float32(0.1)),
        "class": "y",
        "step": 0.23,
        "whole": 3,
        "words": "=b",
        "truth": True,
        "day": datetime.date(2020, 2, 1),
        "moment": datetime.datetime(2020, 1, 1, 6),
    }
    assert set(second.values()) == {None}
