"""A cheap distance between samples and items in the view, for meters that tell how a training fares."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["energy_coefficient", "pair_distances", "sample_distance"]


def pair_distances(x: Tensor, y: Tensor) -> Tensor:
    """Euclidean distances of all pairs of rows; not by products, which leave something between equal rows."""
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")


def energy_coefficient(x: Tensor, y: Tensor) -> Tensor:
    """How far two sets of points are from one distribution (Szekely and Rizzo 2013, energy statistics).

    (2 E|x - y| - E|x - x'| - E|y - y'|) / 2 E|x - y|, without bias in each mean: around 0 for one distribution, at
    most 1. Row k of both sets may share a condition, as only pairs of different rows enter.

    Args:
        x: Points (P, N, D): P kinds of point, whose sums are set in proportion.
        y: Points (P, N, D).
    """
    count = x.shape[1]
    pairs = max(1, count * (count - 1))
    apart = 1.0 - torch.eye(count, device=x.device)

    def mean(a: Tensor, b: Tensor) -> Tensor:
        return (pair_distances(a, b) * apart).sum() / pairs

    across = 2.0 * mean(x, y)
    # In this order, points that are all one point are 0 apart, not 1.
    return (across - mean(x, x) - mean(y, y)) / across.clamp(min=1e-12)


def sample_distance(x: Tensor, y: Tensor) -> Tensor:
    """Energy coefficient of whole items and, of images, of their patches at each place: the mean of the two.

    The whole tells whether the right things are drawn, the patches (a quarter of the side) how well.

    Args:
        x: Held-out items (N, C, H, W), or rows (N, K).
        y: Samples of the same classes, same shape.
    """
    if x.ndim == 2:
        return energy_coefficient(x[None], y[None])
    side = (max(1, x.shape[2] // 4), max(1, x.shape[3] // 4))
    local = [F.unfold(items, kernel_size=side, stride=side).permute(2, 0, 1) for items in (x, y)]
    return 0.5 * (energy_coefficient(x.flatten(1)[None], y.flatten(1)[None]) + energy_coefficient(*local))
