"""Names of the columns of a table, and how their numbers are spread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from studio.core.modality.column import rises

__all__ = ["LARGEST", "column_names", "knots_of"]

LARGEST = 3.4e38
# Shares of the rows below the knots of a column: thirty-seconds, and ever smaller ones in the tails, where a small
# difference of the view would otherwise be a large one of the value.
_TAIL = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016)
_SHARES = (*(0.0, *_TAIL), *(part / 32 for part in range(1, 32)), *(1.0 - share for share in reversed(_TAIL)), 1.0)


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


def knots_of(column: npt.NDArray[np.float32], step: float = 0.0) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Rising quantiles of a column, closer in its tails, and the share of its values below each, from 0 to 1.

    Values that many rows share make fewer knots; a column of one value gets two beside it. Of values that are
    multiples of a step the knots lie half way between two, and half a step beyond the ends, so that each value has an
    interval of its own to be spread over. What is missing does not count.
    """
    found = np.sort(column[~np.isnan(column)].astype(np.float64))
    if not len(found):
        return (0.0, 1.0), ()
    if step:
        found = np.rint(found / step)
        edges = np.quantile(found, _SHARES, method="nearest")
        quantiles = np.unique([found[0] - 0.5, *(edges[1:-1] + 0.5), found[-1] + 0.5])
    else:
        quantiles = np.unique(np.quantile(found, _SHARES, method="nearest"))
    # Half of the rows that have the very value of a knot count as below it.
    below = 0.5 * (np.searchsorted(found, quantiles, "left") + np.searchsorted(found, quantiles, "right")) / len(found)
    quantiles = quantiles * (step or 1.0)
    knots, shares = [float(quantiles[0])], [0.0]
    for value, share in zip(quantiles[1:].tolist(), below[1:].tolist(), strict=True):
        if rises(knots[-1], value):
            knots.append(value)
            shares.append(share)
    if len(knots) < 2:
        around = max(1e-3, abs(knots[0]) * 1e-3)
        return (max(-LARGEST, knots[0] - around), min(LARGEST, knots[0] + around)), ()
    return tuple(knots), (*shares[:-1], 1.0)
