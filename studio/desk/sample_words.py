"""The words of sample texts, by which they are searched: read in a thread, and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.core.modality import DataSpec, TextSpec
from studio.desk.tile import texts_of
from studio.store.rows import Rows

__all__ = ["SampleWords", "WordsFile"]

_CHUNK = 1_000


@dataclass(frozen=True)
class WordsFile:
    """A file of samples that are texts, all of which are there.

    Attributes:
        path: The file.
        spec: What they have in common.
    """

    path: Path
    spec: TextSpec

    def read(self) -> list[str]:
        """Every text in small letters.

        Raises:
            WorkspaceError: If it is damaged.
            OSError: If it cannot be opened.
        """
        rows, texts = Rows(self.path, self.spec), list[str]()
        try:
            while len(texts) < rows.count:
                some = rows.read_range(len(texts), min(_CHUNK, rows.count - len(texts)))
                if some is None:
                    break
                texts += [text.casefold() for text in texts_of(self.spec, some)]
        finally:
            rows.close()
        return texts


class SampleWords:
    """What is known of the texts of samples."""

    def __init__(self) -> None:
        self._texts: dict[Path, list[str]] = {}
        self._asked: set[Path] = set()

    def unread(self, path: Path, spec: DataSpec | None) -> WordsFile | None:
        """The file, where it holds texts that nobody has read or is reading; None where it does not."""
        if not isinstance(spec, TextSpec) or path in self._asked:
            return None
        self._asked.add(path)
        return WordsFile(path, spec)

    def keep(self, file: WordsFile, texts: list[str]) -> None:
        """Know the texts of a file from now on."""
        self._texts[file.path] = texts

    def hold(self, path: Path, position: int, name: str, words: Sequence[str]) -> bool:
        """Whether all words stand in the text of a sample or in its name; the text of none that was not read."""
        texts = self._texts.get(path, ())
        text = texts[position] if position < len(texts) else ""
        return all(word in text or word in name for word in words)
