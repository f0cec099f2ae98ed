"""What the numbers of an array of images mean, and how they become pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from studio.core.errors import DataError
from studio.data.array import ArrayPart
from studio.data.image.decode import MAX_PIXELS
from studio.data.image.fit import Plan, fit_image

__all__ = ["Scale", "channels_of", "check_images", "convert", "decide_scale", "layout_of", "size_of"]

_SLACK = 1e-3
Layout = Literal["HW", "HWC", "CHW"]
Scale = Literal["bytes", "bool", "16-bit", "unit", "signed"]


def layout_of(part: ArrayPart) -> Layout:
    """The order of its axes after the first."""
    if len(part.shape) == 3:
        return "HW"
    return "HWC" if part.shape[3] in (1, 3, 4) else "CHW"


def size_of(part: ArrayPart) -> tuple[int, int]:
    """(height, width) of its images."""
    start = 2 if layout_of(part) == "CHW" else 1
    return part.shape[start], part.shape[start + 1]


def channels_of(part: ArrayPart) -> int:
    """Number of its channels: 1, 3 or 4."""
    return {"HW": 1, "HWC": part.shape[-1], "CHW": part.shape[1]}[layout_of(part)]


def check_images(part: ArrayPart) -> None:
    """Check the shape of an array.

    Raises:
        DataError: If it cannot hold images.
    """
    if len(part.shape) not in (3, 4) or (len(part.shape) == 4 and channels_of(part) not in (1, 3, 4)):
        raise DataError(
            f"{part.title} has the shape {list(part.shape)}, which is not one of images: "
            "[N, H, W], [N, H, W, C] or [N, C, H, W] with 1, 3 or 4 channels."
        )
    height, width = size_of(part)
    if not all(part.shape[1:]) or height * width > MAX_PIXELS:
        raise DataError(f"{part.title} holds images of {width} x {height} pixels, which is no use.")


def decide_scale(parts: Sequence[ArrayPart], looked: Callable[[int], None]) -> Scale:
    """Decide what the numbers of arrays mean, by their types and, for floats and wide integers, their range.

    Args:
        parts: The arrays; they are judged together.
        looked: Called with the number of images read so far.

    Raises:
        DataError: If the types differ in kind, or a value is not finite or out of every known range.
    """
    kinds = {part.dtype.kind + str(part.dtype.itemsize) for part in parts}
    for kind, scale in (("u1", "bytes"), ("b1", "bool"), ("u2", "16-bit")):
        if kinds == {kind}:
            return scale  # type: ignore[return-value]
    if kinds & {"u1", "b1", "u2"}:
        names = ", ".join(f"{part.title} {part.dtype.name}" for part in parts)
        raise DataError(f"The arrays hold different kinds of numbers ({names}); save them with one type.")
    low, high, done = math.inf, -math.inf, 0
    for part in parts:
        for block in part.blocks():
            least, most = float(block.min()), float(block.max())
            if not (math.isfinite(least) and math.isfinite(most)):
                raise DataError(f"{part.title} holds NaN or infinite values; replace them and save the array again.")
            low, high, done = min(low, least), max(high, most), done + len(block)
            looked(done)
    floats = any(part.dtype.kind == "f" for part in parts)
    if floats and low >= -_SLACK and high <= 1 + _SLACK:
        return "unit"
    if floats and low >= -1 - _SLACK and high <= 1 + _SLACK:
        return "signed"
    if low >= 0 and high <= 255:
        return "bytes"
    raise DataError(
        f"{parts[0].title} holds values from {low:g} to {high:g}; the studio knows 0 to 1, -1 to 1 and 0 to 255."
    )


def _to_bytes(block: npt.NDArray[Any], scale: Scale) -> npt.NDArray[np.uint8]:
    if scale == "bool":
        return block.astype(np.uint8) * np.uint8(255)
    if scale == "16-bit":
        return ((block.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if block.dtype.kind != "f":
        return block.astype(np.uint8)
    values = block.astype(np.float64)
    if scale == "unit":
        values = values * 255
    elif scale == "signed":
        values = (values + 1) * 127.5
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def convert(block: npt.NDArray[Any], layout: Layout, scale: Scale, plan: Plan) -> npt.NDArray[np.uint8]:
    """Turn rows of an array into items.

    Args:
        block: Rows of the array, shape (B, H, W), (B, H, W, C) or (B, C, H, W).
        layout: The order of its axes after the first.
        scale: What the numbers mean.
        plan: Shape of the items.

    Returns:
        Items, uint8, shape (B, H', W', C').
    """
    images = _to_bytes(block, scale)
    if layout == "HW":
        images = images[..., None]
    elif layout == "CHW":
        images = images.transpose(0, 2, 3, 1)
    if images.shape[-1] == 4:
        alpha = images[..., 3:].astype(np.uint32)
        mixed = images[..., :3] * alpha + plan.fill * (255 - alpha)
        images = ((mixed + 127) // 255).astype(np.uint8)
    if images.shape[1:] == plan.shape:
        return np.ascontiguousarray(images)
    if images.shape[1:3] == plan.shape[:2] and images.shape[-1] == 1:
        return np.repeat(images, plan.channels, axis=-1)
    items = np.empty((len(images), *plan.shape), np.uint8)
    for row, image in enumerate(np.ascontiguousarray(images)):
        items[row] = fit_image(Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image), plan)
    return items
