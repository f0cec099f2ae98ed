"""Saves samples as files that carry the settings that made them, or lie beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from studio.core.errors import DataError, WorkspaceError
from studio.data.image.sample_file import save_sample
from studio.data.sample_file import sample_file
from studio.data.table.sample_file import save_rows
from studio.runtime.record import sample_settings
from studio.store.gallery import BatchDocument
from studio.store.rows import RowsCache

__all__ = ["file_name", "save_samples"]

Wanted = tuple[BatchDocument, Path, int]  # what made it, the array it lies in, its position there


def file_name(document: BatchDocument, position: int) -> str:
    """Name of a sample's file, or of that of its batch; the model may be a stranger's, so no path is made of it."""
    if _together(document):
        return sample_file(document.spec).names(_stem(document), document)[0]
    return f"{_stem(document)}-{document.stem(position)}.png"


def _together(document: BatchDocument) -> bool:
    return document.spec is not None and document.spec.together


def _stem(document: BatchDocument) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", document.model or document.title)[:80].strip("-") or "sample"


def _free(path: Path) -> Path:
    """The path, or where it or the file beside it is there already one with a number."""
    found, number = path, 2
    while found.exists() or found.with_name(f"{found.name}.json").exists():
        found, number = path.with_name(f"{path.stem}-{number}{path.suffix}"), number + 1
    return found


def _save_together(document: BatchDocument, samples: Path, target: Path, cache: RowsCache) -> int:
    """Save all samples of a batch that are there as one file and what made them beside it; returns how many."""
    try:
        count = min(document.request.count, cache.rows(samples, document.spec).count)
    except WorkspaceError as error:
        raise DataError(str(error)) from None
    rows = cache.read_range(samples, 0, count, document.spec)
    if rows is None:
        raise DataError(f"{samples} cannot be read.")
    path = _free(target / file_name(document, 0)) if target.is_dir() else target
    save_rows(path, document, rows, sample_settings(document, 0))
    return count


def save_samples(wanted: Iterable[Wanted], target: Path) -> int:
    """Save samples; nothing is replaced in a folder.

    Args:
        wanted: The samples.
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
            if _together(document):
                saved += _save_together(document, samples, target, cache)
                continue
            picture = cache.read(samples, position)
            if picture is None:
                raise DataError(f"{samples} cannot be read; {saved:,} samples were saved before it.")
            path = _free(target / file_name(document, position)) if target.is_dir() else target
            save_sample(path, picture, sample_settings(document, position))
            saved += 1
    finally:
        cache.close()
    return saved
