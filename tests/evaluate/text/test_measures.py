"""Each kind of measure beside its floor, and the sentence on what was copied."""

import numpy as np
import pytest

from studio.evaluate.text.measures import copied, copy_note, text_measures
from tests.evaluate.text.conftest import SPEC

WORDS = ["sun", "sea", "gull", "cliff", "wave"]


@pytest.fixture
def some(make_texts):
    def make(seed, words=WORDS):
        generator = np.random.default_rng(seed)
        return make_texts(*(" ".join(generator.choice(words, 5)) for _ in range(120)))

    return make


@pytest.mark.parametrize("number", range(4))
def test_real_texts_are_at_the_floor_and_others_are_not(some, number):
    training = some(9)
    metric = text_measures(SPEC, training)[number]
    real = metric.report(some(1), some(2), some(3), 0)
    wrong = metric.report(some(4, ["sun", "moon"]) if number < 3 else training, some(2), some(3), 0)
    assert real.measures
    near = max(abs(one.value - one.floor) / max(one.floor, 0.1) for one in real.measures)
    far = max(abs(one.value - one.floor) / max(one.floor, 0.1) for one in wrong.measures)
    assert far > 2 * near


def test_copies_are_whole_where_the_texts_are_those_of_training(some):
    training = some(9)
    own = copied(SPEC, training, training, training, 0)
    assert own["longest passage"] == SPEC.lengths(training).mean()
    assert copied(SPEC, training, some(1), training, 0)["longest passage"] < own["longest passage"]


def test_the_floor_of_copies_is_that_of_held_out_texts(some):
    training, held_out = some(9), some(2)
    report = text_measures(SPEC, training)[3].report(some(1), held_out, training, 0)
    measure = report.measures[0]
    assert measure.floor == copied(SPEC, training, held_out, held_out, 0)["longest passage"]
    assert measure.floor < SPEC.lengths(training).mean()


def test_the_longest_copy_is_shown_with_both_texts(make_texts):
    note = copy_note(SPEC, make_texts("a quiet sea at night"), make_texts("zz", "one quiet sea, you"))
    assert "has 10 tokens: ' quiet sea', of sample 1: 'one quiet sea, you'" in note.replace("'quiet", "' quiet")
    assert "in the training text: 'a quiet sea at night'" in note
    assert copy_note(SPEC, make_texts("abc"), make_texts("xyz")) == ""
