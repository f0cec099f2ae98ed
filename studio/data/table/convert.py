"""Turns the cells of a column into the numbers of rows, and says which cells cannot be."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from studio.core.words import one_line
from studio.data.table.cells import Cells, Days, Numbers, Words
from studio.data.table.columns import PlannedColumn
from studio.data.table.rows import LARGEST
from studio.data.table.words import days_of, numbers_of

__all__ = ["convert", "refusal"]

_LONGEST_SHOWN = 40
_EMPTY = pa.scalar("")


def convert(
    cells: Cells | None, column: PlannedColumn, count: int, decimal: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """The cells of a column as numbers.

    Args:
        cells: Its cells; None where all are missing.
        column: What it is.
        count: Number N of rows.
        decimal: What parts the whole of a number in words from its decimals.

    Returns:
        Numbers in their units, codes, or days since the column's origin, float64 (N,), NaN for missing; and where a
        cell is none of that, bool (N,).
    """
    match cells:
        case Words(array) if column.categories:
            codes = pc.index_in(array, value_set=pa.array(column.words, pa.string()))
            values = pc.cast(codes, pa.float64()).to_numpy(zero_copy_only=False)
            return values, np.isnan(values) & _flags(pc.not_equal(array, _EMPTY))
        case Words(array):
            parsed = days_of(array, column.order) if column.kind == "date" else numbers_of(array, decimal)
            return _checked(parsed.values - (column.origin if column.kind == "date" else 0), parsed.bad, column)
        case Numbers(values, _) if column.categories:
            return _codes(values, column.values)
        case Numbers(values, _):
            return _checked(values, np.zeros(count, np.bool_), column)
        case Days(values):
            return _checked(values - column.origin, np.zeros(count, np.bool_), column)
    return np.full(count, np.nan), np.zeros(count, np.bool_)


def _flags(array: Any) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = array.to_numpy(zero_copy_only=False)
    return found


def _codes(
    values: npt.NDArray[np.float64], known: tuple[float, ...]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    order = np.argsort(known)
    rising = np.array(known)[order]
    places = np.minimum(np.searchsorted(rising, values), len(rising) - 1)
    found = rising[places] == values
    return np.where(found, order[places], np.nan), ~found & ~np.isnan(values)


def _checked(
    values: npt.NDArray[np.float64], bad: npt.NDArray[np.bool_], column: PlannedColumn
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    with np.errstate(invalid="ignore"):
        bad = bad | (np.abs(values) > LARGEST)
    if column.kind == "whole":
        with np.errstate(invalid="ignore"):
            bad |= ~np.isnan(values) & (values != np.rint(values))
    return values, bad


def refusal(cells: Cells | None, row: int, column: PlannedColumn) -> str:
    """Why a row is refused for its cell of a column."""
    if isinstance(cells, Words):
        word = one_line(cells.array[row].as_py())
        shown = word if len(word) <= _LONGEST_SHOWN else f"{word[:_LONGEST_SHOWN]}..."
    else:
        shown = f"{cells.values[row]:g}" if isinstance(cells, Numbers | Days) else ""
    what = {"date": "no date", "whole": "no whole number", "number": "no finite number of 32 bits"}
    return f"its '{column.name}' is {what.get(column.kind, 'none of its categories')}: {shown}"
