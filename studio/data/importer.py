"""Runs an import from the paths a person gave to a data set in the workspace, whole or not at all."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from studio.core.event import JobEvent
from studio.core.event_writer import Progress
from studio.data.making import check_name, new_dataset
from studio.data.plugin_reader import choose_reader, read_by_plugin, reader_choices
from studio.data.reader import Reader, reader_of
from studio.data.request import ImportRequest
from studio.data.source import Source, find_source, is_read
from studio.data.split import assign_splits
from studio.data.tree import printable
from studio.data.writer import ItemWriter, check_space, write_rejects
from studio.store.dataset import SPLITS, DatasetDocument, write_dataset_document
from studio.store.workspace import Workspace

__all__ = ["opened_import", "run_import"]


@contextmanager
def opened_import(request: ImportRequest, progress: Progress) -> Iterator[tuple[str, Reader[Any]]]:
    """Find out what the paths of a request are; a file of a plugin's format is read by that plugin first.

    Args:
        request: What to import, and how.
        progress: Told how far it is.

    Yields:
        Name of the data set, and the reader, which is closed with the block.

    Raises:
        StudioError: If there is nothing to import.
    """
    check_name(request.name or "")
    choice = None
    if request.modality != "text":
        choice = choose_reader(request.paths, is_read, lambda: reader_choices(request.workspace))
    with ExitStack() as stack:
        source: Source
        if choice is not None:
            progress("reading", 0, 0)
            source = stack.enter_context(read_by_plugin(Path(os.path.abspath(request.paths[0])), choice))
        else:
            are_texts = request.modality == "text" or bool(request.text.source)
            source = find_source(request.paths, request.workspace, lambda done: progress("looking", done, 0), are_texts)
        work = stack.enter_context(closing(reader_of(source, request, progress)))
        yield printable((request.name or "").strip() or source.name), work


def run_import(request: ImportRequest, send: Callable[[JobEvent], None]) -> DatasetDocument:
    """Make a data set.

    Args:
        request: What to import, and how.
        send: Called with progress events.

    Returns:
        The document of the data set, which is in the workspace when this returns.

    Raises:
        StudioError: If nothing could be imported; the workspace is as before.
        OSError: If the disk fails; the workspace is as before.
    """
    progress = Progress(send)
    workspace = Workspace(request.workspace)
    with opened_import(request, progress) as (name, work), new_dataset(workspace, name) as (folder, id):
        return _fill(folder, work, request.seed, id, name)


def _fill(folder: Path, work: Reader[Any], seed: int, id: str, name: str) -> DatasetDocument:
    plan = work.plan()
    while True:
        check_space(folder.parent, work.count, plan.item_bytes)
        with ItemWriter(folder, plan.shape, plan.dtype) as writer:
            work.write(writer, plan)
            # What was refused only now may have been all that spoke for another size or for colour.
            settled = work.plan()
            if settled == plan:
                labels, classes = work.labels()
                splits = assign_splits(work.given_splits(), seed)
                fingerprint = writer.finish(labels, splits)
                break
        plan = settled
    refused = work.refused()
    write_rejects(folder / "rejects.csv", refused)
    counts = np.bincount(splits, minlength=len(SPLITS))
    document = DatasetDocument(
        id=id,
        name=name,
        spec=work.spec(plan, classes, splits),
        count=len(labels),
        rejected=len(refused),
        splits={split: int(count) for split, count in zip(SPLITS, counts, strict=True)},
        class_counts=tuple(int(n) for n in np.bincount(labels[labels >= 0], minlength=len(classes))),
        fit=work.fit,
        fingerprint=fingerprint,
        created=time.time(),
        licence=work.licence,
        notes=tuple(printable(note) for note in work.notes()),
    )
    write_dataset_document(folder, document)
    return document
