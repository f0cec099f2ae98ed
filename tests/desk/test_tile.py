"""What a tile shows of an item."""

import numpy as np

from studio.core.modality import ImageSpec, TextSpec
from studio.data.text.tokenizer import TextTokenizer, learn_tokenizer
from studio.desk.tile import texts_of, tile_of

SPEC = TextSpec(shape=(9,), tokenizer=learn_tokenizer(["x"], 256))


def item(text):
    row = np.full(9, SPEC.end, np.int16)
    tokens = TextTokenizer(SPEC).tokens(text)
    row[: len(tokens)] = tokens
    return row


def test_a_text_is_its_words():
    assert tile_of(SPEC, item("so")) == "so"
    assert texts_of(SPEC, np.stack([item("a"), item("<b>")])) == ["a", "<b>"]


def test_a_picture_is_its_pixels():
    pixels = np.zeros((4, 4, 1), np.uint8)
    assert tile_of(ImageSpec(shape=(4, 4, 1)), pixels) is pixels
    assert tile_of(None, pixels) is pixels
