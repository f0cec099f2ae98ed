"""Gathers what the numbers of a column are, block by block: their range, their decimals, whether they count rows."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from studio.data.table.rows import LARGEST

__all__ = ["NumberFacts", "decimals_of_floats"]

_ANY = 99
_MOST_DECIMALS = 6
_EXACT = 2.0**24
_TRIED = 256
# Numbers of which most come once are a cloud that was cut to some decimals, where those are many.
_FEW_DECIMALS = 3
_MOSTLY_ALONE = 0.9
# Of 32 bits, whose own steps must be so much finer that multiples of a decimal one are no accident.
_FINER = 8.0


def decimals_of_floats(values: npt.NDArray[np.float64], at_least: int, single: bool) -> int:
    """Decimals, from so many on, that all numbers have; 99 where they have more than 6.

    A number has k decimals where it is the one next to a whole multiple of 10^-k that its type holds.

    Args:
        values: float64 (N,), all of them finite.
        at_least: Where to begin.
        single: Whether they came as numbers of 32 bits.
    """
    kind = np.float32 if single else np.float64
    for decimals in range(at_least, _MOST_DECIMALS + 1):
        scale = 10.0**decimals
        # Of any numbers the first few show it.
        parts = (values[:_TRIED], values[_TRIED:])
        if all(np.array_equal((np.rint(part * scale) / scale).astype(kind), part.astype(kind)) for part in parts):
            return decimals
    return _ANY


class NumberFacts:
    """What the numbers of a column are so far.

    Attributes:
        fit: Number of finite ones that 32 bits hold.
        unfit: Number of others.
        low: The least of those that fit; ``high`` is the largest.
        decimals: The most decimals; 99 for more than 6.
        counts: Whether they only count the rows so far, from 0 or 1.
    """

    def __init__(self) -> None:
        self.fit = self.unfit = 0
        self.low, self.high = math.inf, -math.inf
        self.decimals = 0
        self.counts = True
        self._rows = 0
        self._ahead: float | None = None
        self._single = False
        self._alone = 1.0
        self._whole = True

    def add(
        self,
        values: npt.NDArray[np.float64],
        decimals: int | None = None,
        single: bool = False,
        records: npt.NDArray[np.int64] | None = None,
    ) -> None:
        """Take in more rows.

        Args:
            values: float64 (N,), NaN where there is no number.
            decimals: Decimals that they are written with; None to find out from the numbers.
            single: Whether they came as numbers of 32 bits.
            records: Numbers of the rows in their file, int64 (N,), where some were refused; None for one after another.
        """
        if self.counts and len(values):
            numbers = np.arange(self._rows, self._rows + len(values)) if records is None else records
            if self._ahead is None:
                self.counts = float(values[0]) in (0.0, 1.0)
                self._ahead = float(values[0] - numbers[0])
            self.counts = self.counts and bool(np.array_equal(values, numbers + self._ahead))
        self._rows += len(values)
        with np.errstate(invalid="ignore"):
            fine = values[np.abs(values) <= LARGEST]
        self.unfit += int(np.count_nonzero(~np.isnan(values))) - len(fine)
        if not len(fine):
            return
        if not self.fit:
            self._alone = len(np.unique(fine)) / len(fine)
        self.fit += len(fine)
        self.low, self.high = min(self.low, float(fine.min())), max(self.high, float(fine.max()))
        self._single |= single
        self._whole = self._whole and bool((fine == np.rint(fine)).all())
        if self.decimals != _ANY:
            found = decimals_of_floats(fine, self.decimals, single) if decimals is None else decimals
            self.decimals = max(self.decimals, found if found <= _MOST_DECIMALS else _ANY)

    @property
    def is_whole(self) -> bool:
        """Whether all are whole, and no larger than 32 bits hold each."""
        return bool(self.fit) and self._whole and self._reach <= _EXACT

    @property
    def step(self) -> float:
        """What all are multiples of, 1 or a tenth and so on; 0 where they are any numbers."""
        if self.is_whole:
            return 1.0
        if not self.fit or self.decimals > _MOST_DECIMALS or self._whole:
            return 0.0
        if self.decimals > _FEW_DECIMALS and self._alone > _MOSTLY_ALONE:
            return 0.0
        step = 10.0**-self.decimals
        if self._reach > _EXACT * step:
            return 0.0
        resolved = not self._single or step >= _FINER * float(np.spacing(np.float32(self._reach)))
        return step if resolved else 0.0

    @property
    def _reach(self) -> float:
        return max(abs(self.low), abs(self.high))
