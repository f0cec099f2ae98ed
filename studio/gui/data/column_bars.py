"""Counts the bars above the columns of a table in threads, those that are in view only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from studio.desk.row_bars import Bars, bars_of
from studio.desk.row_sheet import RowChoice
from studio.gui.bridge import Bridge

__all__ = ["ColumnBars", "CountedBars"]


@dataclass(frozen=True)
class CountedBars:
    """The bars of one column.

    Attributes:
        bars: What they stand for.
        whole: How many of the rows that stand for all of the data set each counts.
        passing: How many of those that stand for the rows that are shown.
    """

    bars: Bars
    whole: npt.NDArray[np.int64]
    passing: npt.NDArray[np.int64]


class ColumnBars(QObject):
    """The bars of all columns, as far as they were asked for.

    Args:
        bridge: Where they are counted.

    Signals:
        counted: Some were counted.
    """

    counted = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._whole: RowChoice | None = None
        self._choice: RowChoice | None = None
        self._found: dict[int, CountedBars] = {}
        self._asked: set[int] = set()

    def show(self, choice: RowChoice | None, whole: RowChoice | None) -> None:
        """Count these rows from now on; what was counted before is shown until then.

        Args:
            choice: The rows that are shown.
            whole: All rows of the data set, whose spread the bars keep whatever is shown.
        """
        if choice is None or self._choice is None or choice.sheet is not self._choice.sheet:
            self._found = {}
        self._choice, self._whole = choice, whole
        self._asked.clear()

    def of(self, place: int) -> CountedBars | None:
        """The bars of a column; None where they are not counted yet."""
        return self._found.get(place)

    def ask(self, places: Iterable[int]) -> None:
        """Count the bars of these columns, where that is not done."""
        choice, whole = self._choice, self._whole
        missing = [place for place in places if place not in self._asked]
        if not missing or choice is None or whole is None:
            return
        self._asked.update(missing)
        known = {place: found.bars for place, found in self._found.items()}
        self._bridge.run(
            self, lambda: _count(choice, whole, missing, known), lambda found: self._on_counted(choice, found)
        )

    def _on_counted(self, choice: RowChoice, found: dict[int, CountedBars]) -> None:
        if choice is self._choice:
            self._found.update(found)
            self.counted.emit()


def _count(choice: RowChoice, whole: RowChoice, places: list[int], known: dict[int, Bars]) -> dict[int, CountedBars]:
    found = {}
    for place in places:
        passing = choice.sampled[:, place]
        # How likely rows are is known of those that are shown, where it was measured after all were.
        every = whole.sampled[:, place] if place < whole.sampled.shape[1] else passing
        bars = known.get(place) or bars_of(choice.sheet.columns[place], every)
        found[place] = CountedBars(bars, bars.counts(every), bars.counts(passing))
    return found
