"""How the cells of each column are spread in several sets of rows: those that were learned from, and samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.core.modality import Column, TableSpec
from studio.desk.row_bars import Bars, bars_of

__all__ = ["ColumnMarginals", "Marginal", "marginals_of"]

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Marginal:
    """What share of the rows is where.

    Attributes:
        shares: Share of all rows that each bar of values counts.
        missing: Share of the rows whose cell is missing.
    """

    shares: npt.NDArray[np.float64]
    missing: float = 0.0


@dataclass(frozen=True)
class ColumnMarginals:
    """How several sets of rows are spread over one column.

    Attributes:
        bars: The bars that all of them are counted by.
        each: The marginal of each set, in their order; None where nothing is known of one.
    """

    bars: Bars
    each: tuple[Marginal | None, ...]


def marginals_of(spec: TableSpec, sets: Sequence[Rows | None]) -> list[ColumnMarginals]:
    """How sets of rows are spread over each column, by bars that suit the first of them.

    Args:
        spec: The columns.
        sets: Rows (N, K) each; None for the training rows, of which only what the columns themselves say is known.
    """
    first = next((rows for rows in sets if rows is not None), None)
    found = []
    for place, column in enumerate(spec.columns):
        told = np.array(column.knots, np.float32) if first is None else first[:, place]
        bars = bars_of(column, told)
        each = [_known(column, bars) if rows is None else _counted(bars, rows[:, place]) for rows in sets]
        found.append(ColumnMarginals(bars, tuple(each)))
    return found


def _counted(bars: Bars, cells: npt.NDArray[np.float32]) -> Marginal:
    total = max(1, len(cells))
    return Marginal(bars.counts(cells)[: bars.values] / total, float(np.isnan(cells).sum()) / total)


def _known(column: Column, bars: Bars) -> Marginal | None:
    """How the training rows are spread as the column itself says, by its knots; None where it does not.

    Nobody knows then how many were missing: the shares are of the cells that were there.
    """
    if not column.knots:
        return None
    shares = column.shares or np.linspace(0.0, 1.0, len(column.knots))
    # Between the last value of one bar and the first of the next.
    cuts = np.array(bars.cuts) - column.step / 2.0
    below = np.interp([-math.inf, *cuts, math.inf], column.knots, shares, left=0.0, right=1.0)
    return Marginal(np.diff(below))
