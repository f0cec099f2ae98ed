"""Looks at the cells of one column, block by block, and says what they could be."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from studio.core.bounded import LONGEST_NAME
from studio.data.table.cells import Cells, Days, Numbers, Unread, Words
from studio.data.table.distinct import Distinct
from studio.data.table.number_facts import NumberFacts
from studio.data.table.words import date_shape, days_of, decimals_of, numbers_of

__all__ = ["ColumnFinder", "Dates"]

_GIVEN_UP = 0.5
_TRIED = 512
# Made once: Arrow looks for pandas whenever it is handed a value of Python's.
_ZERO, _EMPTY = pa.scalar(0, pa.int32()), pa.scalar("")


@dataclass
class Dates:
    """What the dates of a column are so far, in days since 1970.

    Attributes:
        order: Where year, month and day stand in words.
        numbers: The days.
        bad: Number of cells that are no dates.
        timed: Whether one has a time of day.
    """

    order: str
    numbers: NumberFacts
    bad: int = 0
    timed: bool = False


class ColumnFinder:
    """What the cells of a column could be.

    Args:
        name: Name of the column.
        rows: Rows that were before it; it is missing in them.
        decimal: What parts the whole of a number in words from its decimals.
        dates: ``dmy`` or ``mdy`` where dates in words begin so; empty to find it.

    Attributes:
        rows: Number of rows so far.
        empty: Number of cells without anything in them.
        unread: Why it cannot be read; empty where it can.
        numbers: Its numbers; None where most are none. ``bad`` cells are neither number nor missing.
        missing: Number of cells that are missing if it is of numbers or dates.
        dates: Its dates, in each order that is possible.
        words: Its different words; ``values`` its different numbers, where they are not written in words.
        longest: Length of its longest word.
        digest: Of all its cells; two columns with the same one are the same.
    """

    def __init__(self, name: str, rows: int, decimal: str, dates: str = "") -> None:
        self.name, self.rows = name, rows
        self.empty = self.missing = rows
        self.bad = 0
        self.unread = ""
        self.numbers: NumberFacts | None = NumberFacts()
        self.dates: list[Dates] = []
        self.words: Distinct[str] = Distinct()
        self.values: Distinct[float] = Distinct()
        self.longest = 0
        self.form = ""
        self._decimal = decimal
        # Where a person says whether day or month stands first, the other way is not looked for.
        self._orders = {"y": ("ymd",), "d": (dates,) if dates else ("dmy", "mdy")}
        self._hash = hashlib.blake2b(str(rows).encode(), digest_size=16)
        if rows:
            self.numbers.add(np.full(rows, np.nan))

    @property
    def digest(self) -> bytes:
        """Of all cells so far."""
        return self._hash.digest()

    def skip(self, count: int) -> None:
        """Take in rows in which it is missing."""
        self.empty, self.missing, self.rows = self.empty + count, self.missing + count, self.rows + count
        self._hash.update(f"skip {count}".encode())
        if self.numbers is not None:
            self.numbers.add(np.full(count, np.nan))

    def add(self, cells: Cells, records: npt.NDArray[np.int64]) -> None:
        """Take in the cells of more rows, whose numbers in the file are int64 (N,)."""
        count = len(records)
        self.rows += count
        self.form = self.form or type(cells).__name__
        match cells:
            case Words(array):
                self._add_words(array, records)
            case Numbers(values, single):
                gone = int(np.count_nonzero(np.isnan(values)))
                self.empty, self.missing = self.empty + gone, self.missing + gone
                self._hash.update(values.tobytes())
                if self.numbers is not None:
                    self.numbers.add(values, single=single, records=records)
                if not self.values.is_full:
                    found, counts = np.unique(values[np.isfinite(values)], return_counts=True)
                    self.values.add(len(found), found.tolist, counts.tolist)
            case Days(values):
                gone = int(np.count_nonzero(np.isnan(values)))
                self.empty, self.missing = self.empty + gone, self.missing + gone
                self._hash.update(values.tobytes())
                self.numbers = None
                self.dates = self.dates or [Dates("ymd", NumberFacts())]
                self._add_days(self.dates[0], values, 0)
            case Unread(reason):
                self.unread, self.numbers = reason, None

    def _add_words(self, array: Any, records: npt.NDArray[np.int64]) -> None:
        lengths = pc.utf8_length(array)
        self.longest = max(self.longest, pc.max(lengths).as_py() or 0)
        self.empty += pc.sum(pc.equal(lengths, _ZERO)).as_py() or 0
        _update(self._hash, array)
        if not self.words.is_full:
            if self.longest > LONGEST_NAME:
                self.words.is_full, self.words.counts = True, {}
            else:
                there = pc.value_counts(array.filter(pc.not_equal(array, _EMPTY)))
                self.words.add(len(there), lambda: there.field(0).to_pylist(), lambda: there.field(1).to_pylist())
        if self.numbers is not None:
            self._add_numbers(array, records)
        if self.numbers is None:
            self._add_dates(array)

    def _add_numbers(self, array: Any, records: npt.NDArray[np.int64]) -> None:
        assert self.numbers is not None
        if not self.numbers.fit and len(array) > _TRIED and not self._looks_like_numbers(array[:_TRIED]):
            self.numbers, self.bad, self.missing = None, 0, self.rows - len(array)
            return
        parsed = numbers_of(array, self._decimal)
        bad = int(np.count_nonzero(parsed.bad))
        present = len(array) - int(np.count_nonzero(parsed.missing))
        if bad > _GIVEN_UP * present and not self.numbers.fit:
            self.numbers, self.bad, self.missing = None, 0, self.rows - len(array)
            return
        self.bad += bad
        self.missing += len(array) - present
        decimals = decimals_of(array.filter(~parsed.bad) if bad else array, self._decimal)
        self.numbers.add(parsed.values, decimals, records=records)

    def _looks_like_numbers(self, array: Any) -> bool:
        """Whether the first cells are numbers, or missing, so that the others are worth reading as such."""
        parsed = numbers_of(array, self._decimal)
        return int(np.count_nonzero(parsed.bad)) <= _GIVEN_UP * (len(array) - int(np.count_nonzero(parsed.missing)))

    def _add_dates(self, array: Any) -> None:
        if not self.dates:
            shape = date_shape(array) if self.rows == len(array) or self.missing == self.rows - len(array) else ""
            self.dates = [Dates(order, NumberFacts()) for order in self._orders.get(shape, ())]
        for number, dates in enumerate(self.dates):
            parsed = days_of(array, dates.order)
            if number == 0:
                self.missing += int(np.count_nonzero(parsed.missing))
            self._add_days(dates, parsed.values, int(np.count_nonzero(parsed.bad)))

    @staticmethod
    def _add_days(dates: Dates, values: np.ndarray[Any, Any], bad: int) -> None:
        dates.bad += bad
        dates.numbers.add(values, decimals=0)
        there = values[~np.isnan(values)]
        dates.timed = dates.timed or bool((there != np.floor(there)).any())


def _update(digest: Any, array: Any) -> None:
    """Take in words; where one ends counts too."""
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, np.int32, len(array) + 1, array.offset * 4)
    digest.update((ends - ends[0]).tobytes())
    if data is not None:
        digest.update(memoryview(data)[int(ends[0]) : int(ends[-1])])
