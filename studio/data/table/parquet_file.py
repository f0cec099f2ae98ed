"""Makes a Parquet file of rows: each column as its own type, what is missing as null."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet

from studio.core.modality import Column, TableSpec

__all__ = ["parquet_bytes"]

_TRUTH = ("false", "true")


def _named(names: tuple[str, ...], codes: npt.NDArray[Any], gone: npt.NDArray[np.bool_]) -> Any:
    """Codes as names of categories."""
    fine = np.clip(np.where(gone, 0, codes), 0, len(names) - 1).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(fine, mask=gone), pa.array(names, pa.string()))


def _array(column: Column, values: npt.NDArray[Any]) -> Any:
    gone = ~np.isfinite(values)
    if column.is_coded:
        if tuple(name.casefold() for name in column.categories) == _TRUTH:
            return pa.array(values > 0.5, mask=gone)
        return _named(column.categories, np.rint(np.where(gone, 0, values)), gone)
    if column.kind == "date":
        words = column.words(np.where(gone, 0.0, values))
        unit = "D" if column.step >= 1.0 else "s"
        return pa.array(np.array(words, f"datetime64[{unit}]"), mask=gone)
    numbers = column.rounded(np.where(gone, 0.0, values))
    if column.step >= 1.0 or column.kind == "whole":
        return pa.array(np.rint(numbers).astype(np.int64), mask=gone)
    return pa.array(numbers if column.step else numbers.astype(np.float32), mask=gone)


def parquet_bytes(spec: TableSpec, rows: npt.NDArray[Any], labels: npt.NDArray[np.int64]) -> bytes:
    """Rows as Parquet, the columns in the order of the data set.

    Args:
        spec: The columns.
        rows: float32 (N, K).
        labels: Class of each row, (N,), -1 for any, which leaves its cell null.
    """
    arrays = [_array(column, rows[:, place]) for place, column in enumerate(spec.columns)]
    names = list(spec.names)
    if spec.class_column:
        place = min(spec.class_place, len(names))
        names.insert(place, spec.class_column)
        arrays.insert(place, _named(spec.classes, labels, labels < 0))
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(pa.Table.from_arrays(arrays, names), sink)
    return bytes(sink.getvalue().to_pybytes())
