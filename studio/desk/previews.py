"""The previews that a run has left: which there are, and the samples in them.

A preview is an array of samples; those of runs made before December 2026 are pictures.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy.typing as npt

from studio.core.errors import ForeignEntryError, StudioError, WorkspaceError
from studio.core.modality import DataSpec, TextSpec
from studio.data.dataset import open_dataset
from studio.desk.tile import texts_of
from studio.store.inside import check_folder, is_own_file
from studio.store.rows import Rows
from studio.store.run import read_run

__all__ = ["Preview", "list_previews", "preview_sources", "read_preview"]

_NAME = re.compile(r"(?:step|now)-(\d{8,})(?:-\d+)?\.(?:npy|png)")
_MOST_BYTES = 256 * 2**20


class Preview(NamedTuple):
    """A preview of a run: the step at which it was drawn, and its samples or its picture."""

    step: int
    path: Path


def list_previews(run: Path) -> list[Preview]:
    """The previews of a run in order of steps; none behind a link."""
    try:
        for folder in (run, run / "previews"):
            check_folder(folder)
        names = [path for path in (run / "previews").iterdir() if _NAME.fullmatch(path.name) and is_own_file(path)]
    except (OSError, ForeignEntryError):
        return []
    return sorted(Preview(int(match[1]), path) for path in names if (match := _NAME.fullmatch(path.name)))


def read_preview(path: Path, spec: DataSpec | None) -> npt.NDArray[Any] | None:
    """The samples of a preview, (N, ...); None where it is damaged, or too large to be shown."""
    try:
        rows = Rows(path, spec)
        small = rows.count * rows.item_bytes <= _MOST_BYTES
        items = rows.read_range(0, rows.count) if small else None
        rows.close()
    except (WorkspaceError, OSError, MemoryError):
        return None
    return items


def preview_sources(path: Path, spec: DataSpec | None, count: int) -> list[str]:
    """What the samples of a preview are translations of; none where they are of nothing, or their data set is gone."""
    if not isinstance(spec, TextSpec) or not spec.source_shape:
        return []
    run = path.parent.parent
    try:
        dataset = open_dataset(run.parent.parent / "datasets" / read_run(run).dataset)
        sources = dataset.preview_sources(count)
    except (StudioError, OSError):
        return []
    return [] if sources is None or dataset.spec != spec else texts_of(spec, sources)
