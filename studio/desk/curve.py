"""Prepares curves for drawing: two extremes for each column of pixels, and a smooth line over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Curve", "CurveKey", "decimate", "smooth", "thin_out", "validation_metrics"]

Floats = npt.NDArray[np.float64]
# Beyond this a plot's range overflows.
_LARGEST = 1e30
_HELD_OUT = "validation."


@dataclass(frozen=True)
class CurveKey:
    """Which curve: a metric of a run."""

    run: Path
    metric: str


@dataclass
class Curve:
    """A curve as it was read for a range of steps.

    Attributes:
        key: Which curve it is.
        steps: Steps, ascending, float64, shape (N,).
        mean: Mean of the values at each, NaN where they were not finite.
        low: Smallest value at each.
        high: Largest value at each.
        first: First step of the whole curve.
        last: Last step of the whole curve.
        newest: The last finite value.
    """

    key: CurveKey
    steps: Floats = field(default_factory=lambda: np.empty(0))
    mean: Floats = field(default_factory=lambda: np.empty(0))
    low: Floats = field(default_factory=lambda: np.empty(0))
    high: Floats = field(default_factory=lambda: np.empty(0))
    first: int = 0
    last: int = 0
    newest: float = float("nan")

    @classmethod
    def from_rows(
        cls, key: CurveKey, rows: Sequence[Any], extent: tuple[int, int], newest: float = float("nan")
    ) -> Curve:
        """Make it of rows (step, mean, low, high), first and last step of the whole curve, and its last value."""
        table = np.array(rows, np.float64).reshape(-1, 4)
        table[:, 1:][np.abs(table[:, 1:]) > _LARGEST] = np.nan
        steps, mean, low, high = (np.ascontiguousarray(column) for column in table.T)
        return cls(key, steps, mean, low, high, *extent, newest)

    @property
    def exact(self) -> bool:
        """Whether every value stands for itself, and not for the mean of many."""
        return np.array_equal(self.low, self.high, equal_nan=True)

    def at(self, step: float) -> float:
        """The value nearest to a step; NaN where the curve is empty or has ended."""
        if not len(self.steps) or not self.first - 0.5 <= step <= self.last + 0.5:
            return float("nan")
        right = int(np.searchsorted(self.steps, step))
        near = [index for index in (right - 1, right) if 0 <= index < len(self.steps)]
        return float(self.mean[min(near, key=lambda index: abs(self.steps[index] - step))])


def decimate(curve: Curve, first: float, last: float, columns: int) -> tuple[Floats, Floats]:
    """A line that covers what the curve covers, with two points for each column of pixels at most.

    Args:
        curve: The curve.
        first: Step at the left edge.
        last: Step at the right edge.
        columns: Pixels between them.

    Returns:
        Steps and values, float64, of equal length; each column goes from its smallest to its largest value.
    """
    low_at = max(0, int(np.searchsorted(curve.steps, first)) - 1)
    high_at = min(len(curve.steps), int(np.searchsorted(curve.steps, last)) + 1)
    steps, low, high = (array[low_at:high_at] for array in (curve.steps, curve.low, curve.high))
    if len(steps) > columns > 0:
        place = ((steps - first) * (columns / max(last - first, 1e-12))).astype(np.int64)
        starts = np.flatnonzero(np.diff(place, prepend=place[0] - 1))
        # A column that holds a single NaN shows what else it holds.
        low = np.fmin.reduceat(low, starts)
        high = np.fmax.reduceat(high, starts)
        steps = steps[starts]
    if np.array_equal(low, high, equal_nan=True):
        return steps, low
    values = np.empty(2 * len(steps))
    # Up in one column and down in the next, so that no line crosses a column twice.
    values[0::2] = np.where(np.arange(len(steps)) % 2, high, low)
    values[1::2] = np.where(np.arange(len(steps)) % 2, low, high)
    return np.repeat(steps, 2), values


def thin_out(steps: Floats, values: Floats, points: int) -> tuple[Floats, Floats]:
    """A smooth line with fewer points: the mean of neighbours, so that nothing jumps.

    Args:
        steps: Steps, ascending, shape (N,).
        values: Values, NaN for gaps, shape (N,).
        points: Number of points to come to, about.
    """
    together = len(steps) // max(1, points)
    if together < 2:
        return steps, values
    starts = np.arange(0, len(steps), together)
    counts = np.diff(starts, append=len(steps))
    return np.add.reduceat(steps, starts) / counts, np.add.reduceat(values, starts) / counts


def _mean_around(values: Floats, weights: Floats, reach: int) -> tuple[Floats, Floats]:
    """Mean over ``reach`` neighbours on either side, of those that are there."""
    size = len(values)
    edges = np.arange(size)
    left, right = np.maximum(edges - reach, 0), np.minimum(edges + reach + 1, size)
    sums = np.concatenate(([0.0], np.cumsum(values * weights)))
    counts = np.concatenate(([0.0], np.cumsum(weights)))
    count = counts[right] - counts[left]
    with np.errstate(invalid="ignore", divide="ignore"):
        return (sums[right] - sums[left]) / count, (count > 0).astype(np.float64)


def smooth(values: Floats, share: float) -> Floats:
    """Smooth a line without delay: a mean over neighbours on both sides, three times, which is close to a Gaussian.

    A constant stays the constant, at the ends too, and gaps are bridged by what is around them.

    Args:
        values: The line, NaN for gaps, shape (N,).
        share: Width of the window as a share of the line, 0 for no smoothing.

    Returns:
        The smooth line, shape (N,).
    """
    reach = round(share * len(values) / 2)
    if reach < 1 or not len(values):
        return values
    weights = np.isfinite(values).astype(np.float64)
    line = np.where(weights > 0, values, 0.0)
    for _ in range(3):
        line, weights = _mean_around(line, weights, reach)
        line = np.where(weights > 0, line, 0.0)
    return np.where(weights > 0, line, np.nan)


def validation_metrics(names: Sequence[list[str]]) -> list[str]:
    """The validation loss, and for a run without one the first thing that was validated, or learned by."""
    found: dict[str, None] = {}
    for known in names:
        held_out = [name for name in known if name.startswith(_HELD_OUT)]
        best = next((name for name in held_out if name == f"{_HELD_OUT}loss"), None)
        chosen = best or next(iter(sorted(held_out)), None) or next(iter(known), None)
        if chosen is not None:
            found[chosen] = None
    return list(found)
