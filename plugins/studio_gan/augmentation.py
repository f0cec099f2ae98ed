"""Gentle augmentation of what the discriminator sees, so that it learns a small data set by heart more slowly.

Real and generated items are changed alike, and gradients reach the generator through the change (Karras et al. 2020,
arXiv:2006.06676; Zhao et al. 2020, arXiv:2006.10738). Shift, zoom and cutout only: a mirrored or turned digit is
another. While most items are left alone, the generator has no reason to show the changes in its samples.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["augment"]

SHIFT = 1 / 8  # largest shift, as a share of the side
ZOOM = 1 / 8  # largest logarithm of the zoom
CUTOUT = 1 / 4  # side of the box that is cut out, as a share of the side


def augment(x: Tensor, probability: float) -> Tensor:
    """Shift and zoom some items, and cut a box out of some, each kind with the given probability.

    Args:
        x: Items (B, C, H, W) in [-1, 1].
        probability: Share of items that each kind changes, 0 to 1; at 0 nothing is drawn and x comes back.

    Returns:
        Items of the same shape and range; those not chosen have the same bits.
    """
    if probability <= 0.0:
        return x
    return _cut_out(_move(x, probability), probability)


def _chosen(x: Tensor, probability: float) -> Tensor:
    return torch.rand(x.shape[0], 1, 1, 1, device=x.device) < probability


def _move(x: Tensor, probability: float) -> Tensor:
    """Bilinear resampling; what comes in from outside repeats the border."""
    count = x.shape[0]
    zoom = torch.exp((2.0 * torch.rand(count, 1, device=x.device) - 1.0) * ZOOM)
    # The grid runs from -1 to 1, so that a share of the side is twice as much.
    shift = (2.0 * torch.rand(count, 2, device=x.device) - 1.0) * 2.0 * SHIFT
    matrix = torch.cat([torch.diag_embed(zoom.expand(count, 2)), shift.unsqueeze(2)], dim=2)
    grid = F.affine_grid(matrix.to(x.dtype), list(x.shape), align_corners=False)
    moved = F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return torch.where(_chosen(x, probability), moved, x)


def _cut_out(x: Tensor, probability: float) -> Tensor:
    """Set a box to 0, the middle of the range."""
    inside = torch.ones((), dtype=torch.bool, device=x.device)
    for axis in (2, 3):
        side = x.shape[axis]
        shape = [1, 1, 1, 1]
        shape[axis] = side
        position = ((torch.arange(side, device=x.device) + 0.5) / side).reshape(shape)
        centre = torch.rand(x.shape[0], 1, 1, 1, device=x.device)
        inside = inside & ((position - centre).abs() < CUTOUT / 2)
    return torch.where(inside & _chosen(x, probability), torch.zeros_like(x), x)
