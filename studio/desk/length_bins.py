"""How long the texts of a data set are: so many of each range of lengths."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from studio.core.modality import TextSpec
from studio.desk.items import ITEMS

__all__ = ["length_bins"]

_BINS = 10
_CHUNK = 4096


def length_bins(folder: Path, spec: TextSpec) -> list[tuple[str, int]]:
    """Ranges of lengths in tokens, at most ten of one width, and the number of texts of each.

    Args:
        folder: The data set's folder.
        spec: What its texts have in common.

    Raises:
        OSError: If its items cannot be read.
    """
    items = np.load(folder / ITEMS, mmap_mode="r")
    longest = max(1, spec.shape[0] - 1)
    width = _width(longest)
    counts = np.zeros(-(-longest // width), np.int64)
    for first in range(0, len(items), _CHUNK):
        lengths = (items[first : first + _CHUNK] != spec.end).sum(1)
        # An empty text, as a model may draw, is of the shortest.
        counts += np.bincount(np.maximum(lengths - 1, 0) // width, minlength=len(counts))
    names = [
        f"{width * number + 1:,} to {width * (number + 1):,}" if width > 1 else f"{number + 1}"
        for number in range(len(counts))
    ]
    return list(zip(names, counts.tolist(), strict=True))


def _width(longest: int) -> int:
    """The least of 1, 2, 5, 10, 20, 50 ... of which ten reach the longest."""
    least = longest / _BINS
    power = 10 ** max(0, math.floor(math.log10(max(1.0, least))))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)
