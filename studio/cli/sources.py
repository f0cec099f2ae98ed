"""What samples are made from, as a command says it: a text, or a file with one a line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import DataError, SettingsError
from studio.core.known_values import KnownValues
from studio.core.manifest import Manifest
from studio.core.modality import TextSpec
from studio.data.text.encoding import encoding_of
from studio.data.text.known import read_source_texts
from studio.data.text.passages import MOST_CHARACTERS

__all__ = ["Sources", "read_sources"]

_LONGEST_PATH = 250
_MOST = 1_000_000


@dataclass(frozen=True)
class Sources:
    """The texts that samples are made from.

    Attributes:
        texts: One for all samples, or one for each; empty for none.
        lines: Whether they are the lines of a file, each of which becomes a sample.
    """

    texts: tuple[str, ...] = ()
    lines: bool = False

    def read(self, manifest: Manifest, file: Path) -> KnownValues | None:
        """The sources as a model takes them, (S,) or (N, S); None for none.

        Raises:
            SettingsError: If the model takes none, or a text is longer than it can hold.
        """
        if not self.texts:
            return None
        if not isinstance(manifest.spec, TextSpec) or not manifest.spec.source_shape:
            raise SettingsError(f"{file} translates nothing; leave --source away.")
        return read_source_texts(self.texts, manifest.spec, self.lines)


def read_sources(words: str | None) -> Sources:
    """The text that a command names, or the lines of the file.

    Raises:
        StudioError: If the file cannot be read, or a line is blank.
    """
    if words is None:
        return Sources()
    path = Path(words)
    # What is too long for a name, or is none, is a text.
    if len(words) > _LONGEST_PATH or "\n" in words or not path.is_file():
        return Sources((words,))
    with open(path, encoding=encoding_of(path), errors="surrogateescape") as file:
        lines = []
        for number, line in enumerate(file, start=1):
            if not line.strip():
                raise DataError(f"Line {number} of {path} is blank; each line is translated, so take it out.")
            lines.append(line.rstrip("\n")[: MOST_CHARACTERS + 1])
            if number > _MOST:
                raise DataError(f"{path} has more than {_MOST:,} lines; translate it in parts.")
    if not lines:
        raise DataError(f"{path} is empty; write what is translated, one text a line.")
    return Sources(tuple(lines), lines=True)
