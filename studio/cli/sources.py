"""What samples are made from, as a command says it: a text, or a file with one a line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import SettingsError
from studio.core.known_values import KnownValues
from studio.core.manifest import Manifest
from studio.core.modality import TextSpec
from studio.data.text.known import read_source_lines, read_source_texts

__all__ = ["Sources", "read_sources"]

_LONGEST_PATH = 250


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
    return Sources(tuple(read_source_lines(path)), lines=True)
