"""Shows one sample large, a picture or a text: in the inspector, and over the whole page."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.desk.tile import Tile
from studio.gui.guard import guarded
from studio.gui.item.text import paint_text
from studio.gui.item.tile import paint_tile
from studio.gui.overlay import Overlay
from studio.gui.painting import cut

__all__ = ["Enlarged", "PictureView"]

_MARGIN = 48
_INK = "#e7e9ee"
_ENLARGED = 1.6
_MOVES = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class PictureView(QWidget):
    """One picture, as large as there is room.

    Signals:
        clicked: It was clicked.
    """

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tile: Tile | None = None
        self.setAccessibleName("The chosen sample")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip("Enlarge (Space)")

    @property
    def empty(self) -> bool:
        """Whether it has nothing to show."""
        return self._tile is None

    def set_tile(self, tile: Tile | None) -> None:
        """Show another picture (H, W, C) or text, or none."""
        self._tile = tile
        self.setAccessibleDescription(tile if isinstance(tile, str) else "")
        self.update()

    @guarded(fallback=True)
    def hasHeightForWidth(self) -> bool:
        return True

    @guarded(fallback=240)
    def heightForWidth(self, width: int) -> int:
        return min(width, 320)

    @guarded(fallback=QSize(240, 240))
    def sizeHint(self) -> QSize:
        return QSize(240, 240)

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._tile is None:
            painter.fillRect(self.rect(), self.palette().mid())
        else:
            room = QRectF(self.rect())
            paint_tile(painter, self._tile, room, self.palette(), self.font(), self.devicePixelRatioF())
        painter.end()


class Enlarged(Overlay):
    """One sample over the whole page, until Esc, Space or a click.

    Signals:
        moved: Another sample is wanted, so many further.
    """

    moved = Signal(int)

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._tile: Tile | None = None
        self._words = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def open(self, tile: Tile | None, words: str) -> None:
        """Show a picture (H, W, C) or a text, and what it is."""
        self._tile = tile
        self._words = words
        self.setAccessibleName(words)
        self.appear(self)
        self.update()

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.dismiss()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
            self.dismiss()
        elif key in _MOVES:
            self.moved.emit(_MOVES[key])
        else:
            super().keyPressEvent(event)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(12, 13, 16))
        room = QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        if isinstance(self._tile, str):
            font = QFont(self.font())
            font.setPointSizeF(font.pointSizeF() * _ENLARGED)
            paint_text(painter, self._tile, room, QColor(_INK), font)
        elif self._tile is not None:
            paint_tile(painter, self._tile, room, self.palette(), self.font(), self.devicePixelRatioF())
        painter.setPen(QColor(_INK))
        line = QRectF(_MARGIN, self.height() - _MARGIN, self.width() - 2 * _MARGIN, _MARGIN)
        painter.drawText(
            line, int(Qt.AlignmentFlag.AlignCenter), cut(self._words, painter.fontMetrics(), int(line.width()))
        )
        painter.end()
