"""How the likelihoods that a model gives are spread over the items, and which of them lie below a threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["HELD_OUT", "SHOWN", "TRAIN", "Histogram", "LikelihoodSpread"]

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

TRAIN, HELD_OUT, SHOWN = "Train", "Validation and test", "Shown"
_FEWEST_BINS, _MOST_BINS = 12, 60
# Farther from the middle than this many times the distance of the quartiles, items are counted in the outermost bar.
_REACH = 6.0


@dataclass(frozen=True)
class Histogram:
    """Shares of groups of items in bins of log p.

    Attributes:
        edges: Edges of the bins in nats, rising, float64 (B + 1,); what lies beyond is in the outermost bins.
        shares: For each group that has items the share of them in each bin, in per cent, float64 (B,).
    """

    edges: Floats
    shares: Mapping[str, Floats]


class LikelihoodSpread:
    """The likelihoods of the items that are shown, and those of all items by their splits.

    It takes long for many items: not in the window's thread. What it is asked later is quick.

    Args:
        nats: Log p of each item, float64 (N,); -inf for what is impossible.
        splits: Split of each item, 0 for train, shape (N,).
        shown: Numbers of the items that are shown.

    Attributes:
        shown: The same.
        histogram: Shares in bins; None where no item has a finite log p.
    """

    def __init__(self, nats: Floats, splits: npt.NDArray[np.uint8], shown: Numbers) -> None:
        self.shown = shown
        self._nats = nats
        self._rising = np.sort(nats[shown])
        groups = {TRAIN: nats[splits == 0], HELD_OUT: nats[splits > 0]}
        if len(shown) < len(nats):
            groups[SHOWN] = self._rising
        self.histogram = _histogram(nats, groups)

    def count_below(self, threshold: float) -> int:
        """How many of the shown items lie below a threshold."""
        return int(np.searchsorted(self._rising, threshold, "left"))

    def below(self, threshold: float) -> Numbers:
        """Numbers of the shown items that lie below a threshold."""
        return self.shown[self._nats[self.shown] < threshold]

    def threshold(self, count: int) -> float:
        """A finite threshold below which so many of the shown items lie; others where several have the same log p."""
        first = int(np.searchsorted(self._rising, -np.inf, "right"))
        finite = self._rising[first:]
        if not len(finite):
            return 0.0
        count = max(count, first)
        below = self._rising[count - 1] if count > first else finite[0] - 1.0
        above = self._rising[count] if count < len(self._rising) else finite[-1] + 1.0
        return float((below + above) / 2.0)


def _histogram(nats: Floats, groups: Mapping[str, Floats]) -> Histogram | None:
    finite = nats[np.isfinite(nats)]
    if not len(finite):
        return None
    low, middle, high = np.quantile(finite, (0.25, 0.5, 0.75))
    reach = _REACH * (high - low)
    first, last = max(finite.min(), middle - reach), min(finite.max(), middle + reach)
    if not last > first:
        around = max(0.5, 1e-3 * abs(first))
        first, last = first - around, last + around
    # Few items in many bins would show chance alone.
    bins = min(_MOST_BINS, max(_FEWEST_BINS, round(2.0 * len(finite) ** 0.5)))
    edges = np.linspace(first, last, bins + 1)
    shares = {}
    for name, values in groups.items():
        if len(values):
            counts, _ = np.histogram(np.clip(values, first, last), edges)
            shares[name] = 100.0 * counts / len(values)
    return Histogram(edges, shares)
