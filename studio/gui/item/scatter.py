"""Paints points in the plane as dots that lie over one another, so that their density shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from studio.gui.item.picture import to_image

__all__ = ["scatter"]

_LARGE_DOTS = 1000
_MOST_DOTS = 256


def scatter(
    rows: npt.NDArray[Any],
    across: tuple[float, float],
    along: tuple[float, float],
    size: tuple[int, int],
    rgb: tuple[int, int, int],
) -> QImage:
    """A dot for each point, the fainter the more there are, on a transparent ground.

    Args:
        rows: The points, (N, 2) or more columns, of which the first two count; those that are not finite are left out.
        across: What the picture shows of the first column, its left and right end.
        along: What it shows of the second, its lower and upper end.
        size: Width and height in pixels.
        rgb: The colour, each 0 to 255.
    """
    rows = rows[np.isfinite(rows[:, :2]).all(1), :2].astype(np.float64)
    width, height = size
    x = (rows[:, 0] - across[0]) / (across[1] - across[0]) * width
    y = (along[1] - rows[:, 1]) / (along[1] - along[0]) * height
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    places = y[inside].astype(np.int64) * width + x[inside].astype(np.int64)
    counts = np.bincount(places, minlength=width * height).reshape(height, width)
    return _dots(counts, len(rows), rgb)


def _dots(counts: npt.NDArray[np.int64], total: int, rgb: tuple[int, int, int]) -> QImage:
    """A dot for each point.

    Args:
        counts: Number of points in each pixel, (H, W).
        total: Number of points.
        rgb: The colour.
    """
    radius = 2 if total < _LARGE_DOTS else 1
    reach = range(-radius, radius + 1)
    padded = np.pad(counts.astype(np.int32), radius)
    height, width = counts.shape
    covered = np.zeros(counts.shape, np.int32)
    for down, right in ((down, right) for down in reach for right in reach if down**2 + right**2 <= radius**2 + 1):
        covered += padded[radius + down : radius + down + height, radius + right : radius + right + width]
    alpha = float(np.clip(40.0 / max(1.0, np.sqrt(total)), 0.12, 0.9))
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[..., :3] = rgb
    # What each number of dots comes to, counted once: so many that one more makes no difference.
    strengths = np.rint(255.0 * (1.0 - (1.0 - alpha) ** np.arange(_MOST_DOTS))).astype(np.uint8)
    pixels[..., 3] = strengths[np.minimum(covered, _MOST_DOTS - 1)]
    return to_image(pixels)
