"""The plainest set of features of images: the pixels themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from studio.evaluate.features import Features, Items, Progress

__all__ = ["PixelFeatures", "batches", "shrink"]

_PIXEL_SIDE = 32


def batches(items: Items, size: int, on_progress: Progress) -> Iterator[Tensor]:
    """Items in order as float32 (B, C, H, W) in [0, 1]; tells the progress after each batch was used."""
    for first in range(0, len(items), size):
        part = torch.from_numpy(np.ascontiguousarray(items[first : first + size]))
        yield part.permute(0, 3, 1, 2).to(torch.float32) / 255.0
        on_progress(min(first + size, len(items)), len(items))


def shrink(x: Tensor, side: int) -> Tensor:
    """Images (B, C, H, W) with their longer side brought down to ``side``; smaller ones stay as they are."""
    height, width = int(x.shape[2]), int(x.shape[3])
    longest = max(height, width)
    if longest <= side:
        return x
    size = [max(1, round(length * side / longest)) for length in (height, width)]
    return F.interpolate(x, size, mode="bilinear", antialias=True)


class PixelFeatures:
    """The values of the image, in [0, 1], no side longer than 32: for neighbours that look alike as a whole."""

    name = "pixels"
    version = "1"

    def extract(self, items: Items, on_progress: Progress = lambda *_: None) -> Features:
        """Items, uint8 (N, H, W, C), to features, float32 (N, D)."""
        rows: list[npt.NDArray[Any]] = [
            shrink(x, _PIXEL_SIDE).flatten(1).numpy() for x in batches(items, 1024, on_progress)
        ]
        return np.concatenate(rows)
