"""Texts become tokens and texts again, in any script."""

import numpy as np
import pytest

from studio.core.errors import ModelError
from studio.core.modality import TextSpec
from studio.core.modality.text import BYTES
from studio.data.text.tokenizer import TextTokenizer, learn_tokenizer

WORDS = ["in the beginning", "and the earth was without form", "let there be light"]


@pytest.fixture(scope="module")
def spec():
    return TextSpec(shape=(64,), tokenizer=learn_tokenizer(WORDS * 20, 300))


@pytest.mark.parametrize(
    "text", ["in the beginning", " two  blanks ", "naïve Ärger", "שלום עולם", "नमस्ते", "🦜👩‍👩‍👧", "<end>", "a\tb\nc"]
)
def test_any_text_comes_back(spec, text):
    tokenizer = TextTokenizer(spec)
    tokens = tokenizer.tokens(text)
    assert tokenizer.text(np.array([*tokens, spec.end, spec.end])) == text


def test_what_occurs_often_has_a_token_of_its_own(spec):
    assert len(TextTokenizer(spec).tokens("in the beginning")) < 8


def test_bytes_alone():
    spec = TextSpec(shape=(64,), tokenizer=learn_tokenizer(WORDS, BYTES))
    assert len(spec.tokens) == BYTES
    assert len(TextTokenizer(spec).tokens("light")) == 5


def test_a_cut_character_is_shown_as_such_and_nothing_behind_the_end(spec):
    tokenizer = TextTokenizer(spec)
    tokens = tokenizer.tokens("猫")
    assert tokenizer.text(np.array(tokens[:1])) == "\ufffd"
    assert tokenizer.texts(np.array([[spec.end, *tokens[:2]]])) == [""]


def test_the_same_texts_give_the_same_tokenizer():
    assert learn_tokenizer(WORDS, 280) == learn_tokenizer(WORDS, 280)


def test_a_tokenizer_that_the_library_cannot_read_is_said():
    spec = TextSpec(shape=(8,), tokenizer='{"model": {"vocab": {"a": 0}}}')
    with pytest.raises(ModelError, match="tokenizer cannot be used"):
        TextTokenizer(spec)
