"""Reads cells of a table's data set from its file: some rows, or whole columns, of which those read last are kept.

The file is read in its own order, a few megabytes at a time. It is never mapped, see ``studio.store.rows``.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError
from studio.store.rows import Rows

__all__ = ["Dropped", "RowReader", "never"]

_BLOCK_BYTES = 4 * 2**20
# A block of which so few rows are wanted is not worth reading whole.
_SPARSE = 64
_KEPT_BYTES = 128 * 2**20

Cells = npt.NDArray[np.float32]
Stop = Callable[[], bool]


class Dropped(Exception):
    """What was asked for is not wanted any more."""


def never() -> bool:
    """What is asked for stays wanted."""
    return False


class RowReader:
    """The cells of one data set; for any thread but the window's.

    Args:
        rows: Its items, float32 (N, K).
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._kept: OrderedDict[int, Cells] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, numbers: npt.NDArray[np.int64], places: Sequence[int] | None = None, stop: Stop = never) -> Cells:
        """Cells of some rows.

        Args:
            numbers: Numbers of the rows, in any order, (M,).
            places: Which columns; None for all.
            stop: Whether it is not wanted any more.

        Returns:
            The cells, (M, number of places), in the order of the numbers.

        Raises:
            DataError: If the file cannot be read.
            Dropped: If it is not wanted any more.
        """
        chosen = slice(None) if places is None else list(places)
        width = self._rows.shape[0] if places is None else len(places)
        found = np.empty((len(numbers), width), np.float32)
        order = np.argsort(numbers, kind="stable")
        ascending = numbers[order]
        block = max(1, _BLOCK_BYTES // self._rows.item_bytes)
        begin = 0
        while begin < len(ascending):
            if stop():
                raise Dropped
            start = int(ascending[begin])
            end = int(np.searchsorted(ascending, start + block))
            if (end - begin) * _SPARSE < min(block, self._rows.count - start):
                end = min(end, begin + _SPARSE)
                for position in range(begin, end):
                    found[order[position]] = self._read(int(ascending[position]), 1)[0, chosen]
            else:
                count = int(ascending[end - 1]) - start + 1
                found[order[begin:end]] = self._read(start, count)[ascending[begin:end] - start][:, chosen]
            begin = end
        return found

    def column(self, place: int, stop: Stop = never) -> Cells:
        """The cells of a column in all rows, (N,).

        Raises:
            DataError: If the file cannot be read.
            Dropped: If it is not wanted any more.
        """
        with self._lock:
            kept = self._kept.get(place)
            if kept is not None:
                self._kept.move_to_end(place)
                return kept
        found = np.empty(self._rows.count, np.float32)
        block = max(1, _BLOCK_BYTES // self._rows.item_bytes)
        for start in range(0, len(found), block):
            if stop():
                raise Dropped
            count = min(block, len(found) - start)
            found[start : start + count] = self._read(start, count)[:, place]
        found.flags.writeable = False
        with self._lock:
            self._kept[place] = found
            while len(self._kept) > 1 and sum(cells.nbytes for cells in self._kept.values()) > _KEPT_BYTES:
                self._kept.popitem(last=False)
        return found

    def _read(self, start: int, count: int) -> Cells:
        cells = self._rows.read_range(start, count)
        if cells is None:
            raise DataError("The rows cannot be read: their file is damaged, or gone.")
        return cells
