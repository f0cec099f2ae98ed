"""Draws the random parts of the items on which a number is measured again, to see what chance does to it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

__all__ = ["indicators", "parts"]


def parts(count: int, share: int, times: int, seed: int) -> Sequence[Tensor]:
    """Random parts of 1 in ``share`` of ``count`` items, rounded down, as ascending indices; by the seed alone."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randperm(count, generator=generator)[: count // share].sort().values for _ in range(times)]


def indicators(chosen: Sequence[Tensor], count: int) -> Tensor:
    """Subsets as rows of 0 and 1, float64 (R, count), the whole set in front as row 0."""
    rows = torch.zeros(1 + len(chosen), count, dtype=torch.float64)
    rows[0] = 1.0
    for row, indices in zip(rows[1:], chosen, strict=True):
        row[indices] = 1.0
    return rows
