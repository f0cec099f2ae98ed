"""Shows texts: each as itself, wrapped where it is too long for a line; foreign text is never read as markup."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPaintDevice,
    QPainter,
    QTextCharFormat,
    QTextLayout,
    QTextLine,
    QTextOption,
)

from studio.core.modality import TextSpec
from studio.desk.tile import texts_of

__all__ = ["LaidText", "TextViewer", "paint_text"]

_LINES = 6
# Seen on the light and on the dark ground alike.
_LINE_RGB = (136, 140, 150)
_MOST_SHOWN = 4_000
_PADDING = 8


class LaidText:
    """A text in its room, from the top, in whole lines as many as fit; a text that goes on ends with dots.

    The direction of the text is its own: what begins with a letter that is written from right to left stands right.

    Args:
        text: The text.
        room: Its room.
        font: Its font.
        device: What it is painted on.
        shades: Parts of the text with a ground of their own: first character, the one behind the last, and the ground.
    """

    def __init__(
        self,
        text: str,
        room: QRectF,
        font: QFont,
        device: QPaintDevice,
        shades: Sequence[tuple[int, int, QColor]] = (),
    ) -> None:
        self._room, self._font, self._metrics = room, font, QFontMetricsF(font, device)
        self._inner = room.adjusted(_PADDING, _PADDING, -_PADDING, -_PADDING)
        self._text = shown = text[:_MOST_SHOWN].replace("\n", "\u2028")
        self._lines, self._cut = 0, False
        self._layout = layout = QTextLayout(shown, font, device)
        if self._inner.width() < 8 or self._inner.height() < 4:
            return
        self._right = _is_right_to_left(shown)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.RightToLeft if self._right else Qt.LayoutDirection.LeftToRight)
        option.setAlignment(self._side | Qt.AlignmentFlag.AlignAbsolute)
        layout.setTextOption(option)
        layout.setFormats([_ground(shown, *shade) for shade in shades if shade[0] < len(shown)])
        layout.beginLayout()
        below = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(self._inner.width())
            # The first line is written in any case.
            if self._lines and below + line.height() > self._inner.height():
                break
            line.setPosition(QPointF(0.0, below))
            below += line.height()
            self._lines += 1
        self._cut = line.isValid()
        self._end = line.textStart() if self._cut else _units(shown)
        layout.endLayout()

    @property
    def _side(self) -> Qt.AlignmentFlag:
        return Qt.AlignmentFlag.AlignRight if self._right else Qt.AlignmentFlag.AlignLeft

    def paint(self, painter: QPainter, ink: QColor) -> None:
        """Write it."""
        if not self._lines:
            return
        painter.save()
        painter.setPen(ink)
        painter.setFont(self._font)
        painter.setClipRect(self._room)
        for number in range(self._lines - self._cut):
            self._layout.lineAt(number).draw(painter, self._inner.topLeft())
        if self._cut:
            last = self._layout.lineAt(self._lines - 1)
            rest = _from_unit(self._text, last.textStart(), self._end).replace("\u2028", " ").rstrip()
            words = self._metrics.elidedText(f"{rest} \u2026", Qt.TextElideMode.ElideRight, self._inner.width())
            place = QRectF(self._inner.left(), self._inner.top() + last.y(), self._inner.width(), last.height())
            painter.drawText(place, int(self._side), words)
        painter.restore()

    def character_at(self, point: QPointF) -> int:
        """The character at a point of the room; -1 for none."""
        inside = point - self._inner.topLeft()
        for number in range(self._lines - self._cut):
            line = self._layout.lineAt(number)
            if line.naturalTextRect().contains(inside):
                unit = line.xToCursor(inside.x(), QTextLine.CursorPosition.CursorOnCharacter)
                return len(_from_unit(self._text, 0, unit))
        return -1


def paint_text(painter: QPainter, text: str, room: QRectF, ink: QColor, font: QFont) -> None:
    """Write a text into its room, as ``LaidText`` does."""
    LaidText(text, room, font, painter.device()).paint(painter, ink)


def _units(text: str) -> int:
    """Length of a text as Qt counts it, in units of UTF-16."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def _from_unit(text: str, begin: int, end: int) -> str:
    """The part of a text between two places as Qt counts them."""
    return text.encode("utf-16-le")[2 * begin : 2 * end].decode("utf-16-le", "ignore")


def _ground(text: str, begin: int, end: int, colour: QColor) -> QTextLayout.FormatRange:
    found = QTextLayout.FormatRange()
    found.start, found.length = _units(text[:begin]), _units(text[begin:end])
    ground = QTextCharFormat()
    ground.setBackground(colour)
    found.format = ground
    return found


def _is_right_to_left(text: str) -> bool:
    """Whether the first letter of a text is of a script that is written from right to left."""
    sides = (unicodedata.bidirectional(letter) for letter in text)
    return next((side for side in sides if side in ("L", "R", "AL")), "L") != "L"


class TextViewer:
    """The viewer of texts, int16 (L,).

    Args:
        spec: The tokenizer.
    """

    refused_noun = "text"
    card_items = _LINES
    asks_for_pixels = False
    tile_size = 92
    tile_aspect = 3.0

    def __init__(self, spec: TextSpec) -> None:
        self._spec = spec

    def overview(self, items: npt.NDArray[Any]) -> str:
        """Texts (N, L) below one another."""
        return "\n\n".join(texts_of(self._spec, items))

    def card(self, items: npt.NDArray[Any], side: int) -> QImage:
        """The beginnings of some texts (N, L), one a line."""
        canvas = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
        canvas.fill(Qt.GlobalColor.transparent)
        texts = texts_of(self._spec, items[: self.card_items]) if len(items) else []
        painter = QPainter(canvas)
        try:
            font = QFont(painter.font())
            height = side / _LINES
            font.setPixelSize(max(6, round(height * 0.62)))
            painter.setFont(font)
            painter.setPen(QColor(*_LINE_RGB))
            for number, text in enumerate(texts):
                line = QRectF(2, number * height, side - 4, height)
                painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), " ".join(text[:60].split()))
        finally:
            # Qt ends the process where the canvas goes before it.
            painter.end()
        return canvas
