"""Pictures are painted crisp where they are enlarged, in the middle of their room."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from studio.gui.item.picture import paint_picture, to_image


def painted(picture, room, **how):
    canvas = QImage(room, room, QImage.Format.Format_RGBA8888)
    canvas.fill(0)
    with QPainter(canvas) as painter:
        paint_picture(painter, to_image(picture), QRectF(canvas.rect()), **how)
    return np.array(canvas.constBits(), np.uint8).reshape(room, room, 4).copy()


@pytest.mark.parametrize(("side", "room", "drawn"), [(28, 80, 56), (4, 80, 80), (80, 80, 80), (160, 80, 80)])
def test_enlarged_pixels_are_whole(app, side, room, drawn):
    pixels = painted(np.full((side, side, 1), 255, np.uint8), room)
    rows, columns = np.nonzero(pixels[..., 3])
    assert (rows.max() - rows.min() + 1, columns.max() - columns.min() + 1) == (drawn, drawn)
    assert abs(rows.min() - (room - drawn) // 2) <= 1


def test_a_small_picture_keeps_its_edges_and_a_large_one_is_smoothed_unless_it_must_not(app):
    def shades(side, **how):
        board = (np.indices((side, side)).sum(0) % 2 * 255).astype(np.uint8)[..., None]
        return len(np.unique(painted(board, 4 * side, **how)[..., 0]))

    assert shades(8) == 2
    assert shades(8, exact=False) == 2
    assert shades(100) > 2
    assert shades(100, crisp=math.inf) == 2


def test_tiles_fill_their_room(app):
    pixels = painted(np.full((28, 14, 3), 255, np.uint8), 64, exact=False)
    rows, columns = np.nonzero(pixels[..., 3])
    assert (rows.max() - rows.min() + 1, columns.max() - columns.min() + 1) == (64, 32)
