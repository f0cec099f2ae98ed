"""Texts are painted as they are: wrapped, cut with dots, never read as markup, each in its own direction."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from studio.core.modality import TextSpec
from studio.data.text.tokenizer import TextTokenizer, learn_tokenizer
from studio.gui.item.text import LaidText, TextViewer, paint_text
from studio.gui.item.viewer import viewer_of

SPEC = TextSpec(shape=(40,), tokenizer=learn_tokenizer(["x"], 256))


def items(*texts):
    rows = np.full((len(texts), 40), SPEC.end, np.int16)
    for row, text in zip(rows, texts, strict=True):
        tokens = TextTokenizer(SPEC).tokens(text)
        row[: len(tokens)] = tokens
    return rows


def painted(text, width=120, height=60):
    """Which columns and rows of pixels hold ink."""
    canvas = QImage(width, height, QImage.Format.Format_Grayscale8)
    canvas.fill(Qt.GlobalColor.white)
    font = QFont("DejaVu Sans")
    font.setPixelSize(12)
    painter = QPainter(canvas)
    paint_text(painter, text, QRectF(0, 0, width, height), QColor("black"), font)
    painter.end()
    data = np.frombuffer(canvas.constBits(), np.uint8).reshape(height, canvas.bytesPerLine())[:, :width]
    return data < 128


def test_texts_below_one_another(qt):
    viewer = viewer_of(SPEC)
    assert isinstance(viewer, TextViewer)
    assert viewer.overview(items("one", "two")) == "one\n\ntwo"
    assert viewer.tile_aspect > 1.0


def test_a_card_shows_something_of_each(qt):
    card = TextViewer(SPEC).card(items("one", "two"), 144)
    assert (card.width(), card.height()) == (144, 144)
    empty = TextViewer(SPEC).card(np.empty((0, 40), np.int16), 144)
    assert card != empty


def test_a_long_text_stays_in_its_room(qt):
    ink = painted("many words " * 50)
    rows = np.flatnonzero(ink.any(1))
    assert rows.min() >= 4
    assert rows.max() < 60
    # Its last line ends with dots rather than in a word.
    assert not np.array_equal(ink, painted("many words " * 2))


def test_breaks_are_kept(qt):
    one, two = painted("a"), painted("a\na")
    assert np.flatnonzero(two.any(1)).max() > np.flatnonzero(one.any(1)).max() + 8


def test_what_is_written_from_right_to_left_stands_right(qt):
    left, right = painted("abc", 200), painted("אבג", 200)
    assert np.flatnonzero(left.any(0)).max() < 100
    assert np.flatnonzero(right.any(0)).min() > 100


@pytest.mark.parametrize("size", [(2, 2), (10, 3)])
def test_a_room_that_is_none(qt, size):
    assert not painted("text", *size).any()


def test_characters_are_found_by_their_place(qt):
    canvas = QImage(120, 60, QImage.Format.Format_Grayscale8)
    font = QFont("DejaVu Sans")
    font.setPixelSize(12)
    laid = LaidText("\U0001f600a b\nc", QRectF(0, 0, 120, 60), font, canvas)
    found = [laid.character_at(QPointF(x, 14)) for x in range(8, 60)]
    # Each in turn, the one that Qt counts as two as one; nothing behind them.
    assert [number for place, number in enumerate(found) if place == 0 or number != found[place - 1]] == [
        0,
        1,
        2,
        3,
        -1,
    ]
    assert laid.character_at(QPointF(10, 28)) == 5
    assert laid.character_at(QPointF(10, 55)) == -1
    assert LaidText("a", QRectF(0, 0, 10, 10), font, canvas).character_at(QPointF(5, 5)) == -1
