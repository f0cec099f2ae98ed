"""What is known of samples that are to be completed, as a command says it: a picture, or cells of a row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import SettingsError
from studio.core.known_values import KnownValues
from studio.core.manifest import Manifest
from studio.core.modality import TableSpec
from studio.data.image.known import read_known
from studio.data.table.known import read_known_cells

__all__ = ["Known"]


@dataclass(frozen=True)
class Known:
    """What is known of every sample.

    Attributes:
        picture: A picture to complete; None for none.
        keep: The part of it that is kept.
        cells: Cells of a row, COLUMN=VALUE each.
    """

    picture: Path | None = None
    keep: str = "all"
    cells: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return self.picture is not None or bool(self.cells)

    def check(self) -> None:
        """Check it before a model is opened.

        Raises:
            SettingsError: If it contradicts itself.
        """
        if self.keep != "all" and self.picture is None:
            raise SettingsError(f"--keep {self.keep} says what is kept of a picture; name it by --given PICTURE.")
        if self.picture is not None and self.cells:
            raise SettingsError("--given completes a picture and --known a row; give one of them.")

    def read(self, manifest: Manifest, file: Path) -> KnownValues | None:
        """The values that are known of an item of a model; None for none.

        Raises:
            StudioError: If they are not those of its items.
        """
        if self.cells:
            if not isinstance(manifest.spec, TableSpec):
                raise SettingsError(f"{file} draws no rows of a table; --known is for columns.")
            return read_known_cells(self.cells, manifest.spec)
        if self.picture is None:
            return None
        if manifest.modality != "image":
            raise SettingsError(f"{file} draws {manifest.modality}s; a picture can be given to a model of images only.")
        known = read_known(self.picture, manifest.shape, self.keep)
        if known.num_known == known.values.size:
            raise SettingsError(f"{self.picture} is opaque and all of it is kept; say --keep top, for one.")
        return known
