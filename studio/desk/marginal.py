"""How the cells of one column are spread: shares of rows in bins, for rows of a data set and for samples alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.core.modality import Column, TableSpec

__all__ = ["Bins", "ColumnMarginals", "Marginal", "bins_of", "known_marginal", "marginal", "marginals_of"]

_MOST_BINS = 40
# Beside the outermost training values, in widths of a bin: what lies further out is counted apart.
_AROUND = 2


@dataclass(frozen=True)
class Bins:
    """Bins of a column.

    Attributes:
        edges: Of numbers and dates, in the column's units, rising, float64 (B + 1,).
        codes: Of a coded column, the category of each bin, int64 (B,); the others share the last bin, which is -1
            where there are others.
    """

    edges: npt.NDArray[np.float64] | None = None
    codes: npt.NDArray[np.int64] | None = None

    def __len__(self) -> int:
        if self.codes is not None:
            return len(self.codes)
        assert self.edges is not None
        return len(self.edges) - 1


@dataclass(frozen=True)
class Marginal:
    """What share of the rows is where.

    Attributes:
        shares: Share of all rows in each bin, (B,).
        missing: Share of the rows whose cell is missing.
        outside: Share of the rows that lie beside all bins.
    """

    shares: npt.NDArray[np.float64]
    missing: float = 0.0
    outside: float = 0.0


def bins_of(column: Column, values: npt.NDArray[np.float32]) -> Bins:
    """Bins that suit a column: its categories, its single values where it has few, or intervals of one width.

    Args:
        column: The column.
        values: Cells by which the bins are chosen where the column does not say how far its numbers reach, and by which
            the most frequent of many categories are, (N,), NaN where missing.
    """
    if column.is_coded:
        count = len(column.categories)
        if count <= _MOST_BINS:
            return Bins(codes=np.arange(count))
        found = np.bincount(_codes(column, values), minlength=count)
        most = np.sort(np.argsort(-found, kind="stable")[: _MOST_BINS - 1])
        return Bins(codes=np.append(most, -1))
    low, high = column.span
    if not column.knots:
        finite = values[np.isfinite(values)].astype(np.float64)
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    if not high > low:
        low, high = low - 0.5, high + 0.5
    if column.step:
        # Whole numbers of steps, else bins of one width would hold other numbers of values.
        per_bin = max(1, math.ceil((high - low) / column.step / _MOST_BINS))
        width = per_bin * column.step
        first = (round(low / column.step - 0.5) + 0.5) * column.step
        count = max(1, math.ceil((high - first) / width - 1e-6))
        return Bins(edges=first + width * np.arange(count + 1, dtype=np.float64))
    width = (high - low) / _MOST_BINS
    return Bins(edges=low + width * np.arange(-_AROUND, _MOST_BINS + _AROUND + 1, dtype=np.float64))


def marginal(column: Column, values: npt.NDArray[np.float32], bins: Bins) -> Marginal:
    """How cells are spread over bins.

    Args:
        column: The column.
        values: The cells, (N,), NaN where missing.
        bins: The bins.
    """
    total = max(1, len(values))
    there = values[np.isfinite(values)]
    if bins.codes is not None:
        found = np.bincount(_codes(column, there), minlength=len(column.categories))
        named = bins.codes[bins.codes >= 0]
        counts = found[named]
        if len(named) < len(bins.codes):
            counts = np.append(counts, found.sum() - counts.sum())
    else:
        assert bins.edges is not None
        counts, _ = np.histogram(there.astype(np.float64), bins.edges)
    inside = int(counts.sum())
    return Marginal(counts / total, 1.0 - len(there) / total, (len(there) - inside) / total)


def known_marginal(column: Column, bins: Bins) -> Marginal | None:
    """How the training rows are spread as the column itself says, by its knots; None where it does not.

    The share of missing cells is not known to it, so the shares are those of the cells that are there.
    """
    if bins.edges is None or not column.knots:
        return None
    shares = column.shares or np.linspace(0.0, 1.0, len(column.knots))
    below = np.interp(bins.edges, column.knots, shares, left=0.0, right=1.0)
    return Marginal(np.diff(below))


@dataclass(frozen=True)
class ColumnMarginals:
    """How several sets of rows are spread over one column.

    Attributes:
        column: The column.
        bins: The bins that all of them are counted in.
        each: That of each set, in their order; None where nothing is known of one.
    """

    column: Column
    bins: Bins
    each: tuple[Marginal | None, ...]

    def name_of(self, place: int) -> str:
        """A bin in words: its category, its value, or its ends."""
        if self.bins.codes is not None:
            code = int(self.bins.codes[place])
            return self.column.categories[code] if code >= 0 else "Others"
        assert self.bins.edges is not None
        low, high = self.bins.edges[place : place + 2].tolist()
        if self.column.step:
            low, high = low + self.column.step / 2, high - self.column.step / 2
        first, last = self.column.words([low, high])
        if not self.column.step and self.column.kind == "number":
            first, last = f"{low:.4g}", f"{high:.4g}"
        return first if first == last else f"{first} to {last}"


def marginals_of(spec: TableSpec, sets: Sequence[npt.NDArray[np.float32] | None]) -> list[ColumnMarginals]:
    """How sets of rows are spread over each column, counted in bins that the first set which is there chooses.

    Args:
        spec: The columns.
        sets: Rows (N, K) each; None for the training rows, of which only what the columns themselves say is known.
    """
    first = next((rows for rows in sets if rows is not None), np.empty((0, len(spec.columns)), np.float32))
    found = []
    for place, column in enumerate(spec.columns):
        bins = bins_of(column, first[:, place])
        each = [
            known_marginal(column, bins) if rows is None else marginal(column, rows[:, place], bins) for rows in sets
        ]
        found.append(ColumnMarginals(column, bins, tuple(each)))
    return found


def _codes(column: Column, values: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Codes of the cells that are there."""
    there = values[np.isfinite(values)]
    return np.clip(np.rint(there), 0, len(column.categories) - 1).astype(np.int64)
