"""The bars of a column's small histogram: ranges of round numbers, or the most frequent categories, and the missing."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from studio.core.modality import Column
from studio.core.words import number_of, one_line
from studio.desk.row_condition import Among, Between, Missing

__all__ = ["Bars", "bars_of"]

_MOST_BINS = 24
_MOST_CATEGORIES = 10
_LONGEST = 40

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Bars:
    """What the bars of a column stand for.

    Attributes:
        column: The column.
        labels: What each is, in words.
        tests: What lets pass the rows that each counts.
        cuts: Of numbers and dates, where each bar but the first begins.
        order: Of categories, the bar of each code.
        missing: Whether the last one counts what is missing.
        ends: What stands below them at the left and at the right: the outermost values, or how many categories.
    """

    column: Column
    labels: tuple[str, ...] = ()
    tests: tuple[Between | Among | Missing, ...] = ()
    cuts: tuple[float, ...] = ()
    order: tuple[int, ...] = ()
    missing: bool = False
    ends: tuple[str, ...] = ()

    @property
    def values(self) -> int:
        """Number of bars that count values."""
        return len(self.labels) - self.missing

    def counts(self, values: Values) -> npt.NDArray[np.int64]:
        """How many of the values each bar counts; what lies beyond the outermost is counted by them."""
        known = values[~np.isnan(values)]
        found = np.zeros(len(self.labels), np.int64)
        if self.values:
            if self.order:
                codes = np.clip(np.rint(known), 0, len(self.order) - 1).astype(np.int64)
                bars = np.asarray(self.order)[codes]
            else:
                bars = np.searchsorted(np.asarray(self.cuts), self.column.rounded(known), side="right")
            found[: self.values] = np.bincount(bars, minlength=self.values)
        if self.missing:
            found[-1] = np.isnan(values).sum()
        return found

    def span(self, first: int, last: int) -> Between | Among | Missing:
        """What lets pass the rows of all bars from one to another, of values or not, in either direction."""
        first, last = sorted((first, last))
        if first == last or (self.missing and last == len(self.labels) - 1):
            return self.tests[last]
        left, right = self.tests[first], self.tests[last]
        if isinstance(left, Between) and isinstance(right, Between):
            return Between(left.low, right.high, left.with_low, right.with_high)
        return Among(tuple(code for code, bar in enumerate(self.order) if first <= bar <= last))


def bars_of(column: Column, values: Values) -> Bars:
    """The bars of a column.

    Args:
        column: The column.
        values: Its cells in rows that stand for all, (N,).
    """
    missing = bool(np.isnan(values).any())
    known = values[np.isfinite(values)].astype(np.float64)
    if column.is_coded:
        found = _categories(column, known)
    elif len(known):
        found = _bins(column, float(known.min()), float(known.max()))
    else:
        found = Bars(column)
    if not missing:
        return found
    return replace(found, labels=(*found.labels, "missing"), tests=(*found.tests, Missing()), missing=True)


def _categories(column: Column, codes: npt.NDArray[np.float64]) -> Bars:
    total = len(column.categories)
    often = np.bincount(np.clip(np.rint(codes), 0, total - 1).astype(np.int64), minlength=total)
    ranked = np.argsort(-often, kind="stable").tolist()
    shown = ranked if total <= _MOST_CATEGORIES else ranked[: _MOST_CATEGORIES - 1]
    others = ranked[len(shown) :]
    labels = [one_line(column.categories[code])[:_LONGEST] for code in shown]
    tests = [Among((code,)) for code in shown]
    if others:
        labels.append(number_of(len(others), "other"))
        tests.append(Among(tuple(sorted(others))))
    order = [len(shown)] * total
    for bar, code in enumerate(shown):
        order[code] = bar
    ends = (f"{total:,} categories",) if total > 2 else tuple(labels)
    return Bars(column, tuple(labels), tuple(tests), order=tuple(order), ends=ends)


def _round_width(least: float) -> float:
    """The smallest of 1, 2, 5 and their tenfolds that is no less."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= least * (1 - 1e-9))


def _bins(column: Column, low: float, high: float) -> Bars:
    step = column.step or (1.0 if column.kind == "whole" else 0.0)
    width = _round_width(max((high - low) / _MOST_BINS, 1e-300))
    if step:
        width = step * max(1.0, np.rint(_round_width(max(1.0, (high - low + step) / step / _MOST_BINS))))
    first = math.floor(low / width + 1e-9)
    count = max(1, min(2 * _MOST_BINS, math.floor(high / width + 1e-9) - first + 1))
    outermost = tuple(dict.fromkeys(column.words([low, high]) if step else (f"{low:.4g}", f"{high:.4g}")))
    if high == low or count == 1:
        return Bars(column, (" to ".join(outermost),), (Between(low, high),), ends=outermost)
    edges = np.arange(first, first + count + 1) * width
    # Of steps the last value of a bar is its own; else what is an edge is the next one's.
    starts, ends = column.rounded(edges[:-1]), column.rounded(edges[1:] - step)
    if not step:
        # As numbers of 32 bits are told apart by the bounds of a condition.
        starts, ends = (bounds.astype(np.float32).astype(np.float64) for bounds in (starts, ends))
    pairs = list(zip(starts.tolist(), ends.tolist(), strict=True))
    labels = [" to ".join(dict.fromkeys(column.words(pair))) for pair in pairs]
    tests = [Between(left, right, with_high=bool(step)) for left, right in pairs]
    # Rows beyond those that stand for all are counted by the outermost.
    tests[0], tests[-1] = replace(tests[0], low=-math.inf), Between(low=pairs[-1][0])
    return Bars(column, tuple(labels), tuple(tests), tuple(starts[1:].tolist()), ends=outermost)
