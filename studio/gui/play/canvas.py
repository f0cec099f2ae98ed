"""The canvas: a person scatters points on it with mouse or pen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QTabletEvent
from PySide6.QtWidgets import QWidget

from studio.desk.play.drawing import Drawing
from studio.gui.guard import guarded
from studio.gui.play.plane import Ground, square_of, to_plane
from studio.gui.theme import Theme

__all__ = ["Canvas"]

_HOLD_MS = 40
_LINES = 3  # of the grid, on each side of the middle


class Canvas(QWidget):
    """A square of the plane to draw on; the mouse draws as hard as a pen that is pressed half.

    Args:
        theme: Its colours.
        drawing: What is drawn.

    Signals:
        drawn: There are other points now.
    """

    drawn = Signal()

    def __init__(self, theme: Theme, drawing: Drawing) -> None:
        super().__init__()
        self._theme, self._drawing = theme, drawing
        self._ground = Ground()
        self.erases = False
        self._pen: QPointF | None = None
        self._strength = 1.0
        self._timer = QTimer(self)
        self._timer.setInterval(_HOLD_MS)
        self._timer.timeout.connect(self._on_held)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Canvas to draw points on")
        self.setMinimumSize(220, 220)
        theme.changed.connect(self.update)

    def refresh(self) -> None:
        """The drawing was changed by somebody else."""
        self._ground.set_rows(self._drawing.rows)
        self.update()

    def _begin(self, point: QPointF, erases: bool, strength: float) -> None:
        self._pen, self._strength = point, strength
        self._drawing.begin(*to_plane(point, square_of(self)), erases, strength)
        self._timer.start()
        self._show()

    def _move(self, point: QPointF, strength: float) -> None:
        if self._pen is not None:
            self._pen, self._strength = point, strength
            self._drawing.move(*to_plane(point, square_of(self)), strength)
            self._show()

    def _end(self) -> None:
        if self._pen is not None:
            self._pen = None
            self._timer.stop()
            self._drawing.end()
            self._show()

    def _show(self) -> None:
        self.refresh()
        self.drawn.emit()

    def _on_held(self) -> None:
        self._drawing.hold(self._strength)
        self._show()

    @guarded(fallback=QSize(360, 360))
    def sizeHint(self) -> QSize:
        return QSize(360, 360)

    @guarded(fallback=True)
    def hasHeightForWidth(self) -> bool:
        return True

    @guarded(fallback=360)
    def heightForWidth(self, width: int) -> int:
        return width

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self._begin(event.position(), self.erases or event.button() == Qt.MouseButton.RightButton, 1.0)

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._move(event.position(), 1.0)

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._end()

    @guarded
    def tabletEvent(self, event: QTabletEvent) -> None:
        rubs = self.erases or event.pointerType() == event.pointingDevice().PointerType.Eraser
        strength = min(1.0, 2.0 * event.pressure())
        if event.type() == QEvent.Type.TabletPress:
            self._begin(event.position(), rubs, strength)
        elif event.type() == QEvent.Type.TabletMove:
            self._move(event.position(), strength)
        else:
            self._end()
        # Else Qt would draw it as a mouse once more.
        event.accept()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        colours, square = self._theme.colours, square_of(self)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(colours.accent if self.hasFocus() else colours.border), 1))
            painter.setBrush(QColor(colours.surface))
            painter.drawRoundedRect(square.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
            self._paint_grid(painter, square)
            self._ground.paint(painter, square, self.devicePixelRatioF(), QColor(colours.text))
            if not len(self._drawing.rows):
                painter.setPen(QColor(colours.secondary))
                painter.drawText(square, Qt.AlignmentFlag.AlignCenter, "Draw here with mouse or pen")

    def _paint_grid(self, painter: QPainter, square: QRectF) -> None:
        line = QColor(self._theme.colours.border)
        line.setAlphaF(0.5)
        painter.setPen(QPen(line, 1))
        for number in range(1, 2 * _LINES):
            share = number / (2 * _LINES)
            x, y = square.left() + share * square.width(), square.top() + share * square.height()
            painter.drawLine(QPointF(x, square.top() + 1), QPointF(x, square.bottom() - 1))
            painter.drawLine(QPointF(square.left() + 1, y), QPointF(square.right() - 1, y))
