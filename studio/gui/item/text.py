"""Shows texts: each as itself, wrapped where it is too long for a line; foreign text is never read as markup."""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QTextLayout, QTextOption

from studio.core.modality import TextSpec
from studio.desk.tile import texts_of

__all__ = ["TextViewer", "paint_text"]

_LINES = 6
# Seen on the light and on the dark ground alike.
_LINE_RGB = (136, 140, 150)
_MOST_SHOWN = 4_000
_PADDING = 8


def paint_text(painter: QPainter, text: str, room: QRectF, ink: QColor, font: QFont) -> None:
    """Write a text into its room from the top, in whole lines as many as fit; a text that goes on ends with dots.

    The direction of the text is its own: what begins with a letter that is written from right to left stands right.
    """
    inner = room.adjusted(_PADDING, _PADDING, -_PADDING, -_PADDING)
    if inner.width() < 8 or inner.height() < 4:
        return
    painter.save()
    painter.setPen(ink)
    painter.setFont(font)
    shown = text[:_MOST_SHOWN].replace("\n", "\u2028")
    layout = QTextLayout(shown, font, painter.device())
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    right = _is_right_to_left(shown)
    option.setTextDirection(Qt.LayoutDirection.RightToLeft if right else Qt.LayoutDirection.LeftToRight)
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    option.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute)
    layout.setTextOption(option)
    layout.beginLayout()
    below, lines = 0.0, 0
    height = painter.fontMetrics().lineSpacing()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(inner.width())
        # The first line is written in any case.
        if lines and below + line.height() > inner.height():
            break
        line.setPosition(QPointF(0.0, below))
        below += line.height()
        lines += 1
    cut = line.isValid()
    begin = line.textStart() if cut else len(shown)
    layout.endLayout()
    painter.setClipRect(room)
    for number in range(lines - (1 if cut else 0)):
        layout.lineAt(number).draw(painter, inner.topLeft())
    if cut:
        last = layout.lineAt(lines - 1)
        rest = shown[last.textStart() : begin].replace("\u2028", " ").rstrip()
        words = painter.fontMetrics().elidedText(f"{rest} …", Qt.TextElideMode.ElideRight, int(inner.width()))
        painter.drawText(QRectF(inner.left(), inner.top() + last.y(), inner.width(), height), int(side), words)
    painter.restore()


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
