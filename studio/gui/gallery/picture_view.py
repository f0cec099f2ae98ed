"""Shows one sample large, a picture or a text with its tokens: in the inspector, and over the whole page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QToolTip, QWidget

from studio.desk.tile import Tile
from studio.desk.token_shades import TokenShade
from studio.gui.guard import guarded
from studio.gui.item.text import LaidText
from studio.gui.item.tile import paint_tile
from studio.gui.overlay import Overlay
from studio.gui.painting import cut
from studio.gui.theme import plain_tooltip

__all__ = ["Enlarged", "PictureView"]

_TIP = "Enlarge (Space)"
_MARGIN = 48
_INK = "#e7e9ee"
_ENLARGED = 1.6
_MOVES = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


# Of the ground of a token that cost ten bits or more; it can be read in ink of either theme.
_STRONGEST = QColor(226, 106, 60, 190)


class _ShadedText:
    """A text, its tokens, and where the mouse finds them."""

    def __init__(self) -> None:
        self.shades: Sequence[TokenShade] = ()
        self._laid: LaidText | None = None

    def paint(self, painter: QPainter, text: str, room: QRectF, ink: QColor, font: QFont) -> None:
        """Write the text, a token the more shaded the less likely it was."""
        grounds = []
        for shade in self.shades:
            ground = QColor(_STRONGEST)
            ground.setAlpha(round(_STRONGEST.alpha() * shade.strength))
            grounds.append((shade.begin, shade.end, ground))
        self._laid = LaidText(text, room, font, painter.device(), grounds)
        self._laid.paint(painter, ink)

    def words_at(self, point: QPointF) -> str:
        """What is known of the token at a point; empty for none."""
        place = self._laid.character_at(point) if self._laid is not None and self.shades else -1
        return next((shade.words for shade in self.shades if shade.begin <= place < shade.end), "")


class PictureView(QWidget):
    """One picture, as large as there is room.

    Signals:
        clicked: It was clicked.
    """

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tile: Tile | None = None
        self._text = _ShadedText()
        self.setMouseTracking(True)
        self.setAccessibleName("The chosen sample")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(_TIP)

    @property
    def empty(self) -> bool:
        """Whether it has nothing to show."""
        return self._tile is None

    def set_tile(self, tile: Tile | None, shades: Sequence[TokenShade] = ()) -> None:
        """Show another picture (H, W, C) or text, or none, and what is known of the text's tokens."""
        self._tile = tile
        self._text.shades = shades
        # Its own would come over what is said of a token.
        self.setToolTip("" if shades else _TIP)
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
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        _tell(self, event, self._text)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._tile is None:
            painter.fillRect(self.rect(), self.palette().mid())
        elif isinstance(self._tile, str):
            painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.AlternateBase))
            ink = self.palette().color(QPalette.ColorRole.Text)
            self._text.paint(painter, self._tile, QRectF(self.rect()), ink, self.font())
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
        self._text = _ShadedText()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def open(self, tile: Tile | None, words: str, shades: Sequence[TokenShade] = ()) -> None:
        """Show a picture (H, W, C) or a text, what it is, and what is known of the text's tokens."""
        self._tile = tile
        self._words = words
        self._text.shades = shades
        self.setAccessibleName(words)
        self.appear(self)
        self.update()

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.dismiss()

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        _tell(self, event, self._text)

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
            self._text.paint(painter, self._tile, room, QColor(_INK), font)
        elif self._tile is not None:
            paint_tile(painter, self._tile, room, self.palette(), self.font(), self.devicePixelRatioF())
        painter.setPen(QColor(_INK))
        line = QRectF(_MARGIN, self.height() - _MARGIN, self.width() - 2 * _MARGIN, _MARGIN)
        painter.drawText(
            line, int(Qt.AlignmentFlag.AlignCenter), cut(self._words, painter.fontMetrics(), int(line.width()))
        )
        painter.end()


def _tell(widget: QWidget, event: QMouseEvent, text: _ShadedText) -> None:
    """Show beside the mouse what is known of the token under it."""
    if words := text.words_at(event.position()):
        QToolTip.showText(event.globalPosition().toPoint(), plain_tooltip(words), widget)
    elif text.shades:
        QToolTip.hideText()
