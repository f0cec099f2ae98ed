"""Fits what a table says of the spread of its columns to the rows that it has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from studio.core.modality import Column
from studio.data.split import TRAIN
from studio.data.table.row_sample import RowSample
from studio.data.table.rows import knots_of

__all__ = ["fitted"]


def fitted(columns: Sequence[Column], sample: RowSample, splits: npt.NDArray[np.uint8]) -> tuple[Column, ...]:
    """The columns with knots of the rows of the training split, or of all rows where it has none.

    Of a long table, whose rows are not all kept, they are those of a sample; the outermost are of all rows.

    Args:
        columns: What the columns are; their knots and whether cells are missing are found anew.
        sample: The rows, all of which passed.
        splits: Split of each row, shape (N,).
    """
    rows, numbers = sample.rows()
    train = splits[numbers] == TRAIN
    rows = rows[train] if train.any() else rows
    if not sample.is_whole:
        ends = np.stack([sample.low, sample.high])
        rows = np.concatenate([rows, np.where(np.isfinite(ends), ends, np.nan)])
    found = []
    for place, column in enumerate(columns):
        knots, shares = ((), ()) if column.is_coded else knots_of(rows[:, place], column.step)
        known = {"knots": knots, "shares": shares, "missing": bool(sample.has_missing[place])}
        found.append(Column(**{**dict(column), **known}))
    return tuple(found)
