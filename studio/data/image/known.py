"""Reads what is known of an item from a picture: its opaque part, or a half of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from studio.core.errors import DataError
from studio.core.known_values import KnownValues

__all__ = ["HALVES", "keep_part", "read_known"]

HALVES = ("top", "bottom", "left", "right")
_OPAQUE = 128


def read_known(path: Path, shape: tuple[int, ...], keep: str = "all") -> KnownValues:
    """Values of a picture where they are known.

    Args:
        path: A picture of the items' size; where it is more than half transparent, it is free.
        shape: Shape of an item, (H, W, C) with C = 1 or 3.
        keep: ``all``, or the half of the picture that is kept: ``top``, ``bottom``, ``left`` or ``right``.

    Returns:
        Values of the shape, 0 to 255, or -1 where free.

    Raises:
        DataError: If it is not a picture of that size.
    """
    height, width, channels = shape
    try:
        with Image.open(path) as opened:
            # The size is told before the pixels are decoded, which may be many.
            if opened.size != (width, height):
                raise DataError(
                    f"{path} has {opened.size[0]}x{opened.size[1]} pixels, the model's items {width}x{height}; "
                    "resize it first."
                )
            picture = opened.convert("RGBA")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} cannot be read as a picture ({error}); give a PNG.") from None
    alpha = np.asarray(picture.getchannel("A"))
    pixels = np.asarray(picture.convert("RGB" if channels == 3 else "L"), np.int64).reshape(height, width, channels)
    known = np.where((alpha >= _OPAQUE)[..., None], pixels, -1)
    return keep_part(KnownValues(known), keep)


def keep_part(known: KnownValues, keep: str) -> KnownValues:
    """Make one half of what is known free.

    Args:
        known: What is known of a picture, of its shape (H, W, C).
        keep: As for ``read_known``.
    """
    height, width, _ = known.values.shape
    free = {
        "top": (slice((height + 1) // 2, None), slice(None)),
        "bottom": (slice(None, height // 2), slice(None)),
        "left": (slice(None), slice((width + 1) // 2, None)),
        "right": (slice(None), slice(None, width // 2)),
    }
    if keep not in free:
        return known
    values = known.values.copy()
    values[free[keep]] = -1
    return KnownValues(values)
