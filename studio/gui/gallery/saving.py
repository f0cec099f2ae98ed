"""Saves samples as pictures that carry the settings that made them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from studio.core.errors import DataError
from studio.data.image.sample_file import save_sample
from studio.runtime.record import sample_settings
from studio.store.gallery import BatchDocument
from studio.store.rows import RowsCache

__all__ = ["picture_name", "save_samples"]

Wanted = tuple[BatchDocument, Path, int]  # what made it, the array it lies in, its position there


def picture_name(document: BatchDocument, position: int) -> str:
    """Name of a sample's picture; the model may be a stranger's, so no path is made of it."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", document.model or document.title)[:80].strip("-") or "sample"
    return f"{stem}-{document.stem(position)}.png"


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
            picture = cache.read(samples, position)
            if picture is None:
                raise DataError(f"{samples} cannot be read; {saved:,} samples were saved before it.")
            path = target
            if target.is_dir():
                name = picture_name(document, position)
                path, number = target / name, 2
                while path.exists():
                    path, number = target / f"{name[:-4]}-{number}.png", number + 1
            save_sample(path, picture, sample_settings(document, position))
            saved += 1
    finally:
        cache.close()
    return saved
