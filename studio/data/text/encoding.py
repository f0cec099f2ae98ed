"""Finds out by which bytes a file of text is written."""

from __future__ import annotations

import codecs
from pathlib import Path

from charset_normalizer import from_bytes

from studio.core.errors import DataError, explain
from studio.data.tree import printable

__all__ = ["encoding_of"]

_LOOKED_AT = 2**20
_GUESSED_FROM = 2**17
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(path: Path) -> str:
    """The encoding of a file as Python names it: by its mark, UTF-8 where that fits, else the likeliest.

    Raises:
        DataError: If it cannot be read, or is no text.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(_LOOKED_AT)
    except OSError as error:
        error.filename = None
        raise DataError(f"{printable(path.name)} cannot be read: {explain(error)}.") from None
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        raise DataError(f"{printable(path.name)} is no text: it holds bytes that no text has.")
    try:
        # The last character may be cut.
        codecs.getincrementaldecoder("utf-8")().decode(head)
        return "utf-8"
    except UnicodeDecodeError:
        best = from_bytes(head[:_GUESSED_FROM]).best()
    if best is None:
        raise DataError(
            f"{printable(path.name)} is text in no encoding that can be found; say it by --encoding, such as cp1252."
        )
    return best.encoding
