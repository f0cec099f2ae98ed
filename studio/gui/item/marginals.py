"""Shows how the rows of several sets are spread over each column: a small histogram a column, over one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem

from studio.core.words import one_line
from studio.desk.marginal import ColumnMarginals
from studio.gui.guard import guarded
from studio.gui.painting import Index, cut
from studio.gui.theme import plain_tooltip

__all__ = ["Layer", "MarginalsView"]

_ROOT = QModelIndex()
_CELL = QSize(196, 116)
_MARGIN, _TITLE, _FOOT, _GAP = 8, 18, 16, 6
_MISSING_WIDTH = 10
_MOST_TOLD = 12


class Layer(NamedTuple):
    """One of the sets.

    Attributes:
        name: What it is called.
        colour: Its colour.
        filled: It is a ground that others are drawn over, not a line.
    """

    name: str
    colour: QColor
    filled: bool = False


class _Columns(QAbstractListModel):
    """The columns behind the view."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.columns: Sequence[ColumnMarginals] = ()
        self.layers: Sequence[Layer] = ()

    def show(self, columns: Sequence[ColumnMarginals], layers: Sequence[Layer]) -> None:
        """Show these; where the columns are the same, the view stays where it is."""
        same = [one.bars.column.name for one in columns] == [one.bars.column.name for one in self.columns]
        if not same:
            self.beginResetModel()
        self.columns, self.layers = columns, layers
        if not same:
            self.endResetModel()
        elif columns:
            self.dataChanged.emit(self.index(0), self.index(len(columns) - 1))

    @guarded(fallback=0)
    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    @guarded(fallback=None)
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        found = self.columns[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(found.bars.column.name)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(self.words(index.row()))
        return self.words(index.row()) if role == Qt.ItemDataRole.AccessibleDescriptionRole else None

    def words(self, place: int) -> str:
        """What a histogram shows, in words: the bars that count most, for every set."""
        found = self.columns[place]
        known = [marginal for marginal in found.each if marginal is not None]
        lines = [f"{one_line(found.bars.column.name)}: {', '.join(layer.name for layer in self.layers)}"]
        if not known or not found.bars.values:
            return f"{lines[0]}\nNot known"
        most = np.sort(np.argsort(-known[0].shares.round(6), kind="stable")[:_MOST_TOLD])
        for number in most.tolist():
            lines.append(f"{found.bars.labels[number]}: {self._shares(found, number)}")
        if any(marginal.missing for marginal in known):
            lines.append(f"Missing: {self._shares(found, None)}")
        return "\n".join(lines)

    @staticmethod
    def _shares(found: ColumnMarginals, number: int | None) -> str:
        shares = (
            None if each is None else each.missing if number is None else float(each.shares[number])
            for each in found.each
        )
        return ", ".join("?" if share is None else f"{share:.1%}" for share in shares)


class _Histogram(QStyledItemDelegate):
    """Draws the histograms of one column."""

    @guarded(fallback=_CELL)
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return _CELL

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, _Columns)
        found, layers, look = model.columns[index.row()], model.layers, option
        palette: QPalette = look.palette
        room = QRectF(look.rect).adjusted(_MARGIN, _MARGIN / 2, -_MARGIN, -_MARGIN / 2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        title = cut(found.bars.column.name, look.fontMetrics, int(room.width()))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop), title)
        plot = room.adjusted(0, _TITLE, 0, -_FOOT)
        self._draw_foot(painter, room, found, palette.color(QPalette.ColorRole.PlaceholderText))
        self._draw(painter, plot, found, layers)
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Mid), 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        painter.restore()

    @staticmethod
    def _draw_foot(painter: QPainter, room: QRectF, found: ColumnMarginals, colour: QColor) -> None:
        """The outermost values, or how many categories there are."""
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        painter.setPen(colour)
        width = int(room.width()) // max(1, len(found.bars.ends)) - 2
        sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
        for words, side in zip(found.bars.ends, sides, strict=False):
            text = cut(words, painter.fontMetrics(), width)
            painter.drawText(room, int(side | Qt.AlignmentFlag.AlignBottom), text)

    def _draw(self, painter: QPainter, plot: QRectF, found: ColumnMarginals, layers: Sequence[Layer]) -> None:
        known = [each for each in found.each if each is not None]
        if not known or not found.bars.values:
            return
        gaps = any(each.missing > 0 for each in known)
        bars = plot.adjusted(0, 0, -(_MISSING_WIDTH + _GAP) if gaps else 0, 0)
        highest = max(max(float(each.shares.max(initial=0.0)), each.missing) for each in known) or 1.0
        for each, layer in zip(found.each, layers, strict=True):
            if each is None:
                continue
            self._draw_steps(painter, bars, each.shares / highest, layer)
            if gaps:
                beside = QRectF(plot.right() - _MISSING_WIDTH, plot.top(), _MISSING_WIDTH, plot.height())
                self._draw_steps(painter, beside, np.array([each.missing / highest]), layer)

    @staticmethod
    def _draw_steps(painter: QPainter, room: QRectF, heights: npt.NDArray[np.float64], layer: Layer) -> None:
        """Heights 0 to 1 as one outline from left to right."""
        width = room.width() / len(heights)
        points = [room.bottomLeft()]
        for place, height in enumerate(heights.tolist()):
            y = room.bottom() - height * room.height()
            points += [QPointF(room.left() + place * width, y), QPointF(room.left() + (place + 1) * width, y)]
        points.append(room.bottomRight())
        if layer.filled:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(layer.colour)
            painter.drawPolygon(QPolygonF(points))
        else:
            painter.setPen(QPen(layer.colour, 1.6))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(points))


class MarginalsView(QListView):
    """The histograms, as many beside one another as there is room for; any number of columns."""

    def __init__(self) -> None:
        super().__init__()
        self._columns = _Columns(self)
        self.setProperty("role", "bare")
        self.setModel(self._columns)
        self.setItemDelegate(_Histogram(self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("How each column is spread")

    def show_columns(self, columns: Sequence[ColumnMarginals], layers: Sequence[Layer]) -> None:
        """Show columns, of which each has a marginal for every layer, or None."""
        self._columns.show(columns, layers)

    def words(self, place: int) -> str:
        """What the histogram of a column shows, in words."""
        return self._columns.words(place)
