"""A batch of samples as it lies in the workspace: its document, and its pictures in one array."""

from __future__ import annotations

import math
import os
import secrets
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from studio.core.bounded import Duration, Moment, Name
from studio.core.errors import WorkspaceError
from studio.core.interpolation import Toward
from studio.core.modality import AnySpec
from studio.core.noise import MAX_SEED
from studio.store.atomic import new_folder, read_document, write_document
from studio.store.entry import read_entry
from studio.store.inside import check_file, check_folder
from studio.store.workspace import Workspace, new_id

__all__ = [
    "DOCUMENT",
    "SAMPLES",
    "BatchDocument",
    "create_batch",
    "draft_path",
    "list_batches",
    "mark_batch",
    "model_file",
    "read_batch",
]

DOCUMENT = "batch.json"
SAMPLES = "samples.npy"
_ANY = "any"
# One process at a time writes a workspace's marks; its threads take turns.
_marking = threading.Lock()


class BatchDocument(BaseModel):
    """The document ``batch.json``: everything that makes its samples again, and how they are marked.

    Attributes:
        id: Name of its folder.
        model: Id of the model.
        title: Title of the model.
        family: Id of the model's family.
        file: The model's file: relative to the workspace where it lies inside, else absolute.
        spec: What the samples have in common; None where the model did not say so.
        classes: Names of the model's classes.
        seed: Seed of the request.
        start: Number of the first sample.
        count: Number of samples that are here.
        labels: Class of each sample, or one for all; empty for a model without classes.
        scalars: Value of every number the model takes.
        given: What was known of every sample, as in the request.
        toward: Where each lies between two samples, as in the request.
        provider: ONNX Runtime's execution provider that computed them.
        seconds: How long that took.
        created: Seconds since 1970.
        starred: Positions of the samples that have a star.
        hidden: Positions of the samples that were thrown away.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, protected_namespaces=())

    id: Name
    model: Name = ""
    title: Name = ""
    family: Name = ""
    file: Name = ""
    spec: AnySpec | None = None
    classes: tuple[Name, ...] = ()
    seed: int = Field(ge=0, le=MAX_SEED)
    start: int = Field(0, ge=0, le=MAX_SEED)
    count: int = Field(ge=1, le=MAX_SEED)
    labels: tuple[int, ...] = ()
    scalars: Mapping[str, FiniteFloat] = Field(default_factory=dict)
    given: tuple[int, ...] = ()
    toward: Toward | None = None
    provider: Name = ""
    seconds: Duration = 0.0
    created: Moment = 0.0
    starred: tuple[int, ...] = ()
    hidden: tuple[int, ...] = ()

    def number(self, position: int) -> int:
        """Number of a sample; of one that lies between two, that of the near end."""
        return self.start if self.toward is not None else self.start + position

    def position(self, number: int, toward: Toward | None) -> int | None:
        """Position of the sample of a number or, on the same way, of a share; None where it is not here."""
        if toward is None or self.toward is None:
            found = number - self.start
            return found if toward == self.toward and 0 <= found < self.count else None
        same = self.toward.only(slice(0)) == toward.only(slice(0)) and number == self.start
        wanted = toward.shares[0] if len(toward.shares) == 1 else math.nan
        return self.toward.shares.index(wanted) if same and wanted in self.toward.shares else None

    def stem(self, position: int) -> str:
        """Seed and number of a sample, and its share of a way, for the name of its picture."""
        share = f"-{self.toward.shares[position]:.3f}" if self.toward is not None else ""
        return f"{self.seed}-{self.number(position):06d}{share}"

    def label(self, position: int) -> int | None:
        """Class of a sample; None for a model without classes."""
        if not self.labels:
            return None
        return self.labels[position] if len(self.labels) == self.count else self.labels[0]

    def class_name(self, position: int) -> str:
        """Name of a sample's class, ``any`` where none was asked for; empty for a model without classes."""
        label = self.label(position)
        if label is None:
            return ""
        if 0 <= label < len(self.classes):
            return self.classes[label]
        return _ANY if label < 0 else str(label)


def draft_path(workspace: Workspace) -> Path:
    """A place for an array that becomes a batch; one that is left behind is cleared like all unfinished work."""
    return workspace.folder("gallery") / f".samples.{secrets.token_hex(4)}.tmp"


def create_batch(workspace: Workspace, document: BatchDocument, samples: Path) -> Path:
    """Put samples into the gallery, whole or not at all; the id of the document is made here.

    Args:
        workspace: The workspace.
        document: What they are; its count is the number of rows to keep.
        samples: The array (N, H, W, C), a file that is taken over, as ``draft_path`` names one.

    Raises:
        OSError: If it cannot be written; nothing is left behind in the gallery then, and ``samples`` is where it was.
        WorkspaceError: If the array has fewer rows than the document says.
    """
    id = new_id(document.title or document.family or "samples")
    folder = workspace.folder("gallery") / id
    try:
        rows = np.load(samples, mmap_mode="r", allow_pickle=False)
    except ValueError:
        raise WorkspaceError(f"{samples} is damaged: it holds no array of samples; sample again.") from None
    if len(rows) < document.count:
        raise WorkspaceError(f"{samples} has {len(rows)} samples, not {document.count}; sample again.")
    whole = len(rows) == document.count
    with new_folder(folder, {SAMPLES: samples} if whole else None) as unfinished:
        write_document(unfinished / DOCUMENT, document.model_copy(update={"id": id}).model_dump(mode="json"))
        if not whole:
            np.save(unfinished / SAMPLES, rows[: document.count])
        del rows
        if whole:
            # Last, so that nothing but the disk itself can fail once the only copy has moved.
            os.replace(samples, unfinished / SAMPLES)
    with suppress(OSError):
        samples.unlink()
    return folder


def read_batch(folder: Path) -> BatchDocument:
    """Read a batch's document.

    Raises:
        ForeignEntryError: If one of its files is a link.
        WorkspaceError: If it is damaged or newer.
    """
    check_folder(folder)
    check_file(folder / SAMPLES)
    raw: dict[str, Any] = read_document(folder / DOCUMENT)
    try:
        document = BatchDocument.model_validate(raw)
    except ValidationError:
        raise WorkspaceError(f"{folder / DOCUMENT} is damaged; its samples cannot be shown.") from None
    ways = len(document.toward.shares) if document.toward is not None else document.count
    sound = len(document.labels) in (0, 1, document.count) and ways == document.count
    largest = max(document.number(document.count - 1), *map(abs, document.labels), 0)
    if not sound or largest > MAX_SEED:
        raise WorkspaceError(f"{folder / DOCUMENT} is damaged; its samples cannot be shown.")
    return document.model_copy(update={"id": folder.name})


def list_batches(workspace: Workspace) -> list[tuple[Path, BatchDocument | WorkspaceError]]:
    """Every batch of the gallery, oldest first, damaged ones before them; a folder that is no batch is left out."""

    def read(folder: Path) -> BatchDocument | None:
        return read_batch(folder) if (folder / DOCUMENT).exists() else None

    found = [(folder, read_entry(folder, read)) for folder in workspace.entries("gallery")]
    rows = [(folder, document) for folder, document in found if document is not None]
    return sorted(rows, key=lambda row: 0.0 if isinstance(row[1], WorkspaceError) else row[1].created)


def mark_batch(folder: Path, starred: Iterable[int], hidden: Iterable[int]) -> BatchDocument:
    """Write which samples of a batch have a star and which were thrown away; returns the new document.

    Raises:
        WorkspaceError: If the batch is gone or damaged.
        OSError: If it cannot be written; it stays as it was then.
    """
    with _marking:
        document = read_batch(folder)
        marks = {
            "starred": tuple(sorted({place for place in starred if 0 <= place < document.count})),
            "hidden": tuple(sorted({place for place in hidden if 0 <= place < document.count})),
        }
        document = document.model_copy(update=marks)
        write_document(folder / DOCUMENT, document.model_dump(mode="json"))
    return document


def model_file(workspace: Workspace, document: BatchDocument) -> Path:
    """Where the file of a batch's model lies."""
    return workspace.path / document.file
