"""What an import needs of whoever reads the items of one modality, and which reader that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError
from studio.core.event import ColumnFound
from studio.core.event_writer import Progress
from studio.core.modality import DataSpec, Modality
from studio.data.image.arrays import ArrayImport
from studio.data.image.files import FileImport
from studio.data.request import ImportRequest
from studio.data.source import Arrays, Files, Source, TableFile, TextFiles
from studio.data.table.column_request import ColumnRequest
from studio.data.text.request import TextRequest
from studio.data.writer import ItemWriter

__all__ = ["Plan", "Reader", "reader_of"]


class Plan(Protocol):
    """How every item will look; two plans are equal where the items would be."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one item as it is stored."""

    @property
    def dtype(self) -> str:
        """Type of its numbers."""

    @property
    def item_bytes(self) -> int:
        """Bytes of one item."""


P = TypeVar("P", bound=Plan)


class Reader(Protocol[P]):
    """Reads the items of one import, by a plan of its own kind P.

    Attributes:
        licence: Licence note, where the source has one.
        fit: How items were brought to size; empty where that means nothing.
        num_shown: How many items a dry look shows.
        is_text: Whether it is a table in text.
    """

    licence: str
    fit: str
    num_shown: int
    is_text: bool

    @property
    def count(self) -> int:
        """Number of items not refused so far."""

    def close(self) -> None:
        """End what it started."""

    def plan(self) -> P:
        """Decide how items look from what is readable so far; the first call looks at all of it."""

    def write(self, writer: ItemWriter, plan: P) -> None:
        """Read every item and write it."""

    def sample(self, plan: P, wanted: npt.NDArray[np.int64]) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
        """Read a few items, by their numbers among those not refused so far, ascending.

        Returns:
            Items (K, ...), and their numbers among those that are not refused now.
        """

    def labels(self) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
        """Label of each item, -1 for none, and the classes in the order of their labels."""

    def given_splits(self) -> npt.NDArray[np.uint8]:
        """Split of each item as the source says it."""

    def refused(self) -> Sequence[tuple[str, str]]:
        """What was refused: (name, reason)."""

    def spec(self, plan: P, classes: tuple[str, ...], splits: npt.NDArray[np.uint8]) -> DataSpec:
        """What the items have in common, once they were read; ``splits`` is the split of each."""

    def facts(self, plan: P) -> list[tuple[str, str]]:
        """What a person wants to know of what was found, as titles with words."""

    def columns(self) -> list[ColumnFound]:
        """What was found of each column of a table; nothing of other items."""

    def notes(self) -> list[str]:
        """What to know of what was imported, in sentences."""


def reader_of(source: Source, request: ImportRequest, progress: Progress) -> Reader[Any]:
    """The reader of what a person's paths are.

    Raises:
        DataError: If there is nothing to import, or another modality than the one that the request asks for.
    """
    modality = _modality_of(source, request)
    if request.modality not in (None, modality):
        raise DataError(f"{source.name} holds {modality} data, not {request.modality} data; leave the modality away.")
    if modality != "table" and request.table != ColumnRequest(text=request.table.text):
        raise DataError(
            f"{source.name} holds {modality} data, which have no columns; leave what is said of columns away."
        )
    if modality != "text" and request.text != TextRequest():
        raise DataError(f"{source.name} holds {modality} data; leave away what is said of texts.")
    if isinstance(source, TextFiles) or (isinstance(source, TableFile) and modality == "text"):
        from studio.data.text.open_texts import open_texts
        from studio.data.text.reader import TextImport

        passages = open_texts(source, request.text, request.table.text)
        texts = TextImport(passages, source.name, request.text, request.seed, progress)
        texts.is_text = isinstance(source, TableFile) and source.format == "csv"
        return texts
    if isinstance(source, Files):
        return FileImport(source, request, progress)
    if isinstance(source, Arrays) and modality == "image":
        return ArrayImport(source, request, progress)
    # Arrow takes a third of a second to import, which images need not wait for.
    from studio.data.table.reader import TableImport

    return TableImport(source, request, progress)


def _modality_of(source: Source, request: ImportRequest) -> Modality:
    """What a source holds; a table holds texts where a person says so."""
    match source:
        case TextFiles():
            return "text"
        case TableFile():
            return "text" if request.modality == "text" or request.text != TextRequest() else "table"
        case Files():
            return "image"
    return "table" if source.are_rows else "image"
