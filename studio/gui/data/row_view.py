"""The table of rows: only what is in view is read and painted, so that it may have millions of rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from studio.core.modality import Column
from studio.core.words import one_line
from studio.desk.row_sheet import RowChoice
from studio.gui.bridge import Bridge
from studio.gui.data.column_bars import ColumnBars
from studio.gui.data.row_header import RowHeader
from studio.gui.data.row_model import RowModel
from studio.gui.guard import guarded
from studio.gui.painting import Index, cut

__all__ = ["RowView"]

_ROW = 26
_PAD = 8
_NARROWEST, _WIDEST = 84, 220
_MOST_NAMES = 50
_LONGEST = 40
_ANY_NUMBER = "-0.12345678"
_DIM = 70  # of 255


class _Cells(QStyledItemDelegate):
    """Paints a cell; the style sheet's own way takes too long for a screen of them."""

    @guarded(fallback=QSize(80, _ROW))
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(80, _ROW)

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, RowModel)
        text, palette, rect = model.cell(index.row(), index.column()), option.palette, QRect(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(rect, palette.color(QPalette.ColorRole.Highlight))
        if text == "":
            dim = palette.color(QPalette.ColorRole.Mid)
            dim.setAlpha(_DIM)
            painter.fillRect(rect.adjusted(2, 2, -2, -2), dim)
        elif text is not None:
            role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Text
            painter.setPen(palette.color(role))
            side = Qt.AlignmentFlag.AlignLeft if model.is_text(index.column()) else Qt.AlignmentFlag.AlignRight
            place = rect.adjusted(_PAD, 0, -_PAD, 0)
            line = cut(text, option.fontMetrics, place.width())
            painter.drawText(place, int(side | Qt.AlignmentFlag.AlignVCenter), line)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(palette.color(QPalette.ColorRole.Link))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))


class RowView(QTableView):
    """The table.

    Args:
        bridge: Where cells are read.
        bars: The bars above the columns.

    Signals:
        selection_changed: Other rows are selected.
    """

    selection_changed = Signal()

    def __init__(self, bridge: Bridge, bars: ColumnBars) -> None:
        super().__init__()
        self.rows = RowModel(bridge, self)
        self.header = RowHeader(self.rows, bars, self)
        self.setHorizontalHeader(self.header)
        self.setModel(self.rows)
        self.setItemDelegate(_Cells(self))
        self.setAccessibleName("Rows")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setShowGrid(False)
        side = self.verticalHeader()
        side.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        side.setDefaultSectionSize(_ROW)
        side.setHighlightSections(False)
        side.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.selectionModel().selectionChanged.connect(self.selection_changed)

    def show_choice(self, choice: RowChoice | None) -> None:
        """Show other rows; columns keep their width where they are the same."""
        before = self.rows.choice
        self.rows.show(choice)
        if choice is not None and (before is None or before.sheet is not choice.sheet):
            for section, place in enumerate(choice.sheet.shown):
                self.setColumnWidth(section, self._width_of(choice.sheet.columns[place]))
        if choice is not None and before is not choice:
            self.scrollToTop()
        self.selection_changed.emit()

    def selected_rows(self) -> npt.NDArray[np.int64]:
        """Rows that are selected, ascending, int64."""
        chosen = self.selectionModel().selection()
        ranges = [chosen.at(place) for place in range(chosen.count())]
        parts = [np.arange(found.top(), found.bottom() + 1, dtype=np.int64) for found in ranges]
        return np.unique(np.concatenate(parts)) if parts else np.empty(0, np.int64)

    def _width_of(self, column: Column) -> int:
        if column.is_coded:
            words = list(column.categories[:_MOST_NAMES])
        else:
            low, high = column.span
            words = column.words([low, high]) if column.step else [_ANY_NUMBER]
        longest = max((one_line(word)[:_LONGEST] for word in words), key=len)
        advance = self.fontMetrics().horizontalAdvance
        # Beside the name there is an arrow where rows are sorted by it.
        width = max(advance(longest), advance(one_line(column.name)[:_LONGEST]) + 14)
        return max(_NARROWEST, min(_WIDEST, width + 2 * _PAD + 6))
