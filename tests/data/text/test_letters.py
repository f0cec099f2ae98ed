"""Texts that repeat another but for case, spaces and punctuation, in any script."""

import pytest

from studio.data.text.letters import letters_of


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("So, it is.", "so it IS", True),
        ("so it", "soit", False),
        ("a_b-c", "a b c", True),
        ("\u00c9t\u00e9 \u2014 chaud", "\u00e9t\u00e9 chaud!", True),
        # In letters of another script no less than in those of ASCII, and between the two.
        ("Stra\u00dfe", "strasse", True),
        ("\u212a 1", "k1", False),
        ("\u212a 1", "K 1", True),
        ("\u4f60\u597d", "\u4f60\u597d\u3002", True),
    ],
)
def test_texts_repeat_but_for_case_spaces_and_punctuation(one, other, same):
    assert (letters_of(one) == letters_of(other)) is same
