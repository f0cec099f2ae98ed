"""Draws the studio's icons in any colour."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from studio.core.resources import resource

__all__ = ["icon", "pixmap"]


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
