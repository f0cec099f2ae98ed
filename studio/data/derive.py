"""Makes a data set of the items of another one without some of them; that one stays as it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError
from studio.core.event import JobEvent
from studio.core.event_writer import Progress
from studio.core.modality import AnySpec, TableSpec
from studio.core.words import number_of
from studio.data.dataset import Dataset, open_dataset
from studio.data.exclusion import ExclusionRequest, name_without, numbers_of
from studio.data.making import check_name, new_dataset
from studio.data.split import TRAIN
from studio.data.tree import printable
from studio.data.writer import ItemWriter, check_space, write_rejects
from studio.store.dataset import SPLITS, DatasetDocument, write_dataset_document
from studio.store.workspace import Workspace

__all__ = ["run_exclusion"]

_CHUNK_BYTES = 4 * 2**20
_MARK = 12


def run_exclusion(request: ExclusionRequest, send: Callable[[JobEvent], None]) -> DatasetDocument:
    """Make the data set; what stays keeps its split and class.

    Args:
        request: Of which data set, and without which items.
        send: Called with progress events.

    Returns:
        The document of the new data set, which is in the workspace when this returns.

    Raises:
        StudioError: If there is nothing to leave out, or nothing to learn from would stay; the workspace is as before.
        OSError: If the disk fails; the workspace is as before.
    """
    workspace = Workspace(request.workspace)
    source = open_dataset(workspace.folder("datasets") / request.dataset)
    keep = np.ones(len(source), np.bool_)
    keep[numbers_of(request.ranges, len(source))] = False
    _check(source, keep)
    noun = source.spec.noun
    left_out = len(source) - int(keep.sum())
    name = printable((request.name or "").strip() or name_without(source.document.name, left_out, noun))
    check_name(name)
    with new_dataset(workspace, name) as (folder, id):
        return _fill(folder, source, keep, id, name, Progress(send))


def _check(source: Dataset, keep: npt.NDArray[np.bool_]) -> None:
    name = source.document.name
    if keep.all():
        raise DataError(f"No item of '{name}' is left out; choose some.")
    if not keep.any():
        raise DataError(f"Nothing of '{name}' would stay; leave out fewer items.")
    if not keep[source.splits == TRAIN].any():
        raise DataError(f"No item of the training split of '{name}' would stay; leave out fewer of them.")


def _fill(
    folder: Path, source: Dataset, keep: npt.NDArray[np.bool_], id: str, name: str, progress: Progress
) -> DatasetDocument:
    old = source.document
    count = int(keep.sum())
    check_space(folder.parent, count, old.spec.item_bytes)
    labels, splits = source.labels[keep], source.splits[keep]
    step = max(1, _CHUNK_BYTES // old.spec.item_bytes)
    with ItemWriter(folder, old.spec.shape, old.spec.dtype) as writer:
        for start in range(0, len(source), step):
            rows = slice(start, start + step)
            writer.add(source.items[rows][keep[rows]].tobytes())
            if source.sources is not None:
                writer.add_sources(source.sources[rows][keep[rows]])
            progress("writing", min(start + step, len(source)), len(source))
        fingerprint = writer.finish(labels, splits)
    write_rejects(folder / "rejects.csv", ())
    counts = np.bincount(splits, minlength=len(SPLITS))
    left_out = number_of(len(source) - count, old.spec.noun)
    note = f"'{old.name}' (fingerprint {old.fingerprint[:_MARK] or 'unknown'}) without {left_out}."
    document = DatasetDocument(
        id=id,
        name=name,
        spec=_fitted(old.spec, folder, splits, step, progress),
        count=count,
        splits={split: int(number) for split, number in zip(SPLITS, counts, strict=True)},
        class_counts=tuple(np.bincount(labels[labels >= 0], minlength=len(old.spec.classes)).tolist()),
        fit=old.fit,
        fingerprint=fingerprint,
        created=time.time(),
        licence=old.licence,
        notes=(note, *old.notes),
    )
    write_dataset_document(folder, document)
    return document


def _fitted(spec: AnySpec, folder: Path, splits: npt.NDArray[np.uint8], step: int, progress: Progress) -> AnySpec:
    """What the items have in common; as in an import, what a table says of its columns is that of its own rows."""
    if not isinstance(spec, TableSpec):
        return spec
    from studio.data.table.fitting import fitted
    from studio.data.table.row_sample import RowSample

    rows, sample = np.load(folder / "items.npy", mmap_mode="r", allow_pickle=False), RowSample(len(spec.columns))
    for start in range(0, len(rows), step):
        sample.add(np.asarray(rows[start : start + step]))
        progress("fitting columns", min(start + step, len(rows)), len(rows))
    return spec.model_copy(update={"columns": fitted(spec.columns, sample, splits)})
