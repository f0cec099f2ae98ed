"""Two files of text whose lines belong together: the sources in one, what is made from them in the other."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from studio.core.errors import DataError
from studio.data.split import TRAIN
from studio.data.text.encoding import encoding_of
from studio.data.text.passages import MOST_CHARACTERS, TextBlock
from studio.data.tree import printable

__all__ = ["PairedFiles"]

_BLOCK = 4096


class PairedFiles:
    """The lines of two files; a pair of which one is blank is passed over.

    Args:
        source: The file of the sources.
        target: The file of the texts.
        encoding: Encoding of both; empty to find that of each.

    Raises:
        DataError: If one is no text, or they have not as many lines.
    """

    def __init__(self, source: Path, target: Path, encoding: str) -> None:
        self._paths = source, target
        self._encodings = tuple(encoding or encoding_of(path) for path in self._paths)
        self.refused: list[tuple[str, str]] = []
        self.total = target.stat().st_size
        first, second = (self._count(number) for number in range(2))
        if first != second:
            names = " and ".join(
                f"{printable(path.name)} has {count:,}"
                for path, count in zip(self._paths, (first, second), strict=True)
            )
            raise DataError(f"Lines of the two files belong together, and {names} lines; mend the files.")

    def _open(self, number: int) -> TextIO:
        return open(self._paths[number], encoding=self._encodings[number], errors="surrogateescape")

    def _count(self, number: int) -> int:
        with self._open(number) as file:
            return sum(1 for _ in file)

    def name_of(self, place: tuple[int, int]) -> str:
        """The line of a pair."""
        return f"line {place[1]}"

    def facts(self) -> list[tuple[str, str]]:
        """The files and their encodings."""
        named = zip(("Sources", "Texts"), self._paths, self._encodings, strict=True)
        return [(title, f"lines of {printable(path.name)}, {encoding.upper()}") for title, path, encoding in named]

    def columns(self) -> list[str]:
        """None."""
        return []

    def blocks(self) -> Iterator[TextBlock]:
        """Read the pairs, some at a time."""
        block, read = TextBlock(), 0
        with self._open(0) as sources, self._open(1) as targets:
            for number, (source, target) in enumerate(zip(sources, targets, strict=True), start=1):
                read += len(target)
                if source.strip() and target.strip():
                    for line, lines in ((source, block.sources), (target, block.texts)):
                        lines.append(unicodedata.normalize("NFC", line.rstrip("\n")[: MOST_CHARACTERS + 1]))
                    block.places.append((0, number))
                    block.labels.append("")
                    block.splits.append(TRAIN)
                if len(block.texts) >= _BLOCK:
                    block.done = min(read, self.total)
                    yield block
                    block = TextBlock()
        block.done = self.total
        yield block
