"""Texts that repeat an earlier one."""

from studio.evaluate.text.duplicates import first_alike
from tests.evaluate.text.conftest import SPEC


def test_case_spaces_and_punctuation_do_not_count(make_texts):
    items = make_texts("Hello, world", "other", "hello world!", "", "...", "!!!", "...")
    assert first_alike(SPEC, items).tolist() == [0, 1, 0, 3, 4, 5, 4]
