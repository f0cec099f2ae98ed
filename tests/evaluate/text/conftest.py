"""Texts of a few letters, each a token."""

import numpy as np
import pytest

from studio.core.modality import TextSpec
from studio.data.text.tokenizer import TextTokenizer, learn_tokenizer

LENGTH = 40
SPEC = TextSpec(shape=(LENGTH,), tokenizer=learn_tokenizer((), 256), source_length=LENGTH)


@pytest.fixture(scope="session")
def make_texts():
    """Texts as stored, of words."""
    tokenizer = TextTokenizer(SPEC)

    def make(*texts):
        rows = np.full((len(texts), LENGTH), SPEC.end, np.int16)
        for row, tokens in zip(rows, tokenizer.tokens_of(texts), strict=True):
            row[: len(tokens)] = tokens
        return rows

    return make
