"""Makes the small picture of a data set: three rows of three of its items."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QPainter

from studio.data.dataset import open_dataset
from studio.desk.items import ITEMS
from studio.gui.tile_grid import to_image
from studio.store.rows import Rows

__all__ = ["SIDE", "thumbnail"]

SIDE = 72
_SCALE = 2
_ROWS = 3
_GAP = 2
_CRISP = 96


def thumbnail(folder: Path) -> QImage:
    """Paint nine items, spread over the data set; it may be called in any thread.

    Raises:
        StudioError: If the data set is damaged.
        OSError: If its items cannot be opened.
    """
    data, rows = open_dataset(folder), Rows(folder / ITEMS)
    side = SIDE * _SCALE
    canvas = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    canvas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(canvas)
    cell = (side - _GAP * _SCALE * (_ROWS - 1)) / _ROWS
    for place, number in enumerate(np.unique(np.linspace(0, len(data) - 1, _ROWS * _ROWS).round().astype(int))):
        picture = rows.read(int(number))
        if picture is None:
            continue
        height, width = picture.shape[:2]
        # The middle square of each, so that the nine fill their field.
        edge = min(height, width)
        top, left = (height - edge) // 2, (width - edge) // 2
        image = to_image(picture[top : top + edge, left : left + edge])
        row, column = divmod(place, _ROWS)
        step = cell + _GAP * _SCALE
        target = QRect(round(column * step), round(row * step), round(cell), round(cell))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, edge >= _CRISP or edge > cell)
        painter.drawImage(target, image)
    painter.end()
    rows.close()
    canvas.setDevicePixelRatio(_SCALE)
    return canvas
