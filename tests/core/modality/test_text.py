"""Texts: a tokenizer in the spec, an end behind its tokens, and bytes by token."""

import json

import numpy as np
import pytest
from pydantic import ValidationError

from studio.core.manifest import given_input
from studio.core.modality import TextSpec, read_spec
from studio.data.text.tokenizer import TextTokenizer, learn_tokenizer


@pytest.fixture(scope="module")
def spec():
    return TextSpec(shape=(8,), tokenizer=learn_tokenizer(["the rain, the train"] * 20, 262))


def test_the_end_stands_behind_the_tokens(spec):
    assert spec.end == len(spec.tokens) == 262
    assert spec.largest == 262
    assert spec.size == "up to 7 tokens of 262"
    assert spec.token_bytes.shape == (263,)
    assert spec.token_bytes[-1] == 0


def test_bytes_are_those_of_utf_8(spec):
    for text in ("the rain", "für 猫", "e\u0301 🦜"):
        tokens = TextTokenizer(spec).tokens(text)
        normal = TextTokenizer(spec).text(np.array([*tokens, spec.end]))
        assert spec.token_bytes[tokens].sum() == len(normal.encode())


def test_lengths_count_what_stands_before_the_first_end(spec):
    end = spec.end
    items = np.array([[1, 2, end, end], [end, 5, end, end], [1, 2, 3, 4]], np.int16)
    np.testing.assert_array_equal(spec.lengths(items), [2, 0, 4])


def test_examples_are_texts_that_end(spec):
    items = spec.examples(50, seed=3)
    assert items.dtype == np.int16
    assert items.shape == (50, 8)
    ended = items == spec.end
    assert (np.diff(ended.astype(int), axis=1) >= 0).all()
    assert 0 < spec.lengths(items).mean() < 8
    np.testing.assert_array_equal(items, spec.examples(50, seed=3))


def test_a_document_is_read_again(spec):
    assert read_spec(json.loads(spec.model_dump_json())) == spec


def test_what_is_known_is_a_token_the_end_or_free(spec):
    entry = given_input(spec)
    assert (entry.dtype, entry.minimum, entry.maximum) == ("int64", -1, spec.end)


@pytest.mark.parametrize(
    "tokenizer",
    [
        "",
        "{}",
        "[" * 10_000,
        json.dumps({"model": {"vocab": {}}}),
        json.dumps({"model": {"vocab": ["a"]}}),
        json.dumps({"model": {"vocab": {"a": 0, "b": 2}}}),
        json.dumps({"model": {"vocab": {"a": 0, "b": True}}}),
        json.dumps({"model": {"vocab": {str(number): number for number in range(40_000)}}}),
    ],
)
def test_a_tokenizer_that_is_none_is_refused(tokenizer):
    with pytest.raises(ValidationError, match="tokenizer"):
        TextSpec(shape=(8,), tokenizer=tokenizer)


@pytest.mark.parametrize("shape", [(1,), (8, 8), (2000,)])
def test_a_shape_that_is_none_of_texts_is_refused(spec, shape):
    with pytest.raises(ValidationError, match="shape"):
        TextSpec(shape=shape, tokenizer=spec.tokenizer)


def test_specs_compare_whatever_was_asked_of_one(spec):
    other = TextSpec(shape=(8,), tokenizer=spec.tokenizer)
    assert spec.tokens
    assert spec.token_bytes.sum() > 256
    assert spec == other
    assert hash(spec) == hash(other)
    assert spec != TextSpec(shape=(9,), tokenizer=spec.tokenizer)
