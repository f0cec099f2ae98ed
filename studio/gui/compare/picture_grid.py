"""Shows the same pictures of every model in one grid: a row for each model, a column for each number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from studio.core.words import one_line
from studio.desk.seed_drawing import SeedDrawing
from studio.desk.subject import Subject
from studio.gui.compare.model_list import family_mark
from studio.gui.guard import guarded
from studio.gui.item.tile import paint_tile
from studio.gui.item.viewer import viewer_of
from studio.gui.painting import Index
from studio.gui.theme import Theme, plain_tooltip

__all__ = ["PictureGrid", "SampleGrid"]

_ROOT = QModelIndex()
_SMALLEST, _LARGEST, _GAP, _HEAD = 64, 192, 4, 152
# Height of a cell that is wider than high.
_OF_TEXTS = 112


class SampleGrid(QAbstractTableModel):
    """The samples behind the view.

    Args:
        theme: The colours.
        drawing: Where they come from.
    """

    def __init__(self, theme: Theme, drawing: SeedDrawing, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.drawing = drawing
        self.subjects: list[Subject] = []
        self.columns = 0

    def show_subjects(self, subjects: Sequence[Subject], columns: int) -> None:
        """Show these models, and so many samples of each."""
        self.beginResetModel()
        self.subjects, self.columns = list(subjects), columns
        self.endResetModel()

    def refresh(self) -> None:
        """Look again at what is there."""
        if self.subjects and self.columns:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.subjects) - 1, self.columns - 1))
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.columns - 1)

    def class_of(self, number: int) -> str:
        """Class of a column, where all models that have one ask for the same."""
        drawn = (self.drawing.drawn(subject.folder) for subject in self.subjects)
        names = {name for entry in drawn if entry is not None and (name := entry.class_of(number))}
        return names.pop() if len(names) == 1 else ""

    def caption(self, row: int, column: int) -> str:
        """What a sample is, in words."""
        subject = self.subjects[row]
        entry = self.drawing.drawn(subject.folder)
        if entry is None:
            return f"{subject.name}: not drawn yet"
        if entry.problem:
            return f"{subject.name}: {entry.problem}"
        name = entry.class_of(column)
        return f"{subject.name}, seed {entry.request.seed}, number {column}{f', {name}' if name else ''}"

    @guarded(fallback=0)
    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.subjects)

    @guarded(fallback=0)
    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else self.columns

    @guarded(fallback=None)
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.UserRole:
            return self.drawing.picture(self.subjects[index.row()].folder, index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.caption(index.row(), index.column())
        return plain_tooltip(self.caption(index.row(), index.column())) if role == Qt.ItemDataRole.ToolTipRole else None

    @guarded(fallback=None)
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return f"{section}\n{one_line(self.class_of(section))}".strip()
            return None
        if not 0 <= section < len(self.subjects):
            return None
        subject = self.subjects[section]
        if role == Qt.ItemDataRole.DisplayRole:
            # Titles begin alike; runs have the names that people gave them.
            return f"{one_line(subject.run or subject.name)}\n{subject.manifest.step:,} steps"
        if role == Qt.ItemDataRole.DecorationRole:
            return family_mark(self._theme.family(subject.manifest.family), 4, 28)
        return plain_tooltip(subject.name) if role == Qt.ItemDataRole.ToolTipRole else None


class _Picture(QStyledItemDelegate):
    """Draws one sample, its pixels whole."""

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look: Any = option
        room = QRect(look.rect).adjusted(_GAP // 2, _GAP // 2, -_GAP // 2, -_GAP // 2)
        picture = index.data(Qt.ItemDataRole.UserRole)
        painter.save()
        if picture is None:
            painter.fillRect(room, look.palette.color(QPalette.ColorRole.Mid))
        else:
            ratio = painter.device().devicePixelRatio()
            paint_tile(painter, picture, QRectF(room), look.palette, look.font, ratio, math.inf)
        if look.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(look.palette.color(QPalette.ColorRole.Highlight), 2))
            painter.drawRect(room)
        painter.restore()


class PictureGrid(QTableView):
    """The grid.

    Args:
        theme: The colours.
        drawing: Where the samples come from.
    """

    def __init__(self, theme: Theme, drawing: SeedDrawing) -> None:
        super().__init__()
        self.samples = SampleGrid(theme, drawing, self)
        self.setModel(self.samples)
        self.setItemDelegate(_Picture(self))
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QTableView.SelectionMode.NoSelection)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("The same samples of every model")
        for head in (self.horizontalHeader(), self.verticalHeader()):
            head.setMinimumSectionSize(_SMALLEST)
            head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            head.setSectionsClickable(False)
        rows = self.verticalHeader()
        rows.setFixedWidth(_HEAD)
        rows.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        rows.setTextElideMode(Qt.TextElideMode.ElideRight)

    def show_subjects(self, subjects: Sequence[Subject], columns: int) -> None:
        """Show these models, and so many samples of each; where they are the same, the grid stays where it is."""
        # Only the names, places and manifests matter here; a new evaluation must not move the grid.
        known = [(subject.folder, subject.name) for subject in self.samples.subjects]
        wanted = [(subject.folder, subject.name) for subject in subjects]
        if (wanted, columns) != (known, self.samples.columns):
            self.samples.show_subjects(subjects, columns)
            self._fit_cells()

    def _fit_cells(self) -> None:
        """Give the cells as much room as lets every column be seen, within reason."""
        room = self.width() - _HEAD - self.verticalScrollBar().sizeHint().width() - 2
        side = min(_LARGEST, max(_SMALLEST, room // max(1, self.samples.columns)))
        subjects = self.samples.subjects
        aspect = viewer_of(subjects[0].manifest.spec).tile_aspect if subjects else 1.0
        high = side if aspect == 1.0 else _OF_TEXTS
        self.horizontalHeader().setDefaultSectionSize(round(high * aspect))
        self.verticalHeader().setDefaultSectionSize(high)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_cells()
