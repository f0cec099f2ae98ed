"""A text in the inspector: its tokens are shaded, and the mouse finds what is known of them."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from studio.desk.token_shades import TokenShade


@pytest.fixture
def view(app):
    from studio.gui.gallery.picture_view import PictureView

    made = PictureView()
    made.resize(240, 120)
    return made


def pixels(view):
    image = view.grab().toImage().convertToFormat(view.grab().toImage().Format.Format_RGB888)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return data[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def test_the_less_likely_the_stronger_the_shade(view):
    view.set_tile("one two")
    plain = pixels(view)
    view.set_tile("one two", [TokenShade(0, 3, 0.0, "certain"), TokenShade(3, 7, 1.0, "<b>rare</b>")])
    changed = np.abs(pixels(view) - plain).sum(2)
    columns = np.flatnonzero(changed.max(0))
    assert len(columns) > 10
    # The certain one, at the left, is as it was.
    assert columns.min() > 20
    view.set_tile("one two", [TokenShade(3, 7, 0.3, "")])
    assert 0 < np.abs(pixels(view) - plain).sum() < changed.sum()


def test_the_mouse_finds_the_token(view):
    view.set_tile("one two", [TokenShade(0, 3, 0.0, "certain"), TokenShade(3, 7, 1.0, "rare")])
    pixels(view)
    text = view._text
    assert text.words_at(QPointF(12, 16)) == "certain"
    assert text.words_at(QPointF(50, 16)) == "rare"
    assert text.words_at(QPointF(12, 100)) == ""
    assert view.toolTip() == ""
    view.set_tile("one two")
    assert text.words_at(QPointF(12, 16)) == ""
    assert view.toolTip() == "Enlarge (Space)"
