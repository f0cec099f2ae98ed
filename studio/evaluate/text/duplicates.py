"""Finds texts that repeat an earlier one but for case, spaces and punctuation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studio.core.modality import TextSpec
from studio.data.text.letters import letters_of
from studio.data.text.tokenizer import TextTokenizer
from studio.evaluate.features import Items, Progress

__all__ = ["LABEL", "first_alike"]

LABEL = "the same text but for case, spaces and punctuation"
_CHUNK = 8_192


def first_alike(spec: TextSpec, items: Items, on_progress: Progress = lambda *_: None) -> npt.NDArray[np.int64]:
    """Number of the first item that is the same text, for each; its own where none before it is.

    Args:
        spec: The tokenizer.
        items: Texts as stored, (N, L).
        on_progress: Called with texts done and in all.
    """
    tokenizer = TextTokenizer(spec)
    known: dict[bytes, int] = {}
    first = np.empty(len(items), np.int64)
    for start in range(0, len(items), _CHUNK):
        for number, text in enumerate(tokenizer.texts(items[start : start + _CHUNK]), start=start):
            # Texts of punctuation alone are the same where they are written alike.
            first[number] = known.setdefault(letters_of(text) or text.encode(), number)
        on_progress(min(len(items), start + _CHUNK), len(items))
    return first
