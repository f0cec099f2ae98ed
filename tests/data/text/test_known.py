"""What is known of a text: its beginning, or all but its gaps."""

import numpy as np
import pytest

from studio.core.errors import SettingsError
from studio.core.known_values import KnownValues
from studio.core.modality import TextSpec
from studio.data.text.known import known_text, read_known_text
from studio.data.text.sample_file import unescaped
from studio.data.text.tokenizer import TextTokenizer, learn_tokenizer

SPEC = TextSpec(shape=(16,), tokenizer=learn_tokenizer(["the sun"], 256))


def tokens(text):
    return TextTokenizer(SPEC).tokens(text)


def test_a_prompt():
    known = read_known_text("the s", SPEC).values
    np.testing.assert_array_equal(known, [*tokens("the s"), *[-1] * 11])


def test_gaps_and_the_end():
    known = read_known_text("a ___ b ____", SPEC).values
    expected = [*tokens("a "), -1, -1, -1, *tokens(" b "), -1, -1, -1, -1]
    np.testing.assert_array_equal(known, [*expected, *[SPEC.end] * (16 - len(expected))])


def test_composed_letters_are_those_that_were_learned():
    np.testing.assert_array_equal(read_known_text("e\u0301", SPEC).values, read_known_text("\u00e9", SPEC).values)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty; say how the samples begin"),
        ("x" * 16, "has 16 tokens; a text of this model has 15 at most"),
        ("a\x00b", r"cannot be used: it holds the control character U\+0000"),
        ("x" * 50_000, "cannot be used: longer than"),
    ],
)
def test_what_cannot_be_known(text, said):
    with pytest.raises(SettingsError, match=said):
        read_known_text(text, SPEC)


def test_what_is_known_is_shown_on_one_line():
    for text in ("the s", "a ___ b ____", "two\\nlines", "back\\\\slash"):
        assert known_text(read_known_text(unescaped(text), SPEC), SPEC) == text
    assert known_text(KnownValues(np.full(16, -1)), SPEC) == ""
