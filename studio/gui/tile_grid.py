"""Shows any number of pictures as a grid of tiles, and paints only those in view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from studio.desk.tile import Tile
from studio.gui.guard import guarded
from studio.gui.item.tile import paint_tile
from studio.gui.painting import pixmap
from studio.gui.theme import plain_tooltip

__all__ = ["TileGrid", "TileSource"]

_GAP = 6
# Of 255: what is crossed out can still be told.
_VEIL = 150


class TileSource(Protocol):
    """Where a grid's pictures come from; asked only for what is in view."""

    def count(self) -> int:
        """Number of tiles."""

    def picture(self, index: int) -> Tile | None:
        """What a tile shows: pixels (H, W, C) with C = 1, 3 or 4, or a text; None where it is not there yet."""

    def marked(self, index: int) -> bool:
        """Whether it has a star."""

    def caption(self, index: int) -> str:
        """What it is, in words."""


class TileGrid(QAbstractScrollArea):
    """A grid of tiles, with a current one, a selection and keys.

    Arrows, Page Up and Down, Home and End move; Shift and Ctrl select as in every list.

    Signals:
        current_changed: Another tile is the current one; -1 for none.
        selection_changed: Other tiles are selected.
        activated: Enter, Space or a double click on a tile.
    """

    current_changed = Signal(int)
    selection_changed = Signal()
    activated = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source: TileSource | None = None
        self._count = 0
        self._tile = 64
        self._aspect = 1.0
        self._arranged = 1  # columns when it was last arranged
        self._selected: set[int] = set()
        self._anchor = -1
        self._star: QPixmap | None = None
        self._struck: Callable[[int], bool] = lambda index: False
        self.current = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.verticalScrollBar().setSingleStep(24)

    def set_source(self, source: TileSource | None) -> None:
        """Show other pictures, from their beginning."""
        self._source = source
        self._selected.clear()
        self._anchor = -1
        self._set_current(-1)
        self.verticalScrollBar().setValue(0)
        self.refresh()

    def set_struck(self, struck: Callable[[int], bool]) -> None:
        """Draw tiles dimmed and crossed out, by a function of their number."""
        self._struck = struck
        self.viewport().update()

    def refresh(self) -> None:
        """Look at the source again: more, fewer or other pictures; the place is kept."""
        self._count = self._source.count() if self._source is not None else 0
        if self.current >= self._count:
            self._set_current(self._count - 1)
        self._selected = {index for index in self._selected if index < self._count}
        self._arrange()
        self.viewport().update()

    def set_tile_size(self, pixels: int, aspect: float | None = None) -> None:
        """Change the height of the tiles; what was on top stays on top.

        Args:
            pixels: Their height.
            aspect: Their width by their height; None for that of before.
        """
        first = self._first_row() * self._columns()
        self._tile, self._aspect = max(8, pixels), aspect or self._aspect
        self._arrange()
        self.verticalScrollBar().setValue(first // self._columns() * self._pitch())
        self.viewport().update()

    @property
    def tile_size(self) -> int:
        """Height of a tile in pixels."""
        return self._tile

    def set_current(self, index: int) -> None:
        """Make a tile the current and only selected one, and bring it into view."""
        if 0 <= index < self._count:
            self._choose(index, Qt.KeyboardModifier.NoModifier)

    def selection(self) -> list[int]:
        """Numbers of the selected tiles, ascending."""
        return sorted(self._selected)

    def visible_range(self) -> range:
        """Numbers of the tiles in view."""
        columns = self._columns()
        first = self._first_row() * columns
        rows = self.viewport().height() // self._pitch() + 2
        return range(min(first, self._count), min(self._count, first + rows * columns))

    def tile_rect(self, index: int) -> QRect:
        """Where a tile is, in the viewport's pixels."""
        row, column = divmod(index, self._columns())
        top = row * self._pitch() + _GAP - self.verticalScrollBar().value()
        return QRect(_GAP + column * (self._width() + _GAP), top, self._width(), self._tile)

    def _pitch(self) -> int:
        return self._tile + _GAP

    def _width(self) -> int:
        """Width of a tile: squares stay square, wider ones fill the room."""
        if self._aspect == 1.0:
            return self._tile
        room, wanted = self.viewport().width() - _GAP, round(self._tile * self._aspect) + _GAP
        return max(8, room // max(1, room // wanted) - _GAP)

    def _columns(self) -> int:
        return max(1, (self.viewport().width() - _GAP) // (self._width() + _GAP))

    def _first_row(self) -> int:
        return max(0, self.verticalScrollBar().value() - _GAP) // self._pitch()

    def _arrange(self) -> None:
        self._arranged = self._columns()
        rows = -(-self._count // self._arranged)
        height = rows * self._pitch() + _GAP
        bar = self.verticalScrollBar()
        bar.setPageStep(max(1, self.viewport().height()))
        bar.setRange(0, max(0, height - self.viewport().height()))

    def _set_current(self, index: int) -> None:
        if index != self.current:
            self.current = index
            self.current_changed.emit(index)

    def _index_at(self, point: QPoint) -> int:
        row = (point.y() + self.verticalScrollBar().value() - _GAP) // self._pitch()
        column = (point.x() - _GAP) // (self._width() + _GAP)
        index = row * self._columns() + column
        inside = 0 <= column < self._columns() and row >= 0 and index < self._count
        return index if inside and self.tile_rect(index).contains(point) else -1

    def _choose(self, index: int, modifiers: Qt.KeyboardModifier) -> None:
        if modifiers & Qt.KeyboardModifier.ShiftModifier and self._anchor >= 0:
            low, high = sorted((self._anchor, index))
            self._selected = set(range(low, high + 1))
        elif modifiers & Qt.KeyboardModifier.ControlModifier:
            self._selected ^= {index}
            self._anchor = index
        else:
            self._selected = {index}
            self._anchor = index
        self._reveal(index)
        self._set_current(index)
        self.selection_changed.emit()
        self.viewport().update()

    def _reveal(self, index: int) -> None:
        bar, rect = self.verticalScrollBar(), self.tile_rect(index)
        if rect.top() < _GAP:
            bar.setValue(bar.value() + rect.top() - _GAP)
        elif rect.bottom() > self.viewport().height() - _GAP:
            bar.setValue(bar.value() + rect.bottom() - self.viewport().height() + _GAP + 1)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        columns = self._columns()
        page = max(1, self.viewport().height() // self._pitch()) * columns
        key = Qt.Key(event.key())
        moves = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -columns,
            Qt.Key.Key_Down: columns,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -self._count,
            Qt.Key.Key_End: self._count,
        }
        if key in moves and self._count:
            target = 0 if self.current < 0 else max(0, min(self._count - 1, self.current + moves[key]))
            self._choose(target, event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.current >= 0:
            self.activated.emit(self.current)
        elif key == Qt.Key.Key_A and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._selected = set(range(self._count))
            self.selection_changed.emit()
            self.viewport().update()
        else:
            event.ignore()

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position().toPoint())
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._choose(index, event.modifiers())

    @guarded
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position().toPoint())
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.activated.emit(index)

    @guarded(fallback=False)
    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and self._source is not None:
            help_event: Any = event
            index = self._index_at(help_event.pos())
            text = self._source.caption(index) if index >= 0 else ""
            QToolTip.showText(help_event.globalPos(), plain_tooltip(text), self.viewport())
            return True
        return super().viewportEvent(event)

    @guarded
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    @guarded
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        columns = self._arranged
        if columns == self._columns():
            self._arrange()
            return
        # Other columns, same place: what was on top stays there, and the current tile where it can be seen.
        row = self._first_row()
        top, rows = row * columns, event.oldSize().height() // self._pitch() + 1
        seen = row * columns <= self.current < (row + rows) * columns
        self._arrange()
        self.verticalScrollBar().setValue(top // self._columns() * self._pitch())
        if seen:
            self._reveal(self.current)

    @guarded
    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(0, dy)

    @guarded(fallback=QSize(320, 240))
    def sizeHint(self) -> QSize:
        return QSize(480, 320)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._source is None:
            return
        painter = QPainter(self.viewport())
        for index in self.visible_range():
            rect = self.tile_rect(index)
            if event.region().intersects(rect.adjusted(-3, -3, 3, 3)):
                self._paint_tile(painter, index, rect)
        painter.end()

    def _paint_tile(self, painter: QPainter, index: int, rect: QRect) -> None:
        assert self._source is not None
        picture = self._source.picture(index)
        if picture is None:
            painter.fillRect(rect, self.palette().color(QPalette.ColorRole.Mid))
        else:
            paint_tile(painter, picture, QRectF(rect), self.palette(), self.font(), exact=False)
        if self._struck(index):
            veil = QColor(self.palette().color(QPalette.ColorRole.Base))
            veil.setAlpha(_VEIL)
            painter.fillRect(rect, veil)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Text), 2))
            painter.drawLine(rect.topLeft(), rect.bottomRight())
            painter.drawLine(rect.bottomLeft(), rect.topRight())
        if index in self._selected:
            accent = self.palette().color(QPalette.ColorRole.Highlight)
            painter.setPen(QPen(accent, 3 if index == self.current else 2))
            painter.drawRect(rect.adjusted(-2, -2, 1, 1))
        if self._source.marked(index):
            if self._star is None:
                self._star = pixmap("star-filled", QColor("#f2c14e"), 16, self.devicePixelRatioF())
            painter.fillRect(QRect(rect.right() - 17, rect.top(), 18, 18), QColor(0, 0, 0, 140))
            painter.drawPixmap(rect.right() - 16, rect.top() + 1, self._star)
