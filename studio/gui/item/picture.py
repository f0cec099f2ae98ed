"""Turns arrays of pixels into pictures of Qt's, and paints them crisp."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

__all__ = ["paint_picture", "to_image"]

_KINDS = {1: QImage.Format.Format_Grayscale8, 3: QImage.Format.Format_RGB888, 4: QImage.Format.Format_RGBA8888}
# Larger pictures are smoothed where they are enlarged, smaller ones keep their pixels whole.
_CRISP = 96


def to_image(picture: npt.NDArray[np.uint8]) -> QImage:
    """A picture (H, W, C) with C = 1, 3 or 4 for Qt, which keeps a copy."""
    height, width, channels = picture.shape
    data = np.ascontiguousarray(picture)
    return QImage(data.data, width, height, width * channels, _KINDS[channels]).copy()


def paint_picture(
    painter: QPainter, image: QImage, room: QRectF, ratio: float = 1.0, crisp: float = _CRISP, exact: bool = True
) -> None:
    """Paint a picture in the middle of its room, as large as fits; a large one, or one made smaller, is smoothed.

    Args:
        painter: Paints it.
        image: The picture.
        room: Its room.
        ratio: Pixels of the screen for each of the painter's.
        crisp: Side from which on it is large.
        exact: Enlarged in whole multiples of its pixels, and smoothed with care; else it fills the room, and quickly.
    """
    across, down, width, height = room.width(), room.height(), image.width(), image.height()
    scale = min(across / width, down / height)
    enlarged = scale * ratio >= 1.0
    whole = (enlarged or not exact) and max(width, height) < crisp
    if whole and exact:
        scale = int(scale * ratio) / ratio
    wide, high = max(1.0, width * scale), max(1.0, height * scale)
    if exact and not enlarged:
        size = round(wide * ratio), round(high * ratio)
        image = image.scaled(*size, mode=Qt.TransformationMode.SmoothTransformation)
    left, top = room.x() + (across - wide) / 2, room.y() + (down - high) / 2
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not whole)
    painter.drawImage(QRectF(round(left * ratio) / ratio, round(top * ratio) / ratio, wide, high), image)
