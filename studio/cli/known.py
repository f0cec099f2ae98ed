"""What is known of samples that are to be completed, as a command says it: a picture, a text, or cells of a row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import SettingsError
from studio.core.known_values import KnownValues
from studio.core.manifest import Manifest
from studio.core.modality import TableSpec, TextSpec
from studio.data.image.known import read_known
from studio.data.table.known import read_known_cells
from studio.data.text.encoding import encoding_of
from studio.data.text.known import read_known_text
from studio.data.text.passages import MOST_CHARACTERS

__all__ = ["Known"]

_LONGEST_PATH = 250


@dataclass(frozen=True)
class Known:
    """What is known of every sample.

    Attributes:
        given: A picture to complete, or a text, or a file that holds it; empty for none.
        keep: The part of a picture that is kept.
        cells: Cells of a row, COLUMN=VALUE each.
    """

    given: str = ""
    keep: str = "all"
    cells: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return bool(self.given) or bool(self.cells)

    def check(self) -> None:
        """Check it before a model is opened.

        Raises:
            SettingsError: If it contradicts itself.
        """
        if self.keep != "all" and not self.given:
            raise SettingsError(f"--keep {self.keep} says what is kept of a picture; name it by --given PICTURE.")
        if self.given and self.cells:
            raise SettingsError("--given completes a picture or a text, and --known a row; give one of them.")

    def read(self, manifest: Manifest, file: Path) -> KnownValues | None:
        """The values that are known of an item of a model; None for none.

        Raises:
            StudioError: If they are not those of its items.
        """
        if self.cells:
            if not isinstance(manifest.spec, TableSpec):
                raise SettingsError(f"{file} draws no rows of a table; --known is for columns.")
            return read_known_cells(self.cells, manifest.spec)
        if not self.given:
            return None
        if isinstance(manifest.spec, TextSpec):
            return read_known_text(_text_of(self.given), manifest.spec)
        if manifest.modality != "image":
            raise SettingsError(f"{file} draws {manifest.modality}s; --given is for models of images and texts.")
        known = read_known(Path(self.given), manifest.shape, self.keep)
        if known.num_known == known.values.size:
            raise SettingsError(f"{self.given} is opaque and all of it is kept; say --keep top, for one.")
        return known


def _text_of(given: str) -> str:
    """A text, or that of the file that it names.

    Raises:
        StudioError: If the file cannot be read.
    """
    path = Path(given)
    # What is too long for a name, or is none, is a text.
    if len(given) > _LONGEST_PATH or "\n" in given or not path.is_file():
        return given
    with open(path, encoding=encoding_of(path), errors="surrogateescape") as file:
        return file.read(MOST_CHARACTERS + 1).rstrip("\n")
