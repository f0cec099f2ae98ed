"""Reads what is known of a text: how it begins, or a text with gaps."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError, SettingsError
from studio.core.known_values import KnownValues
from studio.core.modality import TextSpec
from studio.data.text.encoding import encoding_of
from studio.data.text.passages import MOST_CHARACTERS, refusal_of
from studio.data.text.sample_file import escaped
from studio.data.text.tokenizer import TextTokenizer

__all__ = ["GAP_HELP", "known_text", "read_known_text", "read_source_lines", "read_source_texts", "read_text_items"]

# As many as a request may have samples.
MOST_SOURCES = 1_000_000
_GAP = re.compile(r"_{3,}")
GAP_HELP = "three or more underscores are a gap of as many tokens"


def read_known_text(text: str, spec: TextSpec) -> KnownValues:
    """What is known of a text, token by token.

    A text without gaps is how the samples begin. In one with gaps, three or more underscores each, every other token is
    known, and where it ends.

    Args:
        text: The text.
        spec: The tokenizer and the length.

    Returns:
        The tokens, int64 (L,), -1 where one is free.

    Raises:
        SettingsError: If there is nothing, or more than the model can hold.
    """
    if reason := refusal_of(text):
        raise SettingsError(f"The text that is given cannot be used: {reason}.")
    tokenizer = TextTokenizer(spec)
    known: list[int] = []
    pieces, last = [], 0
    for gap in _GAP.finditer(text):
        pieces.append((text[last : gap.start()], len(gap[0])))
        last = gap.end()
    pieces.append((text[last:], 0))
    for words, free in pieces:
        known += tokenizer.tokens(unicodedata.normalize("NFC", words)) + [-1] * free
    if not known:
        raise SettingsError("The text that is given is empty; say how the samples begin, or leave it away.")
    length = spec.shape[0]
    if len(known) >= length:
        raise SettingsError(
            f"The text that is given has {len(known):,} tokens; a text of this model has {length - 1:,} at most. "
            "Give a shorter one."
        )
    row = np.full(length, spec.end if len(pieces) > 1 else -1, np.int64)
    row[: len(known)] = known
    return KnownValues(row)


def known_text(known: KnownValues, spec: TextSpec) -> str:
    """What is known of a text as one line: a gap of n tokens as n underscores, three at least; free ends are left out.

    Args:
        known: Tokens (L,), -1 where one is free.
        spec: The tokenizer.
    """
    tokenizer, parts = TextTokenizer(spec), list[str]()
    tokens = known.values.tolist()
    tokens = tokens[: tokens.index(spec.end)] if spec.end in tokens else tokens
    while tokens and tokens[-1] < 0 and spec.end not in known.values:
        tokens.pop()
    for free, run in itertools.groupby(tokens, key=lambda token: token < 0):
        some = list(run)
        parts.append("_" * max(3, len(some)) if free else tokenizer.text(some))
    return escaped("".join(parts))


def read_source_lines(path: Path) -> list[str]:
    """The lines of a file, each of which becomes a sample.

    Raises:
        DataError: If it cannot be read, holds nothing, or a line is blank.
    """
    lines: list[str] = []
    with open(path, encoding=encoding_of(path), errors="surrogateescape") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                raise DataError(f"Line {number} of {path} is blank; each line is translated, so take it out.")
            lines.append(line.rstrip("\n")[: MOST_CHARACTERS + 1])
            if number > MOST_SOURCES:
                raise DataError(f"{path} has more than {MOST_SOURCES:,} lines; translate it in parts.")
    if not lines:
        raise DataError(f"{path} is empty; write what is translated, one text a line.")
    return lines


def read_source_texts(texts: Sequence[str], spec: TextSpec, lines: bool) -> KnownValues:
    """The tokens of what samples are made from, each up to its end.

    Args:
        texts: The texts, one at least.
        spec: The tokenizer and the length of a source.
        lines: Whether they are the lines of a file, whose numbers are told where one cannot be used.

    Returns:
        Tokens, int64 (N, S), or (S,) of a single text that is not a line.

    Raises:
        SettingsError: If one is empty, or longer than the model can hold.
    """
    (length,) = spec.source_shape
    names = [f"Line {number} of the source" if lines else "The source" for number in range(1, len(texts) + 1)]
    rows = _rows(texts, names, spec, length)
    return KnownValues(rows if lines else rows[0])


def read_text_items(texts: Sequence[str], names: Sequence[str], spec: TextSpec) -> npt.NDArray[np.int16]:
    """Texts as items are stored, int16 (N, L).

    Args:
        texts: The texts.
        names: What each is called where it cannot be used.
        spec: The tokenizer and the length of an item.

    Raises:
        SettingsError: If one is empty, or longer than the model can hold.
    """
    return _rows(texts, names, spec, spec.shape[0]).astype(np.int16)


def _rows(texts: Sequence[str], names: Sequence[str], spec: TextSpec, length: int) -> npt.NDArray[np.int64]:
    """The tokens of each text up to its end, (N, length)."""
    rows = np.full((len(texts), length), spec.end, np.int64)
    normal = [unicodedata.normalize("NFC", text) for text in texts]
    for row, name, text, tokens in zip(rows, names, normal, TextTokenizer(spec).tokens_of(normal), strict=True):
        if reason := refusal_of(text):
            raise SettingsError(f"{name} cannot be used: {reason}.")
        if not tokens:
            raise SettingsError(f"{name} is empty; write some words.")
        if len(tokens) >= length:
            raise SettingsError(f"{name} has {len(tokens):,} tokens; this model takes {length - 1:,} at most. Cut it.")
        row[: len(tokens)] = tokens
    return rows
