"""Names of the columns of a table, and how their numbers are spread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from studio.core.modality.column import rises

__all__ = ["LARGEST", "column_names", "knots_of"]

LARGEST = 3.4e38
# Knots of a column: between each two lies a thirty-second of the rows.
_KNOTS = 33


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
