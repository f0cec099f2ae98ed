"""Shows one sample large: in the inspector, and over the whole page."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.gui.guard import guarded
from studio.gui.item.picture import paint_picture, to_image
from studio.gui.overlay import Overlay
from studio.gui.painting import cut

__all__ = ["Enlarged", "PictureView"]

_MARGIN = 48
_MOVES = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class PictureView(QWidget):
    """One picture, as large as there is room.

    Signals:
        clicked: It was clicked.
    """

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self.setAccessibleName("The chosen sample")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip("Enlarge (Space)")

    @property
    def empty(self) -> bool:
        """Whether it has nothing to show."""
        return self._image is None

    def set_picture(self, picture: npt.NDArray[np.uint8] | None) -> None:
        """Show another picture (H, W, C), or none."""
        self._image = to_image(picture) if picture is not None else None
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
        if self._image is None:
            painter.fillRect(self.rect(), self.palette().mid())
        else:
            paint_picture(painter, self._image, QRectF(self.rect()), self.devicePixelRatioF())
        painter.end()


class Enlarged(Overlay):
    """One sample over the whole page, until Esc, Space or a click.

    Signals:
        moved: Another sample is wanted, so many further.
    """

    moved = Signal(int)

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._image: QImage | None = None
        self._words = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def open(self, picture: npt.NDArray[np.uint8] | None, words: str) -> None:
        """Show a picture (H, W, C) and what it is."""
        self._image = to_image(picture) if picture is not None else None
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
        if self._image is not None:
            paint_picture(painter, self._image, room, self.devicePixelRatioF())
        painter.setPen(QColor("#e7e9ee"))
        line = QRectF(_MARGIN, self.height() - _MARGIN, self.width() - 2 * _MARGIN, _MARGIN)
        painter.drawText(
            line, int(Qt.AlignmentFlag.AlignCenter), cut(self._words, painter.fontMetrics(), int(line.width()))
        )
        painter.end()
