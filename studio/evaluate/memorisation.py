"""Asks whether samples are copies: are they nearer to the training items than held-out items are?

References:
    Meehan, Chaudhuri and Dasgupta, A non-parametric test to detect data-copying in generative models, 2020,
        arXiv:2004.05675 (the comparison with held-out items; here as a ratio of medians and a share of the nearest).
    Alaa et al., How faithful is your synthetic data?, 2022, arXiv:2102.08921, section 3.3 (a sample is suspect when it
        lies nearer to a training item than that one's own nearest neighbour).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from studio.evaluate.features import Features
from studio.evaluate.manifold import nearest

__all__ = ["NEAR", "Memorisation", "measure_memorisation"]

NEAR = 0.01
_SHOWN = 16
_SHOWN_NEIGHBOURS = 3
_CHUNK = 1024


@dataclass(frozen=True)
class Memorisation:
    """How near samples lie to the training items.

    Attributes:
        median: Median distance of a sample to its nearest training item.
        median_held_out: The same of a held-out item.
        ratio: The one divided by the other: about 1 for fresh samples, 0 for copies; None where held-out items are
            themselves copies of training items, so that nothing can be told.
        near: Share of samples nearer than all but 1 % of the held-out items; 0.01 for fresh samples.
        closest: Samples most likely copied, first those that lie nearest in proportion to the distance between their
            neighbour and its own, so that the plainest items do not hide the rest; int64 (P,).
        neighbours: Their nearest training items, the nearest first, int64 (P, 3 or fewer).
        distances: Their distances, float64 (P,).
    """

    median: float
    median_held_out: float
    ratio: float | None
    near: float
    closest: npt.NDArray[np.int64]
    neighbours: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float64]


def measure_memorisation(samples: Features, held_out: Features, training: Features) -> Memorisation:
    """Measure it on features (N, D), (M, D) and (T, D), each of at least one row."""
    known = torch.from_numpy(training)
    distance, neighbours = _look_up(samples, known, min(_SHOWN_NEIGHBOURS, len(known)))
    fresh, _ = _look_up(held_out, known, 1)
    median, median_held_out = float(distance[:, 0].median()), float(fresh.median())
    # Distances are found by products, which leave about this much between equal rows.
    rounding = 1e-3 * float(known.double().square().sum(1).mean().sqrt())
    threshold = float(torch.quantile(fresh[:, 0], NEAR, interpolation="lower"))
    order = torch.argsort(distance[:, 0] / _crowding(known, neighbours[:, 0]), stable=True)[:_SHOWN]
    return Memorisation(
        median=median,
        median_held_out=median_held_out,
        ratio=median / median_held_out if median_held_out > rounding else None,
        near=float((distance[:, 0] < threshold).double().mean()),
        closest=order.numpy(),
        neighbours=neighbours[order].numpy(),
        distances=distance[order, 0].numpy(),
    )


def _crowding(known: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Distance of the training items in ``rows`` to their nearest other one, never quite 0, (N,)."""
    if len(known) < 2:
        return torch.ones(len(rows), dtype=torch.float64)
    unique, place = torch.unique(rows, return_inverse=True)
    distance, _ = _look_up(known[unique].numpy(), known, 2)
    return distance[place, 1].clamp(min=1e-12)


def _look_up(x: Features, among: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    parts = [nearest(torch.from_numpy(x[i : i + _CHUNK]), among, k) for i in range(0, len(x), _CHUNK)]
    return torch.cat([distance for distance, _ in parts]), torch.cat([index for _, index in parts])
