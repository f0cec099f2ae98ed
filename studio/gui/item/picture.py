"""Turns arrays of pixels into pictures of Qt's."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

__all__ = ["to_image"]

_KINDS = {1: QImage.Format.Format_Grayscale8, 3: QImage.Format.Format_RGB888, 4: QImage.Format.Format_RGBA8888}


def to_image(picture: npt.NDArray[np.uint8]) -> QImage:
    """A picture (H, W, C) with C = 1, 3 or 4 for Qt, which keeps a copy."""
    height, width, channels = picture.shape
    data = np.ascontiguousarray(picture)
    return QImage(data.data, width, height, width * channels, _KINDS[channels]).copy()
