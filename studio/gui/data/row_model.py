"""The rows of a table for a view: cells are read in pages, in threads, when they come into view."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt
from PySide6.QtWidgets import QWidget

from studio.core.words import one_line
from studio.desk.row_reader import Dropped
from studio.desk.row_sheet import RowChoice
from studio.gui.bridge import Bridge
from studio.gui.guard import guarded
from studio.gui.painting import Index
from studio.gui.theme import plain_tooltip

__all__ = ["MOST_ROWS", "RowModel"]

# A view keeps a few bytes of every row.
MOST_ROWS = 10_000_000
_PAGE = 64
_MOST_PAGES = 64
_MOST_WORDED = 2048
# Pages that were asked for before the last few are not in view any more.
_MOST_ASKED = 4
_ROOT = QModelIndex()


class RowModel(QAbstractTableModel):
    """Rows of a table.

    Args:
        bridge: Where they are read.
        parent: What it goes with.

    Attributes:
        choice: The rows; None where there are none.
        longest_number: The number that takes the most room.
        is_excluded: Whether the item of a number is marked to be left out.
    """

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.choice: RowChoice | None = None
        self.longest_number = ""
        self.is_excluded: Callable[[int], bool] = lambda number: False
        self._pages: OrderedDict[int, npt.NDArray[np.float32]] = OrderedDict()
        self._words: dict[tuple[int, int], list[str]] = {}  # by page and section
        self._asked: set[int] = set()
        self._last: deque[object] = deque(maxlen=_MOST_ASKED)

    def show(self, choice: RowChoice | None) -> None:
        """Show other rows; None for none."""
        self.beginResetModel()
        self.choice = choice
        largest = int(choice.numbers.max(initial=0)) if choice is not None else 0
        self.longest_number = f"{largest:,}"
        self._pages.clear()
        self._words.clear()
        self._asked.clear()
        self._last.clear()
        self.endResetModel()

    def place(self, section: int) -> int:
        """Place of a column of the view in the sheet."""
        assert self.choice is not None
        return self.choice.sheet.shown[section]

    def cell(self, row: int, section: int) -> str | None:
        """A cell in words, empty where it is missing; None where it is not read yet."""
        page = row // _PAGE
        cells = self._page(page)
        if cells is None or self.choice is None:
            return None
        found = self._words.get((page, section))
        if found is None:
            # A column of a page at a time takes little longer than a cell.
            place = self.place(section)
            found = [one_line(word) for word in self.choice.sheet.words(place, cells[:, place])]
            if len(self._words) >= _MOST_WORDED:
                self._words.clear()
            self._words[page, section] = found
        return found[row % _PAGE]

    def value(self, row: int, section: int) -> float | None:
        """The number of a cell, NaN where it is missing; None where it is not read yet."""
        cells = self._page(row // _PAGE)
        return None if cells is None else float(cells[row % _PAGE, self.place(section)])

    def is_struck(self, row: int) -> bool:
        """Whether a row is marked to be left out."""
        return self.choice is not None and self.is_excluded(int(self.choice.numbers[row]))

    def is_text(self, section: int) -> bool:
        """Whether its cells begin at the left."""
        assert self.choice is not None
        return self.choice.sheet.columns[self.place(section)].is_coded

    def _page(self, page: int) -> npt.NDArray[np.float32] | None:
        found = self._pages.get(page)
        if found is not None:
            self._pages.move_to_end(page)
            return found
        choice = self.choice
        if page in self._asked or choice is None:
            return None
        self._asked.add(page)
        last, numbers = self._last, choice.numbers[page * _PAGE : (page + 1) * _PAGE]
        wanted = object()
        last.append(wanted)
        self._bridge.run(
            self,
            lambda: choice.sheet.cells(numbers, stop=lambda: wanted not in tuple(last)),
            lambda cells: self._on_read(choice, page, cells),
            lambda error: self._on_unread(choice, page, error),
        )
        return None

    def _on_read(self, choice: RowChoice, page: int, cells: npt.NDArray[np.float32]) -> None:
        if choice is not self.choice:
            return
        self._asked.discard(page)
        self._pages[page] = cells
        while len(self._pages) > _MOST_PAGES:
            self._pages.popitem(last=False)
        last = min((page + 1) * _PAGE, self.rowCount()) - 1
        self.dataChanged.emit(self.index(page * _PAGE, 0), self.index(last, self.columnCount() - 1))

    def _on_unread(self, choice: RowChoice, page: int, error: Exception) -> None:
        if choice is not self.choice:
            return
        if isinstance(error, Dropped):
            # It is asked for again where it comes into view again.
            self._asked.discard(page)
        else:
            self._bridge.failed.emit(error)

    @guarded(fallback=0)
    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() or self.choice is None else min(MOST_ROWS, self.choice.num_items)

    @guarded(fallback=0)
    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() or self.choice is None else len(self.choice.sheet.shown)

    @guarded(fallback=None)
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.choice is None or role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Vertical:
            return f"{self.choice.numbers[section]:,}"
        return one_line(self.choice.sheet.columns[self.place(section)].name)

    @guarded(fallback=None)
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cell(index.row(), index.column()) or ""
        if role == Qt.ItemDataRole.ToolTipRole:
            text = self.cell(index.row(), index.column())
            return plain_tooltip("missing" if text == "" else text or "")
        return None
