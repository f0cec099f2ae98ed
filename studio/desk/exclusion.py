"""The items of data sets that a person marks to be left out, step by step, each of which can be undone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.desk.context import Signal

__all__ = ["Exclusion", "Exclusions"]

Numbers = npt.NDArray[np.int64]
_MOST_STEPS = 200
_MOST_REMEMBERED = 10_000_000


class Exclusion:
    """The marks of one data set.

    Args:
        count: Number N of its items.

    Attributes:
        mask: Which items are marked, bool (N,); it is read only.

    Signals:
        changed: Other items are marked.
    """

    def __init__(self, count: int) -> None:
        self.changed = Signal[()]()
        self.mask: npt.NDArray[np.bool_] = np.zeros(count, np.bool_)
        self._steps: list[Numbers] = []

    @property
    def numbers(self) -> Numbers:
        """Numbers of the marked items, ascending."""
        return np.flatnonzero(self.mask).astype(np.int64, copy=False)

    @property
    def count(self) -> int:
        """Number of the marked items."""
        return int(np.count_nonzero(self.mask))

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._steps)

    def exclude(self, numbers: npt.ArrayLike) -> int:
        """Mark items; returns how many of them were not marked before."""
        chosen = np.unique(np.asarray(numbers, np.int64))
        return self._turn(chosen[~self.mask[chosen]])

    def put_back(self, numbers: npt.ArrayLike) -> int:
        """Take the marks from items; returns how many of them were marked."""
        chosen = np.unique(np.asarray(numbers, np.int64))
        return self._turn(chosen[self.mask[chosen]])

    def put_all_back(self) -> int:
        """Take the marks from all items; returns how many were marked."""
        return self._turn(self.numbers)

    def undo(self) -> int:
        """Take the last step back; returns how many items it had changed, 0 where there is none."""
        if not self._steps:
            return 0
        step = self._steps.pop()
        self.mask[step] ^= True
        self.changed.emit()
        return len(step)

    def _turn(self, numbers: Numbers) -> int:
        if len(numbers):
            self._steps = [*self._steps[1 - _MOST_STEPS :], numbers]
            while len(self._steps) > 1 and sum(map(len, self._steps)) > _MOST_REMEMBERED:
                self._steps.pop(0)
            self.mask[numbers] ^= True
            self.changed.emit()
        return len(numbers)


class Exclusions:
    """The marks of every data set that was looked at, for as long as the window is open."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Path, str, int], Exclusion] = {}

    def of(self, folder: Path, fingerprint: str, count: int) -> Exclusion:
        """The marks of a data set; others than before where its folder holds another one by now."""
        return self._kept.setdefault((folder, fingerprint, count), Exclusion(count))
