"""Cuts files of text into the texts of a data set, a piece of a file at a time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TextIO

from studio.core.errors import DataError
from studio.data.text.encoding import encoding_of
from studio.data.text.request import TextRequest, Unit
from studio.data.tree import printable

__all__ = ["MOST_CHARACTERS", "FilePassages", "Passages", "TextBlock", "refusal_of"]

# Characters of a text at most: more than the tokens of any model hold.
MOST_CHARACTERS = 20_000
_PIECE = 2**16
_BLOCK = 4096
_LOOKED_AT = 2**20
# Lines of prose that was broken to a width are seldom longer.
_BROKEN_AT = 90
Piece = tuple[int, str, int]
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\udc80-\udcff]")


@dataclass
class TextBlock:
    """Some texts of a source.

    Attributes:
        texts: The texts, in NFC.
        places: Number of each in its source, as ``Passages.names`` takes it.
        labels: Word of the class of each, empty for none.
        splits: Split of each as its file or folder says it.
        sources: What each text is made from; empty where texts have no source.
        done: How far the source was read, in units of ``Passages.total``.
    """

    texts: list[str] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    splits: list[int] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    done: int = 0

    def both(self, place: int) -> tuple[str, ...]:
        """A text, and before it its source where it has one."""
        return (self.sources[place], self.texts[place]) if self.sources else (self.texts[place],)

    def refusals(self) -> list[str]:
        """Why each text cannot be an item; empty where it can."""
        whole = [*self.sources, *self.texts]
        # All at once, for hardly a block has such a text.
        if max(map(len, whole), default=0) <= MOST_CHARACTERS and not _CONTROL.search("\n".join(whole)):
            return [""] * len(self.texts)
        places = range(len(self.texts))
        return [next((reason for text in self.both(place) if (reason := refusal_of(text))), "") for place in places]


class Passages(Protocol):
    """Reads the texts of a source from its beginning to its end, as often as it is asked to.

    Attributes:
        total: How much there is to read, in units of its own.
        refused: Files that could not be read in the last reading: (name, reason).
    """

    total: int
    refused: list[tuple[str, str]]

    def blocks(self) -> Iterator[TextBlock]:
        """Read the texts, some at a time."""

    def name_of(self, place: tuple[int, int]) -> str:
        """What a person calls a text by its place: ``line 3``, or ``book.txt line 3``."""

    def facts(self) -> list[tuple[str, str]]:
        """What was found, as titles with words."""

    def columns(self) -> list[str]:
        """Names of the columns of a table; none of other files."""


def refusal_of(text: str) -> str:
    """Why a text cannot be an item; empty where it can."""
    if len(text) > MOST_CHARACTERS:
        return f"longer than {MOST_CHARACTERS:,} characters; cut long texts by --unit window"
    if found := _CONTROL.search(text):
        code = ord(found[0])
        if code >= 0xDC80:
            return f"the byte {code - 0xDC00:#04x} is not of its encoding"
        return f"it holds the control character U+{code:04X}"
    return ""


class FilePassages:
    """The texts of files.

    Args:
        paths: The files.
        names: What they are called, with '/' between folders.
        homes: Class of each file, None for none, and its split.
        request: What is asked of them.

    Raises:
        DataError: If none of them is text.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        names: Sequence[str],
        homes: Sequence[tuple[str | None, int]],
        request: TextRequest,
    ) -> None:
        self._names, self._homes, self._request = names, homes, request
        self._found: list[tuple[int, Path, str]] = []
        self.refused: list[tuple[str, str]] = []
        for number, path in enumerate(paths):
            try:
                self._found.append((number, path, request.encoding or encoding_of(path)))
            except DataError as error:
                self.refused.append((names[number], str(error).rstrip(".")))
        if not self._found:
            reason = self.refused[0][1] if self.refused else "it holds no file"
            raise DataError(f"There is no text to import: {reason}.")
        self.total = sum(path.stat().st_size for _, path, _ in self._found)
        self.unit: Unit = request.unit or self._find_unit()

    def _find_unit(self) -> Unit:
        """By what the first file is parted: many small files are texts themselves."""
        if len(self._found) >= 20:
            return "file"
        _, path, encoding = self._found[0]
        with open(path, encoding=encoding, errors="surrogateescape") as file:
            lines = file.read(_LOOKED_AT).split("\n")
        filled = [line for line in lines if line.strip()]
        longest = max(map(len, filled), default=0)
        blank = len(lines) - len(filled) - 1
        if longest > MOST_CHARACTERS or len(filled) < 2:
            return "window"
        # A book is broken to a width, and its paragraphs are parted by blank lines.
        broken = sum(len(line) <= _BROKEN_AT for line in filled) > 0.9 * len(filled)
        return "paragraph" if blank > len(filled) / 20 and broken else "line"

    def name_of(self, place: tuple[int, int]) -> str:
        """The line that a text begins at, behind the name of its file where there are several."""
        file, line = place
        within = f"line {line}"
        return within if len(self._names) == 1 else f"{printable(self._names[file])} {within}"

    def facts(self) -> list[tuple[str, str]]:
        """Encoding and unit."""
        encodings = sorted({encoding.upper().replace("_", "-") for _, _, encoding in self._found})
        title = {"line": "lines", "paragraph": "paragraphs", "file": "whole files"}
        texts = title.get(self.unit, f"windows of up to {self._request.window} characters")
        return [("Texts", texts), ("Encoding", ", ".join(encodings))]

    def columns(self) -> list[str]:
        """None."""
        return []

    def blocks(self) -> Iterator[TextBlock]:
        """Read the texts, some at a time."""
        read = 0
        for number, path, encoding in self._found:
            block, size = TextBlock(), path.stat().st_size
            for line, text, seen in _cut(path, encoding, self.unit, self._request.window):
                block.texts.append(unicodedata.normalize("NFC", text))
                block.places.append((number, line))
                block.labels.append(self._homes[number][0] or "")
                block.splits.append(self._homes[number][1])
                if len(block.texts) >= _BLOCK:
                    block.done = read + min(size, seen)
                    yield block
                    block = TextBlock()
            read += size
            block.done = read
            yield block


def _cut(path: Path, encoding: str, unit: Unit, window: int) -> Iterator[Piece]:
    """The texts of a file: the line that each begins at, the text, and characters read so far."""
    with open(path, encoding=encoding, errors="surrogateescape") as file:
        pieces = _pieces(file)
        match unit:
            case "line":
                yield from _lines(pieces)
            case "paragraph":
                yield from _paragraphs(pieces, by_blank_lines=True)
            case "window":
                yield from _windows(pieces, window)
            case "file":
                yield from _paragraphs(pieces, by_blank_lines=False)


def _pieces(file: TextIO) -> Iterator[Piece]:
    """Lines with their numbers and their ends; a long one in several pieces."""
    number, read = 1, 0
    while text := file.readline(_PIECE):
        read += len(text)
        yield number, text, read
        number += text.endswith("\n")


def _lines(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Lines that are not blank; of one that is too long the first piece, which is too long too."""
    last = 0
    for number, text, read in pieces:
        if number != last and text.strip():
            yield number, text.rstrip("\n"), read
        last = number


def _paragraphs(pieces: Iterable[Piece], by_blank_lines: bool) -> Iterator[Piece]:
    """What lies between blank lines, or all of it as one; no more of a long one than says that it is too long."""
    first, parts, length, read = 1, list[str](), 0, 0
    for number, text, read in pieces:
        if text.strip() or (parts and not by_blank_lines):
            first = first if parts else number
            if length <= MOST_CHARACTERS:
                parts.append(text)
                length += len(text)
        elif parts:
            yield first, "".join(parts).rstrip(), read
            parts, length = [], 0
    if parts:
        yield first, "".join(parts).rstrip(), read


def _windows(pieces: Iterable[Piece], window: int) -> Iterator[Piece]:
    """Windows of whole words, and of parts of a word that is longer."""
    first, waiting, read = 1, "", 0
    for number, text, read in pieces:
        first = first if waiting else number
        waiting += text
        while len(waiting) > window:
            cut = max(waiting.rfind(" ", 1, window + 1), waiting.rfind("\n", 1, window + 1))
            cut = cut if cut > 0 else window
            if waiting[:cut].strip():
                yield first, waiting[:cut].strip(), read
            waiting, first = waiting[cut:], number
    if waiting.strip():
        yield first, waiting.strip(), read
