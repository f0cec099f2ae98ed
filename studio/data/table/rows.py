"""The rows of a table in memory, and their columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError
from studio.core.modality.column import rises
from studio.core.modality.table import MOST_COLUMNS
from studio.core.words import number_of
from studio.data.array import ArrayPart
from studio.data.tree import printable

__all__ = ["LARGEST", "Rows", "column_names", "knots_of", "read_rows"]

LARGEST = 3.4e38
# Knots of a column: between each two lies a thirty-second of the rows.
_KNOTS = 33


@dataclass
class Rows:
    """Rows that can be learned from.

    Attributes:
        columns: Names of the columns.
        values: Finite numbers, float32 (N, K).
        refused: Rows that were refused: (name, reason).
        kept: Which rows of the source they are, bool; None for all.
    """

    columns: tuple[str, ...]
    values: npt.NDArray[np.float32]
    refused: list[tuple[str, str]] = field(default_factory=list)
    kept: npt.NDArray[np.bool_] | None = None


def column_names(found: Sequence[str]) -> tuple[str, ...]:
    """Names of columns, each its own: a blank one is called by its place, one that is there twice gets a number."""
    names: list[str] = []
    for place, name in enumerate(found, start=1):
        unique = base = name or f"column {place}"
        number = 2
        while unique in names:
            unique, number = f"{base} ({number})", number + 1
        names.append(unique)
    return tuple(names)


def read_rows(parts: Sequence[ArrayPart], looked: Callable[[int], None]) -> Rows:
    """Read arrays of rows [N, K] of one K; rows with a number that is not finite are refused.

    Args:
        parts: The arrays.
        looked: Called with the number of rows so far.

    Raises:
        DataError: If their columns do not agree, or are none or too many.
    """
    widths = sorted({part.shape[1] for part in parts})
    if len(widths) > 1:
        raise DataError(f"The arrays have {' and '.join(map(str, widths))} columns; save them with the same columns.")
    if not 1 <= widths[0] <= MOST_COLUMNS:
        raise DataError(
            f"{parts[0].title} has {number_of(widths[0], 'column')}; a table has between 1 and {MOST_COLUMNS:,}."
        )
    named = next((part.columns for part in parts if part.columns), ("",) * widths[0])
    names = column_names([printable(name) for name in named])
    blocks, kept, refused, done = [], [], [], 0
    for part in parts:
        for block in part.blocks():
            with np.errstate(over="ignore"):
                values = block.astype(np.float32)
            # Also not a number; and a raster's mark for "no data", the largest of 32 bits.
            fine = np.abs(values) <= LARGEST
            good = fine.all(1)
            for row in np.flatnonzero(~good):
                bad = names[int(np.flatnonzero(~fine[row])[0])]
                refused.append((f"row {done + int(row)}", f"its '{bad}' is not a finite number of 32 bits"))
            blocks.append(values[good])
            kept.append(good)
            done += len(block)
            looked(done)
    if not blocks:
        return Rows(names, np.empty((0, widths[0]), np.float32), kept=np.empty(0, np.bool_))
    return Rows(names, np.concatenate(blocks), refused, np.concatenate(kept))


def knots_of(column: npt.NDArray[np.float32], step: float = 0.0) -> tuple[float, ...]:
    """Rising values between which equally many of a column's lie, about; its least and its largest are the ends.

    Values that many rows share make fewer knots; a column of one value gets two beside it. Of values that are
    multiples of a step the knots lie half way between two, and half a step beyond the ends, so that each value has an
    interval of its own to be spread over. What is missing does not count.
    """
    found = column[~np.isnan(column)].astype(np.float64)
    if not len(found):
        return 0.0, 1.0
    if step:
        found = np.rint(found / step)
        edges = np.quantile(found, np.linspace(0.0, 1.0, _KNOTS), method="nearest")
        quantiles = np.unique([found.min() - 0.5, *(edges[1:-1] + 0.5), found.max() + 0.5]) * step
    else:
        quantiles = np.unique(np.quantile(found, np.linspace(0.0, 1.0, _KNOTS), method="nearest"))
    knots = [float(quantiles[0])]
    for value in quantiles[1:].tolist():
        if rises(knots[-1], value):
            knots.append(value)
    if len(knots) < 2:
        around = max(1e-3, abs(knots[0]) * 1e-3)
        return max(-LARGEST, knots[0] - around), min(LARGEST, knots[0] + around)
    return tuple(knots)
