"""What is asked of texts is checked before an import begins."""

import pytest
from pydantic import ValidationError

from studio.data.text.request import TextRequest


def test_nothing_asked_finds_everything():
    asked = TextRequest()
    assert (asked.unit, asked.vocabulary, asked.encoding, asked.column) == (None, None, "", "")


@pytest.mark.parametrize(
    "asked", [{"vocabulary": 255}, {"longest": 1}, {"window": 3}, {"unit": "word"}, {"longest": 5000}]
)
def test_what_cannot_be_asked(asked):
    with pytest.raises(ValidationError):
        TextRequest(**asked)
