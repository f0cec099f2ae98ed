"""Finds rows that are the same as an earlier one, but for what rounding leaves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from studio.core.modality import TableSpec
from studio.evaluate.features import Items, Progress

__all__ = ["LABEL", "first_alike"]

Numbers = npt.NDArray[np.int64]

_OF_QUARTILES = 1e-6
LABEL = (
    "rows of the same class whose cells are the same, numbers after rounding to the step of their column or to a "
    "millionth of its interquartile range"
)


def first_alike(
    spec: TableSpec, items: Items, labels: npt.NDArray[np.int64], on_progress: Progress = lambda *_: None
) -> Numbers:
    """For each row the first one that it is the same as, itself where there is none.

    Rows are taken in their order: one that is the same as an earlier one that was not is laid to that, so that no two
    of those that stay are the same, and each other one is the same as one that stays.

    Args:
        spec: What the columns are.
        items: The rows, float32 (N, K).
        labels: Class of each row, shape (N,).
        on_progress: Called with steps done and in all.

    Returns:
        Numbers of rows, each at most its own place, int64 (N,).
    """
    count, width = len(items), len(spec.columns)
    chain = np.zeros(count, np.int64)
    loose: list[int] = []
    tolerances: list[float] = []
    for done, (place, values, tolerance) in enumerate(_columns(spec, items, labels)):
        # Rows that are the same lie in one chain of every column, each link of which is short enough.
        chain = _split(chain, values, tolerance)
        if tolerance:
            loose.append(place)
            tolerances.append(tolerance)
        on_progress(min(done, width), width + 1)
    order = np.argsort(chain, kind="stable")
    bounds = np.flatnonzero(np.diff(chain[order], prepend=-1, append=count))
    lengths = np.diff(bounds)
    first = np.arange(count)
    for start, length in zip(bounds[:-1][lengths > 1].tolist(), lengths[lengths > 1].tolist(), strict=True):
        rows = order[start : start + length]
        cells = np.asarray(items[rows][:, loose], np.float64)
        first[rows] = rows[_first_near(cells, np.array(tolerances))]
    on_progress(width + 1, width + 1)
    return first


def _columns(
    spec: TableSpec, items: Items, labels: npt.NDArray[np.int64]
) -> Iterator[tuple[int, npt.NDArray[np.float64], float]]:
    """The columns and the class: place, numbers (N,), NaN where missing, and how far apart the same ones may be."""
    yield -1, labels.astype(np.float64), 0.0
    for place, column in enumerate(spec.columns):
        values = np.asarray(items[:, place]).astype(np.float64)
        if column.step:
            values = np.rint(values / column.step)
        tolerance = 0.0
        if not column.step and not column.is_coded and not np.isnan(values).all():
            low, high = np.nanquantile(values, (0.25, 0.75))
            tolerance = _OF_QUARTILES * float(high - low)
        yield place, values, tolerance


def _split(chain: Numbers, values: npt.NDArray[np.float64], tolerance: float) -> Numbers:
    """Part chains of rows where the sorted numbers of a column leave a gap; missing ones are a chain of their own."""
    order = np.lexsort((values, chain))
    before, sorted_values = chain[order], values[order]
    gone = np.isnan(sorted_values)
    with np.errstate(invalid="ignore"):
        parted = np.diff(sorted_values) > tolerance
    parted |= (np.diff(before) != 0) | (gone[1:] != gone[:-1])
    split = np.empty_like(chain)
    split[order] = np.append(0, np.cumsum(parted))
    return split


def _first_near(cells: npt.NDArray[np.float64], tolerances: npt.NDArray[np.float64]) -> Numbers:
    """Of the rows of a chain, in their order, the place of the first one that stays and is near, (M,)."""
    cells = np.where(np.isnan(cells), 0.0, cells)
    first = np.full(len(cells), -1, np.int64)
    while (rest := np.flatnonzero(first < 0)).size:
        near = (np.abs(cells[rest] - cells[rest[0]]) <= tolerances).all(1)
        first[rest[near]] = rest[0]
    return first
