"""Keeps some of the rows of a table while they pass, each as likely as the next, and the ends of each column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["RowSample"]

_MOST_BYTES = 2**27
_MOST_ROWS = 2**18
# Of the golden section: the products of numbers that follow one another are spread evenly over 32 bits.
_SPREAD = 2_654_435_769
_WORD = 2**32


class RowSample:
    """A sample of rows; all of them where there are at most 262,144, or as many as 128 MB hold.

    Args:
        width: Number K of columns.

    Attributes:
        low: The least number of each column, of all rows, float32 (K,); infinite where there is none yet.
        high: The largest.
        has_missing: Whether a cell of a column is missing, bool (K,).
        count: Number of all rows.
    """

    def __init__(self, width: int) -> None:
        self.low = np.full(width, np.inf, np.float32)
        self.high = np.full(width, -np.inf, np.float32)
        self.has_missing = np.zeros(width, np.bool_)
        self.count = 0
        self._most = max(64, min(_MOST_ROWS, _MOST_BYTES // (4 * width)))
        self._bound = _WORD
        self._rows: list[npt.NDArray[np.float32]] = []
        self._numbers: list[npt.NDArray[np.int64]] = []
        self._kept = 0
        self._width = width

    @property
    def is_whole(self) -> bool:
        """Whether every row was kept."""
        return self._bound == _WORD

    def add(self, rows: npt.NDArray[np.float32]) -> None:
        """Let rows (N, K) pass."""
        if not len(rows):
            return
        self.has_missing |= np.isnan(rows).any(0)
        self.low = np.fmin(self.low, np.fmin.reduce(rows, 0))
        self.high = np.fmax(self.high, np.fmax.reduce(rows, 0))
        numbers = np.arange(self.count, self.count + len(rows), dtype=np.int64)
        self.count += len(rows)
        kept = self._chosen(numbers)
        self._rows.append(rows[kept])
        self._numbers.append(numbers[kept])
        self._kept += int(kept.sum())
        while self._kept > self._most:
            self._bound //= 2
            for place, numbers in enumerate(self._numbers):
                kept = self._chosen(numbers)
                self._rows[place], self._numbers[place] = self._rows[place][kept], numbers[kept]
            self._kept = sum(map(len, self._numbers))

    def _chosen(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        return numbers * _SPREAD % _WORD < self._bound

    def rows(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """The rows that were kept, float32 (M, K), and their numbers, ascending."""
        if not self._rows:
            return np.empty((0, self._width), np.float32), np.empty(0, np.int64)
        return np.concatenate(self._rows), np.concatenate(self._numbers)
