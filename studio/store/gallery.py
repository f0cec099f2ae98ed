"""A batch of samples as it lies in the workspace: its document, and its pictures in one array."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from studio.core.bounded import Duration, Moment, Name
from studio.core.errors import WorkspaceError
from studio.core.modality import AnySpec
from studio.core.noise import MAX_SEED
from studio.core.request import SampleRequest
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
# 1: the request's fields stood among the batch's. 2: it is one, and what is known is an array.
_FORMAT = 2
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
        request: The request that makes the samples that are here, every value filled in.
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
    request: SampleRequest
    provider: Name = ""
    seconds: Duration = 0.0
    created: Moment = 0.0
    starred: tuple[int, ...] = ()
    hidden: tuple[int, ...] = ()

    def position(self, alone: SampleRequest) -> int | None:
        """Position of the sample that a request for one makes; None where it is not here."""
        wanted, path = alone.interpolation, self.request.interpolation
        if wanted is None or path is None:
            found = alone.start - self.request.start
        else:
            (share,) = wanted.shares if len(wanted.shares) == 1 else (-1.0,)
            found = path.shares.index(share) if share in path.shares else -1
        there = 0 <= found < self.request.count and self.request.only(found) == alone
        return found if there else None

    def stem(self, position: int) -> str:
        """Seed and number of a sample, and its share of a way, for the name of its picture."""
        path = self.request.interpolation
        share = f"-{path.shares[position]:.3f}" if path is not None else ""
        return f"{self.request.seed}-{self.request.number(position):06d}{share}"

    def class_name(self, position: int) -> str:
        """Name of a sample's class, ``any`` where none was asked for; empty for a model without classes."""
        label = self.request.label(position)
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
        document: What they are; the count of its request is the number of rows to keep.
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
    count = document.request.count
    if len(rows) < count:
        raise WorkspaceError(f"{samples} has {len(rows)} samples, not {count}; sample again.")
    whole = len(rows) == count
    with new_folder(folder, {SAMPLES: samples} if whole else None) as unfinished:
        _write(unfinished, document.model_copy(update={"id": id}))
        if not whole:
            np.save(unfinished / SAMPLES, rows[:count])
        del rows
        if whole:
            # Last, so that nothing but the disk itself can fail once the only copy has moved.
            os.replace(samples, unfinished / SAMPLES)
    with suppress(OSError):
        samples.unlink()
    return folder


def _write(folder: Path, document: BatchDocument) -> None:
    write_document(folder / DOCUMENT, document.model_dump(mode="json"), _FORMAT)


def _nest_request(document: dict[str, Any]) -> dict[str, Any]:
    """Format 1, where the fields of the request stood among those of the batch, as format 2."""
    names = ("seed", "start", "count", "labels", "scalars", "given")
    request = {name: document[name] for name in names if name in document}
    return {**document, "request": {**request, "interpolation": document.get("toward")}}


def read_batch(folder: Path, rewrite: bool = False) -> BatchDocument:
    """Read a batch's document.

    Args:
        folder: The batch's folder.
        rewrite: Put a document of an earlier format into today's, after a backup.

    Raises:
        ForeignEntryError: If one of its files is a link.
        WorkspaceError: If it is damaged or newer.
    """
    check_folder(folder)
    check_file(folder / SAMPLES)
    raw = read_document(folder / DOCUMENT, _FORMAT, {1: _nest_request}, rewrite)
    try:
        document = BatchDocument.model_validate(raw)
    except ValidationError:
        raise WorkspaceError(f"{folder / DOCUMENT} is damaged; its samples cannot be shown.") from None
    request = document.request
    ways = len(request.interpolation.shares) if request.interpolation is not None else request.count
    sound = len(request.labels) in (0, 1, request.count) and ways == request.count
    largest = max(request.number(request.count - 1), *map(abs, request.labels), 0)
    if not sound or not {"seed", "count"} <= request.model_fields_set or largest > MAX_SEED:
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
        document = read_batch(folder, rewrite=True)
        places = range(document.request.count)
        marks = {
            "starred": tuple(sorted({place for place in starred if place in places})),
            "hidden": tuple(sorted({place for place in hidden if place in places})),
        }
        document = document.model_copy(update=marks)
        _write(folder, document)
    return document


def model_file(workspace: Workspace, document: BatchDocument) -> Path:
    """Where the file of a batch's model lies."""
    return workspace.path / document.file
