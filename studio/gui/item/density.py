"""Paints a density over the plane, or another score of its points, in one colour, the stronger the higher it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from studio.gui.item.picture import to_image

__all__ = ["density_picture", "score_picture"]

# The highest density is shown so strongly, lower ones by a power of their share of it: tails are seen too.
_STRONGEST, _POWER = 0.8, 0.6
# Of the points of the grid, so many may lie above what counts as the highest: a single peak would hide the rest.
_ABOVE = 0.005
# A score is high over more of the plane than a density.
_STRONGEST_SCORE = 0.45


def density_picture(log_density: npt.NDArray[Any], rgb: tuple[int, int, int]) -> QImage:
    """A picture of so many pixels as there are points, on a transparent ground; what is not finite is left out.

    Args:
        log_density: In nats, (H, W), the first row at the top.
        rgb: The colour, each 0 to 255.
    """
    values = np.where(np.isfinite(log_density), log_density, -np.inf).astype(np.float64)
    pixels = np.zeros((*values.shape, 4), np.uint8)
    pixels[..., :3] = rgb
    if np.isfinite(values).any():
        highest = np.quantile(values[np.isfinite(values)], 1.0 - _ABOVE)
        shares = np.exp(np.minimum(values - highest, 0.0))
        pixels[..., 3] = np.rint(255.0 * _STRONGEST * shares**_POWER)
    return to_image(pixels)


def score_picture(scores: npt.NDArray[Any], rgb: tuple[int, int, int]) -> QImage:
    """The same of scores that compare with one another only: nothing where they are lowest, strongest at the highest.

    Args:
        scores: The scores, (H, W), the first row at the top.
        rgb: The colour, each 0 to 255.
    """
    finite = np.isfinite(scores)
    pixels = np.zeros((*scores.shape, 4), np.uint8)
    pixels[..., :3] = rgb
    if finite.any():
        low, high = np.quantile(scores[finite], (_ABOVE, 1.0 - _ABOVE))
        shares = np.clip((np.where(finite, scores, low) - low) / max(high - low, 1e-30), 0.0, 1.0)
        pixels[..., 3] = np.rint(255.0 * _STRONGEST_SCORE * shares)
    return to_image(pixels)
