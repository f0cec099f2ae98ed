"""Distances of single columns and of pairs of columns between two sets of rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from studio.core.modality import TableSpec
from studio.core.words import one_line
from studio.evaluate.features import Items

__all__ = ["column_distances", "correlation_distance", "kolmogorov_smirnov", "total_variation"]

# Single columns that are named; of wider tables the mean and the farthest say it.
_MOST_NAMED = 20
_FEWEST = 2


def kolmogorov_smirnov(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    """Largest difference of the two cumulative distributions, 0 to 1; values (N,) and (M,) without NaN."""
    edges = np.concatenate([x, y])
    below = [np.searchsorted(np.sort(one), edges, side="right") / len(one) for one in (x, y)]
    return float(np.abs(below[0] - below[1]).max())


def total_variation(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], categories: int) -> float:
    """Half the sum of the differences of the shares of codes, 0 to 1; NaN is a code of its own."""
    shares = []
    for one in (x, y):
        codes = np.where(np.isnan(one), categories, one).astype(np.int64).clip(0, categories)
        shares.append(np.bincount(codes, minlength=categories + 1) / max(1, len(codes)))
    return float(0.5 * np.abs(shares[0] - shares[1]).sum())


def column_distances(spec: TableSpec, rows: Items, others: Items) -> Mapping[str, float]:
    """Kolmogorov-Smirnov of each column of numbers and total variation of each of categories, by its name.

    What is missing is a category for a column of categories; the share of a number's cells that are missing is compared
    by itself, where any is.
    """
    found: dict[str, float] = {}
    for place, column in enumerate(spec.columns):
        x, y = (one[:, place].astype(np.float64) for one in (rows, others))
        name = one_line(column.name)
        if column.is_coded:
            found[f"TV {name}"] = total_variation(x, y, len(column.categories))
            continue
        if column.missing:
            found[f"missing {name}"] = float(abs(np.isnan(x).mean() - np.isnan(y).mean()))
        x, y = x[~np.isnan(x)], y[~np.isnan(y)]
        if min(len(x), len(y)) >= _FEWEST:
            found[f"KS {name}"] = kolmogorov_smirnov(x, y)
    if not found:
        return found
    single = {} if len(found) > _MOST_NAMED else found
    return {"mean": float(np.mean(list(found.values()))), "farthest": max(found.values()), **single}


def correlation_distance(spec: TableSpec, rows: Items, others: Items) -> Mapping[str, float]:
    """Mean and largest difference of the correlations of pairs of columns.

    Of a column of categories each but the first is a column of 0 and 1; pairs within one column do not count. What is
    missing of a number has its mean.
    """
    if len(spec.columns) < 2:
        return {}
    x, owner = _as_numbers(spec, rows)
    y, _ = _as_numbers(spec, others)
    both = [_correlations(one) for one in (x, y)]
    pairs = np.triu(owner[:, None] != owner[None, :], 1) & np.isfinite(both[0]) & np.isfinite(both[1])
    if not pairs.any():
        return {}
    differences = np.abs(both[0] - both[1])[pairs]
    return {"mean difference": float(differences.mean()), "largest difference": float(differences.max())}


def _as_numbers(spec: TableSpec, rows: Items) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Rows as numbers (N, D), and which column each belongs to, (D,)."""
    found, owner = [], []
    for place, column in enumerate(spec.columns):
        cells = rows[:, place].astype(np.float64)
        if column.is_coded:
            codes = range(1, len(column.categories) + column.missing)
            cells = np.where(np.isnan(cells), len(column.categories), cells)
            found += [(cells == code).astype(np.float64) for code in codes]
            owner += [place] * len(codes)
        else:
            known = cells[~np.isnan(cells)]
            found.append(np.where(np.isnan(cells), known.mean() if len(known) else 0.0, cells))
            owner.append(place)
    return np.stack(found, axis=1) if found else np.zeros((len(rows), 0)), np.array(owner, np.int64)


def _correlations(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Correlations of the columns of x (N, D), (D, D); NaN where a column does not vary."""
    centred = x - x.mean(0)
    spread = np.sqrt((centred**2).mean(0))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlations: npt.NDArray[np.float64] = centred.T @ centred / len(x) / np.outer(spread, spread)
    return correlations
