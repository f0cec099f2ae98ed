"""Saves samples as files that carry the settings that made them, or lie beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from studio.core.errors import DataError, WorkspaceError
from studio.data.sample_file import sample_file
from studio.runtime.record import sample_settings
from studio.store.gallery import BatchDocument
from studio.store.rows import RowsCache

__all__ = ["file_name", "save_samples"]

Wanted = tuple[BatchDocument, Path, int]  # what made it, the array it lies in, its position there


def file_name(document: BatchDocument, position: int) -> str:
    """Name of the file of a sample, or of its whole batch; the model may be a stranger's, so no path is made of it."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", document.model or document.title)[:80].strip("-") or "sample"
    return sample_file(document.spec).name_of(stem, document, position)


def _free(path: Path) -> Path:
    """The path, or where it or the file beside it is there already one with a number."""
    found, number = path, 2
    while found.exists() or found.with_name(f"{found.name}.json").exists():
        found, number = path.with_name(f"{path.stem}-{number}{path.suffix}"), number + 1
    return found


def save_samples(wanted: Iterable[Wanted], target: Path) -> int:
    """Save samples; nothing is replaced in a folder.

    Args:
        wanted: The samples; one of those that are shown together stands for all of its batch that are there.
        target: A folder, or for one sample the file itself.

    Returns:
        How many were saved.

    Raises:
        DataError: If a sample cannot be read.
        OSError: If one cannot be written.
    """
    cache, saved = RowsCache(), 0
    try:
        for document, samples, position in wanted:
            spec, start, count = document.spec, position, 1
            try:
                if spec is not None and spec.together:
                    start, count = 0, min(document.request.count, cache.rows(samples, spec).count)
                items = cache.read_range(samples, start, count, spec)
            except WorkspaceError:
                items = None
            if items is None:
                raise DataError(f"{samples} cannot be read; {saved:,} samples were saved before it.")
            path = _free(target / file_name(document, position)) if target.is_dir() else target
            sample_file(spec).save_one(path, document, items, sample_settings(document, position))
            saved += len(items)
    finally:
        cache.close()
    return saved
