"""This file measures one set of features against another: every distance and share, with what chance does to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import torch

from studio.evaluate.bootstrap import Estimate, halves, indicators
from studio.evaluate.distances import frechet_distance, kernel_distance
from studio.evaluate.features import Features, Progress
from studio.evaluate.manifold import NEIGHBOURS, Manifold, compare_manifolds

__all__ = ["DISTANCES", "FEWEST_ITEMS", "MEASURES", "RESAMPLES", "measure_features", "measure_share"]

FRECHET, KERNEL = "Fréchet distance", "kernel distance"
DISTANCES = (FRECHET, KERNEL)
SHARES = tuple(entry.name for entry in fields(Manifold))
MEASURES = (*DISTANCES, *SHARES)
# A half must still hold an item and its k neighbours.
FEWEST_ITEMS = 2 * (NEIGHBOURS + 1)
RESAMPLES = 20
_FRECHET_RESAMPLES = 10


def measure_features(
    real: Features, others: Features, seed: int = 0, on_progress: Progress = lambda *_: None
) -> dict[str, Estimate]:
    """Compare features of held-out items with those of samples, or of other real items, as many.

    Args:
        real: Features of held-out items, (N, D), N at least 12.
        others: Features of the others, (N, D).
        seed: Seed of the halves.
        on_progress: Called with steps done and steps in all.

    Returns:
        Each of MEASURES by its name.
    """
    x, y = torch.from_numpy(real).double(), torch.from_numpy(others).double()
    chosen_x, chosen_y = halves(len(x), RESAMPLES, 2 * seed), halves(len(y), RESAMPLES, 2 * seed + 1)
    total = 2 + _FRECHET_RESAMPLES + RESAMPLES
    kernel = kernel_distance(x, y, indicators(chosen_x, len(x)), indicators(chosen_y, len(y))).numpy()
    on_progress(1, total)
    frechet, manifolds = [frechet_distance(x, y)], [compare_manifolds(x, y)]
    on_progress(2, total)
    for number, (rows_x, rows_y) in enumerate(zip(chosen_x, chosen_y, strict=True)):
        manifolds.append(compare_manifolds(x[rows_x], y[rows_y]))
        if number < _FRECHET_RESAMPLES:
            frechet.append(frechet_distance(x[rows_x], y[rows_y]))
        on_progress(2 + len(manifolds) + len(frechet) - 2, total)
    values = {FRECHET: frechet, KERNEL: kernel.tolist()}
    values |= {name: [getattr(manifold, name) for manifold in manifolds] for name in SHARES}
    return {name: _estimate(values[name]) for name in MEASURES}


def measure_share(hits: np.ndarray[tuple[int], np.dtype[np.bool_]], seed: int = 0) -> Estimate:
    """The share of items that are right, (N,), as a measure."""
    chosen = halves(len(hits), RESAMPLES, 2 * seed + 1)
    return _estimate([float(hits.mean()), *(float(hits[rows.numpy()].mean()) for rows in chosen)])


def _estimate(values: Sequence[float]) -> Estimate:
    return Estimate(values[0], np.array(values[1:], np.float64))
