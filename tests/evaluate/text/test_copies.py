"""The longest passage that a text shares with a training text, and where it comes from."""

import numpy as np

from studio.evaluate.text.copies import Copy, longest_copies
from tests.evaluate.text.conftest import SPEC


def test_the_longest_passage_and_its_place(make_texts):
    training = make_texts("the cat sat", "a dog ran far away", "")
    found = longest_copies(SPEC, make_texts("my dog ran home", "zzz", "the cat sat", "q"), training)
    assert found == [Copy(9, 2, 1), Copy(0, 0, -1), Copy(11, 0, 0), Copy(0, 0, -1)]


def test_a_passage_does_not_go_on_into_the_next_text(make_texts):
    training = make_texts("abc", "def")
    (copy,) = longest_copies(SPEC, make_texts("abcdef"), training)
    assert copy.length == 3


def test_against_looking_at_every_pair(make_texts):
    generator = np.random.default_rng(0)
    words = ["".join(generator.choice(list("ab"), generator.integers(0, 12))) for _ in range(30)]
    samples, training = words[:10], words[10:]

    def longest(text):
        runs = [text[i:j] for i in range(len(text)) for j in range(i + 1, len(text) + 1)]
        return max((len(run) for run in runs if any(run in other for other in training)), default=0)

    found = longest_copies(SPEC, make_texts(*samples), make_texts(*training))
    assert [copy.length for copy in found] == [longest(text) for text in samples]
    for copy, text in zip(found, samples, strict=True):
        if copy.text >= 0:
            assert text[copy.begin : copy.begin + copy.length] in training[copy.text]


def test_nothing_to_look_through(make_texts):
    assert longest_copies(SPEC, make_texts("", "a"), make_texts("")) == [Copy(0, 0, -1)] * 2
