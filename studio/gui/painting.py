"""Paints what several places paint: one line of foreign text, the mark of a family, and icons in any colour."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from studio.core.resources import resource
from studio.core.words import one_line

__all__ = ["Index", "cut", "icon", "paint_family", "pixmap", "write_line"]

Index = QModelIndex | QPersistentModelIndex  # what Qt may hand to a model or a delegate


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


def pixmap(name: str, colour: QColor | str, size: int = 20, scale: float = 2.0) -> QPixmap:
    """Draw an icon.

    Args:
        name: Name of the SVG in ``resources/icons``, without its ending.
        colour: What ``currentColor`` becomes.
        size: Side in pixels that do not depend on the screen.
        scale: Pixels of the screen for each of them.
    """
    text = resource(f"icons/{name}.svg").read_text(encoding="utf-8")
    drawing = QSvgRenderer(QByteArray(text.replace("currentColor", QColor(colour).name()).encode()))
    side = round(size * scale)
    picture = QPixmap(side, side)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    drawing.render(painter, QRectF(0, 0, side, side))
    painter.end()
    picture.setDevicePixelRatio(scale)
    return picture


def icon(name: str, colour: QColor | str, size: int = 20, disabled: QColor | str | None = None) -> QIcon:
    """An icon for a button, with another colour for when it is disabled; Qt's own greying is hard to see on dark."""
    drawn = QIcon(pixmap(name, colour, size))
    if disabled is not None:
        drawn.addPixmap(pixmap(name, disabled, size), QIcon.Mode.Disabled)
    return drawn
