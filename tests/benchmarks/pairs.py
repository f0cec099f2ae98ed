"""Compares two callables fairly on a machine that is never quite quiet: in pairs, in alternating order."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = ["Result", "interleaved"]

_RESAMPLES = 10_000


@dataclass(frozen=True)
class Result:
    """The outcome of a comparison.

    Attributes:
        ratio: Median over the pairs of ours / rival; below 1 is faster, for durations.
        low: Lower end of the 95 % bootstrap interval of that median.
        high: Upper end.
        ours: Median of ours, in seconds or in what the callables return.
        rival: Median of the rival.
        pairs: Number of pairs.
    """

    ratio: float
    low: float
    high: float
    ours: float
    rival: float
    pairs: int


def _measure(call: Callable[[], float | None]) -> float:
    start = time.perf_counter()
    own = call()
    duration = time.perf_counter() - start
    return duration if own is None else own


def interleaved(ours: Callable[[], float | None], rival: Callable[[], float | None], pairs: int = 20) -> Result:
    """Compare two callables in pairs, ours first in every other one, after one unmeasured call of each.

    Args:
        ours: Does its work once; returns None to be timed here, or its own measurement.
        rival: The same work by other means.
        pairs: Number of pairs, at least 2.
    """
    if pairs < 2:
        raise ValueError("a comparison takes at least 2 pairs")
    ours()
    rival()
    rows = []
    for number in range(pairs):
        if number % 2:
            second = _measure(rival)
            first = _measure(ours)
        else:
            first = _measure(ours)
            second = _measure(rival)
        rows.append((first, second))
    ratios = np.array([first / second for first, second in rows])
    draws = np.random.default_rng(0).integers(0, pairs, (_RESAMPLES, pairs))
    low, high = np.quantile(np.median(ratios[draws], axis=1), (0.025, 0.975))
    return Result(
        ratio=float(np.median(ratios)),
        low=float(low),
        high=float(high),
        ours=statistics.median(first for first, _ in rows),
        rival=statistics.median(second for _, second in rows),
        pairs=pairs,
    )
