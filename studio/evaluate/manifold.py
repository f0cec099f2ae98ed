"""What two sets of features share: precision and recall, density and coverage, by nearest neighbours.

References:
    Kynkäänniemi et al., Improved precision and recall metric for assessing generative models, 2019, arXiv:1904.06991.
    Naeem et al., Reliable fidelity and diversity metrics for generative models, 2020, arXiv:2002.09797, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["NEIGHBOURS", "Manifold", "compare_manifolds", "nearest", "neighbour_radii"]

NEIGHBOURS = 5
_CHUNK = 1024


@dataclass(frozen=True)
class Manifold:
    """How two sets lie in one another; a ball is around an item and reaches to its k-th neighbour in its own set.

    Attributes:
        precision: Share of samples in the ball of a real item, 0 to 1.
        recall: Share of real items in the ball of a sample, 0 to 1.
        density: Real balls that a sample lies in, on average, divided by k; 1 where the sets are alike, may exceed it.
        coverage: Share of real items with a sample in their ball, 0 to 1.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def neighbour_radii(x: Tensor, k: int = NEIGHBOURS) -> Tensor:
    """Distance of each item to its k-th nearest neighbour among the others, shape (N,); N must exceed k."""
    radii = []
    for first in range(0, len(x), _CHUNK):
        distance = torch.cdist(x[first : first + _CHUNK], x)
        rows = torch.arange(len(distance))
        distance[rows, rows + first] = torch.inf
        radii.append(distance.kthvalue(k, dim=1).values)
    return torch.cat(radii)


def compare_manifolds(real: Tensor, samples: Tensor, k: int = NEIGHBOURS) -> Manifold:
    """Compare features of real items (N, D) with those of samples (M, D), both more than k.

    Distances are taken in float64, for those of equal items must come out as nothing.
    """
    real, samples = real.double(), samples.double()
    radius_real, radius_samples = neighbour_radii(real, k), neighbour_radii(samples, k)
    hits = torch.zeros(len(samples), dtype=torch.int64)
    recalled, covered = 0, 0
    for first in range(0, len(real), _CHUNK):
        distance = torch.cdist(real[first : first + _CHUNK], samples)
        inside = distance <= radius_real[first : first + _CHUNK, None]
        hits += inside.sum(0)
        covered += int(inside.any(1).sum())
        recalled += int((distance <= radius_samples[None]).any(1).sum())
    return Manifold(
        precision=float((hits > 0).double().mean()),
        recall=recalled / len(real),
        density=float(hits.double().mean()) / k,
        coverage=covered / len(real),
    )


def nearest(x: Tensor, among: Tensor, k: int = 1) -> tuple[Tensor, Tensor]:
    """The k nearest of ``among`` (M, D), M at least k, to each row of x (N, D): distances and indices, (N, k) each."""
    x = x.double()
    best = x.new_full((len(x), 0), torch.inf)
    index = torch.zeros(len(x), 0, dtype=torch.int64)
    for first in range(0, len(among), 8 * _CHUNK):
        distance = torch.cdist(x, among[first : first + 8 * _CHUNK].double())
        best = torch.cat([best, distance], 1)
        index = torch.cat([index, (torch.arange(distance.shape[1]) + first).expand(len(x), -1)], 1)
        best, order = best.topk(min(k, best.shape[1]), dim=1, largest=False)
        index = index.gather(1, order)
    return best, index
