"""Shows images: each is its own picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from studio.data.image.sample_file import image_grid
from studio.gui.item.picture import paint_picture, to_image

__all__ = ["ImageViewer"]

_ROWS = 3
_GAP = 4


class ImageViewer:
    """The viewer of images, uint8 (H, W, C) with C = 1 or 3."""

    refused_noun = "file"
    card_items = _ROWS * _ROWS
    asks_for_pixels = True
    tile_size = 72
    tile_aspect = 1.0

    def overview(self, items: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """A grid of images (N, H, W, C), N at least 1."""
        return image_grid(items)

    def card(self, items: npt.NDArray[Any], side: int) -> QImage:
        """Three rows of three images."""
        canvas = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
        canvas.fill(Qt.GlobalColor.transparent)
        painter = QPainter(canvas)
        cell = (side - _GAP * (_ROWS - 1)) / _ROWS
        for place, picture in enumerate(items[: self.card_items]):
            height, width = picture.shape[:2]
            # The middle square of each, so that the nine fill their field.
            edge = min(height, width)
            top, left = (height - edge) // 2, (width - edge) // 2
            image = to_image(picture[top : top + edge, left : left + edge])
            row, column = divmod(place, _ROWS)
            step = cell + _GAP
            target = QRect(round(column * step), round(row * step), round(cell), round(cell))
            paint_picture(painter, image, QRectF(target), crisp=cell + 1, exact=False)
        painter.end()
        return canvas
