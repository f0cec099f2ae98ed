"""How samples become the files that people use, with everything that makes them again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError, ModelError, SettingsError, explain
from studio.core.modality import DataSpec, TableSpec, TextSpec
from studio.data.image.sample_file import ImageFiles, read_sample_settings
from studio.data.table.sample_file import TableFiles, TableFormat
from studio.data.text.sample_file import TextFiles, TextFormat
from studio.data.tree import printable
from studio.store.gallery import BatchDocument

__all__ = ["SampleFile", "SampleFormat", "check_samples", "read_saved_settings", "sample_file"]

SampleFormat = TableFormat | TextFormat
# A million sources, packed.
_MOST_SETTINGS = 64 * 2**20
Settings = Callable[[int], Mapping[str, Any]]
Progress = Callable[[int, int], None]


class SampleFile(Protocol):
    """The files of samples of one modality."""

    def names(self, name: str, batch: BatchDocument) -> list[str]:
        """Names of the files that a batch becomes, beginning with a name."""

    def name_of(self, name: str, batch: BatchDocument, position: int) -> str:
        """Name of the file that a sample becomes by itself; of samples that are shown together that of all."""

    def save_one(self, path: Path, batch: BatchDocument, items: npt.NDArray[Any], settings: Mapping[str, Any]) -> None:
        """Write the file of a sample (1, ...), or of all (N, ...) that are shown together, with what makes it again."""

    def save(
        self,
        folder: Path,
        name: str,
        batch: BatchDocument,
        samples: npt.NDArray[Any],
        settings: Settings,
        on_progress: Progress = lambda *_: None,
    ) -> Path:
        """Write a batch.

        Args:
            folder: Where to; it is there.
            name: Beginning of the files' names.
            batch: What made the samples.
            samples: The samples as stored, (N, ...).
            settings: Everything that makes a sample again, by its position in the batch.
            on_progress: Called with samples written and samples in all.

        Returns:
            The file to look at.
        """

    def overview(self, folder: Path, samples: npt.NDArray[Any]) -> Path:
        """Write a file to look at that shows samples; returns it."""


def sample_file(spec: DataSpec | None, format: SampleFormat | None = None) -> SampleFile:
    """The files that samples become; a model that does not say what its items are is taken to draw images.

    Args:
        spec: What the items have in common.
        format: The format of the file of rows or texts; None for CSV, or for a text a line.

    Raises:
        SettingsError: If a format is asked for that is none of theirs.
    """
    match spec:
        case TableSpec() if format in (None, "csv", "parquet"):
            return TableFiles(spec, "parquet" if format == "parquet" else "csv")
        case TextSpec() if format in (None, "txt", "jsonl"):
            return TextFiles(spec, "jsonl" if format == "jsonl" else "txt")
    if format is not None:
        what = "images" if spec is None else f"{spec.noun}s"
        raise SettingsError(f"The model draws {what}, which are not saved as {format}; leave the format away.")
    return ImageFiles()


def read_saved_settings(path: Path) -> dict[str, Any]:
    """Read the settings that a picture carries, or that lie in the file beside rows or texts.

    Raises:
        DataError: If it is damaged, or holds none.
    """
    if path.suffix.lower() != ".json":
        return read_sample_settings(path)
    shown = printable(str(path))
    try:
        with open(path, "rb") as file:
            data = file.read(_MOST_SETTINGS + 1)
        found = json.loads(data) if len(data) <= _MOST_SETTINGS else None
    except OSError as error:
        error.filename = None
        raise DataError(f"{shown} cannot be read: {explain(error)}.") from None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DataError(f"{shown} holds no settings of samples; choose the file that the studio saved beside them.")
    return found


def check_samples(spec: DataSpec | None, samples: npt.NDArray[Any], name: str) -> None:
    """Check that samples are what their model says that it draws.

    Args:
        spec: What its items have in common; None where it does not say so.
        samples: The samples.
        name: The model's file.

    Raises:
        ModelError: If they are not.
    """
    if spec is None:
        fits = samples.ndim == 4 and samples.dtype == np.uint8 and samples.shape[-1] in (1, 3)
    else:
        fits = samples.dtype == np.dtype(spec.dtype) and samples.shape[1:] == spec.shape
    if not fits:
        what = "images" if spec is None else f"{spec.noun}s of {spec.size}"
        raise ModelError(f"{name} gives {samples.dtype} {list(samples.shape[1:])}, not {what}.")
