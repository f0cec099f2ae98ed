"""The letters of a text, by which texts are known that repeat another but for case, spaces and punctuation."""

from __future__ import annotations

import re

__all__ = ["letters_of"]

_NO_LETTERS = re.compile(r"[\W_]+")
_LETTERS_ALONE = bytes(code if chr(code).isalnum() and code < 128 else 32 for code in range(256))


def letters_of(text: str) -> bytes:
    """Letters and digits of a text in one case, a space between words; nothing of a text of punctuation alone."""
    folded = text.casefold()
    # Most texts are ASCII, of which a table of bytes makes the same in less than half of the time.
    if folded.isascii():
        return b" ".join(folded.encode().translate(_LETTERS_ALONE).split())
    return _NO_LETTERS.sub(" ", folded).strip().encode("utf-8", "surrogatepass")
