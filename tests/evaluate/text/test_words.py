"""Variety, letters and a two-sample test of texts."""

import numpy as np
import pytest

from studio.evaluate.text.words import letter_distance, real_or_generated, variety

WORDS = ["sun", "sea", "gull", "cliff", "wave", "sand", "salt", "wind"]


def texts(count, seed, words=WORDS):
    generator = np.random.default_rng(seed)
    return [" ".join(generator.choice(words, 6)) for _ in range(count)]


def test_variety_counts_different_runs():
    found = variety(["a b a b", "a b"])
    assert found["distinct-1"] == pytest.approx(2 / 6)
    assert found["distinct-2"] == pytest.approx(2 / 4)
    assert found["distinct-3"] == pytest.approx(1.0)
    assert found["words"] == 3.0
    assert variety([""])["words"] == 0.0


def test_letters_of_the_same_texts_are_the_same():
    assert letter_distance(["abc", "def"], ["def", "abc"])["4-grams"] == 0.0
    assert letter_distance(["aaaa"], ["bbbb"])["4-grams"] == pytest.approx(1.0)
    assert 0.0 < letter_distance(texts(50, 0), texts(50, 1))["4-grams"] < 0.3


def test_texts_of_one_kind_cannot_be_told_apart_and_others_can():
    same = real_or_generated(texts(100, 0), texts(100, 1), 0)["logistic regression"]
    other = real_or_generated(texts(100, 0), texts(100, 1, [*WORDS[:4], "fish"]), 0)["logistic regression"]
    assert 0.3 < same < 0.7
    assert other > 0.85


def test_too_few_texts_or_none_with_a_word_say_nothing():
    assert real_or_generated(["a"] * 4, ["b"] * 4, 0) == {}
    assert real_or_generated([""] * 20, [""] * 20, 0) == {}
