"""Decides the size of a data set's items, and brings one image to it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from studio.core.modality import ImageSpec
from studio.data.request import ImportRequest

__all__ = ["Plan", "fit_image", "image_facts", "make_plan"]

_LARGEST_NATIVE = 64
_FALLBACK = 32


@dataclass(frozen=True)
class Plan:
    """How every item will look.

    Attributes:
        height: Rows, 1 to 1024.
        width: Columns, 1 to 1024.
        channels: 1 for grey, 3 for RGB.
        fit: How an image of another shape is brought to size.
        fill: Grey level behind transparent pixels and in the margins, 0 to 255.
    """

    height: int
    width: int
    channels: Literal[1, 3]
    fit: Literal["crop", "pad", "stretch"]
    fill: int

    @property
    def dtype(self) -> str:
        """Type of the numbers of an item."""
        return ImageSpec.dtype

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of one item, (H, W, C)."""
        return self.height, self.width, self.channels

    def fields(self) -> list[Any]:
        """Its fields, as a decoder process is told them."""
        return [self.height, self.width, self.channels, self.fit, self.fill]

    @property
    def item_bytes(self) -> int:
        """Bytes of one item."""
        return self.height * self.width * self.channels


def make_plan(sizes: Collection[tuple[int, int]], all_grey: bool, request: ImportRequest) -> Plan:
    """Decide the shape of the items.

    Args:
        sizes: The different (height, width) of the readable images; at least one.
        all_grey: Whether every readable image is grey.
        request: A given size or given channels win.
    """
    if request.size is not None:
        height, width = request.size
    elif len(sizes) > 1:
        height = width = _FALLBACK
    else:
        (height, width), *_ = sizes
        longer = max(height, width)
        if longer > _LARGEST_NATIVE:
            height, width = (max(1, round(side * _LARGEST_NATIVE / longer)) for side in (height, width))
    grey = all_grey if request.channels == "auto" else request.channels == "grey"
    return Plan(height, width, 1 if grey else 3, request.fit, request.fill)


def image_facts(smallest: tuple[int, int], largest: tuple[int, int], plan: Plan) -> list[tuple[str, str]]:
    """What a person wants to know of images: their sizes, given as (height, width), and what they become."""
    found, most = (f"{width} x {height}" for height, width in (smallest, largest))
    return [
        ("Images", found if found == most else f"{found} to {most}"),
        ("Become", ImageSpec(shape=plan.shape).size),
    ]


def _resize(image: Image.Image, width: int, height: int, box: tuple[float, float, float, float]) -> Image.Image:
    shrinks = box[2] - box[0] > width or box[3] - box[1] > height
    kernel = Image.Resampling.LANCZOS if shrinks else Image.Resampling.BICUBIC
    return image.resize((width, height), kernel, box=box)


def fit_image(image: Image.Image, plan: Plan) -> npt.NDArray[np.uint8]:
    """Bring an image to the planned shape.

    Args:
        image: An image of mode L or RGB.
        plan: The shape, and how to reach it.

    Returns:
        The item, uint8, shape (H, W, C).
    """
    mode = "L" if plan.channels == 1 else "RGB"
    if image.mode != mode:
        image = image.convert(mode)
    w, h = image.size
    if (w, h) != (plan.width, plan.height):
        image = _fitted(image, mode, plan)
    return np.asarray(image).reshape(plan.shape)


def _fitted(image: Image.Image, mode: str, plan: Plan) -> Image.Image:
    w, h = image.size
    if plan.fit == "stretch":
        return _resize(image, plan.width, plan.height, (0, 0, w, h))
    if plan.fit == "crop":
        scale = max(plan.width / w, plan.height / h)
        part_w, part_h = min(w, plan.width / scale), min(h, plan.height / scale)
        left, top = (w - part_w) / 2, (h - part_h) / 2
        return _resize(image, plan.width, plan.height, (left, top, left + part_w, top + part_h))
    scale = min(plan.width / w, plan.height / h)
    inner_w = min(plan.width, max(1, round(w * scale)))
    inner_h = min(plan.height, max(1, round(h * scale)))
    canvas = Image.new(mode, (plan.width, plan.height), plan.fill if mode == "L" else (plan.fill,) * 3)
    inner = _resize(image, inner_w, inner_h, (0, 0, w, h))
    canvas.paste(inner, ((plan.width - inner_w) // 2, (plan.height - inner_h) // 2))
    return canvas
