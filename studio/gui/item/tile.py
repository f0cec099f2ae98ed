"""Paints what a tile shows, whatever it is: a picture or a text."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QPainter, QPalette

from studio.desk.tile import Tile
from studio.gui.item.picture import paint_picture, to_image
from studio.gui.item.text import paint_text

__all__ = ["paint_tile"]

_CRISP = 96


def paint_tile(
    painter: QPainter,
    tile: Tile,
    room: QRectF,
    palette: QPalette,
    font: QFont,
    ratio: float = 1.0,
    crisp: float = _CRISP,
    exact: bool = True,
) -> None:
    """Paint a tile into its room: a picture as ``paint_picture`` does, a text on a ground of its own.

    Args:
        painter: Paints it.
        tile: Pixels (H, W, C), or a text.
        room: Its room.
        palette: Colours of the widget.
        font: Font of a text.
        ratio: Pixels of the screen for each of the painter's.
        crisp: Side from which on a picture is large.
        exact: Whether a picture is enlarged in whole multiples of its pixels.
    """
    if isinstance(tile, str):
        painter.fillRect(room, palette.color(QPalette.ColorRole.AlternateBase))
        paint_text(painter, tile, room, palette.color(QPalette.ColorRole.Text), font)
    else:
        paint_picture(painter, to_image(tile), room, ratio, crisp, exact)
