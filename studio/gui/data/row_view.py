"""The table of rows: only what is in view is read and painted, so that it may have millions of rows."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from studio.core.modality import Column
from studio.core.words import one_line
from studio.desk.row_sheet import RowChoice
from studio.gui.bridge import Bridge
from studio.gui.data.column_bars import ColumnBars
from studio.gui.data.row_header import RowHeader
from studio.gui.data.row_model import RowModel
from studio.gui.guard import guarded
from studio.gui.painting import cut

__all__ = ["RowView"]

_ROW = 26
_PAD = 8
_NARROWEST, _WIDEST = 84, 220
_MOST_NAMES = 50
_LONGEST = 40
_ANY_NUMBER = "-0.12345678"
_DIM = 70  # of 255
# Of 255: what is struck out can still be read.
_VEIL = 130


class _Numbers(QHeaderView):
    """Numbers of the rows; Qt's own asks of each row whether all of its cells are selected."""

    @guarded(fallback=QSize(60, 100))
    def sizeHint(self) -> QSize:
        rows = self.model()
        assert isinstance(rows, RowModel)
        return QSize(self.fontMetrics().horizontalAdvance(rows.longest_number) + 2 * _PAD + 4, 100)

    @guarded
    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        text = self.model().headerData(logicalIndex, Qt.Orientation.Vertical)
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        place = rect.adjusted(_PAD, 0, -_PAD, 0)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text or "")


class RowView(QTableView):
    """The table.

    Args:
        bridge: Where cells are read.
        bars: The bars above the columns.

    Signals:
        selection_changed: Other rows are selected.
        menu_wanted: What can be done with a cell, by its row and section, is to be offered at a point of the screen.
    """

    selection_changed = Signal()
    menu_wanted = Signal(int, int, QPoint)

    def __init__(self, bridge: Bridge, bars: ColumnBars) -> None:
        super().__init__()
        self.rows = RowModel(bridge, self)
        self.header = RowHeader(self.rows, bars, self)
        self.setHorizontalHeader(self.header)
        self.setModel(self.rows)
        self.setAccessibleName("Rows")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setShowGrid(False)
        side = _Numbers(Qt.Orientation.Vertical, self)
        side.setSectionsClickable(True)
        self.setVerticalHeader(side)
        side.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        side.setDefaultSectionSize(_ROW)
        side.setHighlightSections(False)
        self.selectionModel().selectionChanged.connect(self.selection_changed)

    def show_choice(self, choice: RowChoice | None) -> None:
        """Show other rows; columns keep their width where they are the same."""
        before = self.rows.choice
        self.rows.show(choice)
        if choice is not None and (before is None or before.sheet is not choice.sheet):
            digit = self.fontMetrics().horizontalAdvance("0") * 1.02
            # Qt would arrange the view anew for each of a thousand columns.
            with QSignalBlocker(self.header):
                for section, place in enumerate(choice.sheet.shown):
                    self.header.resizeSection(section, _width_of(choice.sheet.columns[place], digit))
            self.updateGeometries()
        if choice is not None and before is not choice:
            self.scrollToTop()
        self.selection_changed.emit()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        # Qt's own way, by a delegate and the style sheet, takes a tenth of a second for a large screen of cells.
        area, choice = event.rect(), self.rows.choice
        first, last = self.rowAt(max(0, area.top())), self.rowAt(area.bottom())
        left, right = self.columnAt(max(0, area.left())), self.columnAt(area.right())
        if choice is None or first < 0 or left < 0:
            return
        last = last if last >= 0 else self.rows.rowCount() - 1
        right = right if right >= 0 else self.rows.columnCount() - 1
        with QPainter(self.viewport()) as painter:
            self._paint_selection(painter, first, last)
            for section in range(left, right + 1):
                self._paint_column(painter, section, first, last)
            self._paint_struck(painter, first, last)
            current = self.currentIndex()
            if self.hasFocus() and current.isValid():
                painter.setPen(self.palette().color(QPalette.ColorRole.Link))
                painter.drawRect(self.visualRect(current).adjusted(0, 0, -1, -1))

    @guarded
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if index.isValid():
            point = self.visualRect(index).center() if by_key else event.pos()
            self.menu_wanted.emit(index.row(), index.column(), self.viewport().mapToGlobal(point))

    def _paint_selection(self, painter: QPainter, first: int, last: int) -> None:
        ground, width = self.palette().color(QPalette.ColorRole.Highlight), self.header.length()
        for top, bottom in self.selected_ranges():
            top, bottom = max(top, first), min(bottom, last)
            if top <= bottom:
                room = QRect(-self.header.offset(), self.rowViewportPosition(top), width, (bottom - top + 1) * _ROW)
                painter.fillRect(room, ground)

    def _paint_column(self, painter: QPainter, section: int, first: int, last: int) -> None:
        text, dim = (self.palette().color(role) for role in (QPalette.ColorRole.Text, QPalette.ColorRole.Mid))
        dim.setAlpha(_DIM)
        painter.setPen(text)
        metrics, x, width = painter.fontMetrics(), self.columnViewportPosition(section), self.columnWidth(section)
        side = Qt.AlignmentFlag.AlignLeft if self.rows.is_text(section) else Qt.AlignmentFlag.AlignRight
        align, room = int(side | Qt.AlignmentFlag.AlignVCenter), width - 2 * _PAD
        # So many letters have room for sure, and need not be measured.
        sure = room // max(1, metrics.maxWidth())
        y = self.rowViewportPosition(first)
        for row in range(first, last + 1):
            word = self.rows.cell(row, section)
            if word == "":
                painter.fillRect(x + 2, y + 2, width - 4, _ROW - 4, dim)
            elif word is not None:
                line = word if len(word) <= sure else cut(word, metrics, room)
                painter.drawText(x + _PAD, y, room, _ROW, align, line)
            y += _ROW

    def _paint_struck(self, painter: QPainter, first: int, last: int) -> None:
        veil, width = self.palette().color(QPalette.ColorRole.Base), self.header.length()
        veil.setAlpha(_VEIL)
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        for row in range(first, last + 1):
            if self.rows.is_struck(row):
                room = QRect(-self.header.offset(), self.rowViewportPosition(row), width, _ROW)
                painter.fillRect(room, veil)
                painter.drawLine(room.left(), room.center().y(), room.right(), room.center().y())

    def show_excluded(self, is_excluded: Callable[[int], bool]) -> None:
        """Strike rows out by a function of the number of their item."""
        self.rows.is_excluded = is_excluded
        self.viewport().update()

    def selected_ranges(self) -> list[tuple[int, int]]:
        """Rows that are selected, the first and the last of each range, ascending."""
        chosen = self.selectionModel().selection()
        return sorted({(chosen.at(place).top(), chosen.at(place).bottom()) for place in range(chosen.count())})


def _width_of(column: Column, digit: float) -> int:
    """Pixels for a column, with digits of so many; most letters are narrower, some wider."""
    if column.is_coded:
        words = [one_line(name) for name in column.categories[:_MOST_NAMES]]
    else:
        words = column.words(column.span) if column.step else [_ANY_NUMBER]
    # Beside the name there is an arrow where rows are sorted by it.
    longest = min(_LONGEST, max(len(word) for word in (f"{one_line(column.name)}  ", *words)))
    return max(_NARROWEST, min(_WIDEST, round(longest * digit) + 2 * _PAD))
