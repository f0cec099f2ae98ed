"""What a tile shows of an item."""

import numpy as np

from studio.core.modality import ImageSpec, TextSpec
from studio.data.text.tokenizer import TextTokenizer, learn_tokenizer
from studio.desk.tile import texts_of, tile_of, tokens_of

SPEC = TextSpec(shape=(9,), tokenizer=learn_tokenizer(["x"], 256))


def item(text):
    row = np.full(9, SPEC.end, np.int16)
    tokens = TextTokenizer(SPEC).tokens(text)
    row[: len(tokens)] = tokens
    return row


def test_a_text_is_its_words():
    assert tile_of(SPEC, item("so")) == "so"
    assert texts_of(SPEC, np.stack([item("a"), item("<b>")])) == ["a", "<b>"]


def test_between_its_tokens_stands_a_line():
    assert tokens_of(SPEC, item("so")) == "s\u2502o"
    assert tokens_of(SPEC, item("")) == ""


def test_a_picture_is_its_pixels():
    pixels = np.zeros((4, 4, 1), np.uint8)
    assert tile_of(ImageSpec(shape=(4, 4, 1)), pixels) is pixels
    assert tile_of(None, pixels) is pixels


def test_a_source_is_that_of_the_sample():
    from studio.core.known_values import KnownValues
    from studio.core.request import SampleRequest
    from studio.desk.tile import source_of

    one = SampleRequest(count=2, source=KnownValues(item("so").astype(int)))
    each = SampleRequest(count=2, source=KnownValues(np.stack([item("a"), item("b")]).astype(int)))
    assert [source_of(SPEC, one, position) for position in range(2)] == ["so", "so"]
    assert [source_of(SPEC, each, position) for position in range(2)] == ["a", "b"]
    assert source_of(SPEC, SampleRequest(), 0) == ""
