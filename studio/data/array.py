"""Reads arrays of images from .npy, .npz and IDX files row by row, and brings them to bytes.

References:
    The IDX format: LeCun, Cortes and Burges, The MNIST database, http://yann.lecun.com/exdb/mnist.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from studio.core.errors import DataError
from studio.data.budget import unpacking
from studio.data.decode import MAX_PIXELS
from studio.data.fit import Plan, fit_image

__all__ = ["ArrayPart", "Scale", "convert", "decide_scale"]

MOST_ITEMS = 20_000_000
_BLOCK_BYTES = 8 * 2**20
_SLACK = 1e-3
Layout = Literal["HW", "HWC", "CHW"]
Scale = Literal["bytes", "bool", "16-bit", "unit", "signed"]


@dataclass(frozen=True)
class ArrayPart:
    """One array of images, and where its rows are read.

    Attributes:
        title: Where it is, for messages.
        shape: Its shape, [N, H, W], [N, H, W, C] or [N, C, H, W].
        dtype: Type of its elements.
        open: Opens a stream that stands at the first row.
        labels: Label of each row, whole numbers or words; None for none.
        split: 0 train, 1 validation, 2 test.
    """

    title: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    open: Callable[[], BinaryIO]
    labels: npt.NDArray[Any] | None
    split: int

    @property
    def layout(self) -> Layout:
        """The order of its axes after the first."""
        if len(self.shape) == 3:
            return "HW"
        return "HWC" if self.shape[3] in (1, 3, 4) else "CHW"

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of its images."""
        start = 2 if self.layout == "CHW" else 1
        return self.shape[start], self.shape[start + 1]

    @property
    def channels(self) -> int:
        """Number of its channels: 1, 3 or 4."""
        return {"HW": 1, "HWC": self.shape[-1], "CHW": self.shape[1]}[self.layout]

    def check(self) -> None:
        """Check type and shape.

        Raises:
            DataError: If it cannot hold images, or labels and images do not match.
        """
        if self.dtype.kind not in "buif" or self.dtype.itemsize > 8:
            raise DataError(f"{self.title} holds {self.dtype.name} values, which are not pixels.")
        if len(self.shape) not in (3, 4) or (len(self.shape) == 4 and self.channels not in (1, 3, 4)):
            raise DataError(
                f"{self.title} has the shape {list(self.shape)}, which is not one of images: "
                "[N, H, W], [N, H, W, C] or [N, C, H, W] with 1, 3 or 4 channels."
            )
        if self.shape[0] > MOST_ITEMS:
            raise DataError(
                f"{self.title} claims {self.shape[0]:,} images, more than the {MOST_ITEMS:,} that a data set may have; "
                "save it in several files."
            )
        if not all(self.shape[1:]) or math.prod(self.size) > MAX_PIXELS:
            raise DataError(f"{self.title} holds images of {self.size[1]} x {self.size[0]} pixels, which is no use.")
        if self.labels is not None and self.labels.shape != self.shape[:1]:
            raise DataError(
                f"{self.title} has {self.shape[0]} images but its labels have the shape {list(self.labels.shape)}; "
                "there must be one label for each image."
            )

    def blocks(self) -> Iterator[npt.NDArray[Any]]:
        """Read the rows, a few megabytes at a time.

        Raises:
            DataError: If the file is damaged or ends early.
        """
        row = math.prod(self.shape[1:]) * self.dtype.itemsize
        step = max(1, _BLOCK_BYTES // row)
        with unpacking(self.title), self.open() as stream:
            for start in range(0, self.shape[0], step):
                count = min(step, self.shape[0] - start)
                data = stream.read(count * row)
                if len(data) != count * row:
                    raise DataError(f"{self.title} is cut short: it ends before image {start + count}; get it again.")
                yield np.frombuffer(data, self.dtype).reshape(count, *self.shape[1:])
            if stream.read(1):
                raise DataError(f"{self.title} is damaged: it goes on after its {self.shape[0]} images.")


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
