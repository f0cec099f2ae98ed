"""Paints what several lists paint: one line of foreign text, and the mark of a family."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter

from studio.core.words import one_line

__all__ = ["cut", "paint_family", "write_line"]


def cut(text: str, metrics: QFontMetrics, width: int) -> str:
    """Text in one line, with dots where it is wider than so many pixels."""
    return metrics.elidedText(one_line(text), Qt.TextElideMode.ElideRight, width)


def write_line(painter: QPainter, rect: QRect, text: str, font: QFont, colour: str) -> None:
    """Write one line of text at the left of a rectangle; markup in it is shown, not obeyed."""
    painter.setFont(font)
    painter.setPen(QColor(colour))
    line = cut(text, painter.fontMetrics(), rect.width())
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), line)


def paint_family(painter: QPainter, rect: QRect, colour: QColor) -> None:
    """Paint the colour of a family as an upright bar."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(rect, 2, 2)
