"""Measures one set of features against another: every distance and share, with what chance does to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import torch

from studio.core.estimate import Estimate
from studio.evaluate.distances import frechet_distance, kernel_distance
from studio.evaluate.features import Features, Progress
from studio.evaluate.manifold import NEIGHBOURS, Manifold, compare_manifolds
from studio.evaluate.resampling import indicators, parts
from studio.store.evaluation import Measure

__all__ = [
    "DISTANCES",
    "FEWEST_ITEMS",
    "MEASURES",
    "as_measure",
    "measure_features",
    "measure_share",
    "within_bounds",
]

FRECHET, KERNEL = "Fréchet distance", "kernel distance"
DISTANCES = (FRECHET, KERNEL)
SHARES = tuple(entry.name for entry in fields(Manifold))
MEASURES = (*DISTANCES, *SHARES)
# A half must still hold an item and its k neighbours.
FEWEST_ITEMS = 2 * (NEIGHBOURS + 1)
# Many parts of the kernel cost one pass over it; a Fréchet distance in many features takes a second each.
_KERNEL_PARTS, _SHARE_PARTS = 100, 20
_FEW_FEATURES = 256


def _frechet_parts(dims: int) -> int:
    return 40 if dims <= _FEW_FEATURES else 10


def measure_features(
    real: Features, others: Features, seed: int = 0, on_progress: Progress = lambda *_: None
) -> dict[str, Estimate]:
    """Compare features of held-out items with those of samples, or of other real items, as many.

    Args:
        real: Features of held-out items, (N, D), N at least 12.
        others: Features of the others, (N, D).
        seed: Seed of the parts.
        on_progress: Called with steps done and steps in all.

    Returns:
        Each of MEASURES by its name.
    """
    x, y = torch.from_numpy(real).double(), torch.from_numpy(others).double()
    # The parts depend on the counts and the seed alone, so that those of several files are the same rows.
    halves_x, halves_y = (parts(len(one), 2, _KERNEL_PARTS, 4 * seed + number) for number, one in enumerate((x, y)))
    quarters_x, quarters_y = (parts(len(one), 4, _KERNEL_PARTS, 4 * seed + 2 + n) for n, one in enumerate((x, y)))
    pairs_of_halves = list(zip(halves_x, halves_y, strict=True))
    pairs_of_quarters = list(zip(quarters_x, quarters_y, strict=True))
    few = _frechet_parts(x.shape[1])
    total = 2 + 2 * few + _SHARE_PARTS
    kernel = kernel_distance(
        x, y, indicators([*halves_x, *quarters_x], len(x)), indicators([*halves_y, *quarters_y], len(y))
    ).numpy()
    on_progress(1, total)
    frechet, manifolds = [frechet_distance(x, y)], [compare_manifolds(x, y)]
    on_progress(2, total)
    for rows_x, rows_y in (*pairs_of_halves[:few], *pairs_of_quarters[:few]):
        frechet.append(frechet_distance(x[rows_x], y[rows_y]))
        on_progress(1 + len(frechet), total)
    for rows_x, rows_y in pairs_of_halves[:_SHARE_PARTS]:
        manifolds.append(compare_manifolds(x[rows_x], y[rows_y]))
        on_progress(len(frechet) + len(manifolds), total)
    found = {FRECHET: _estimate(frechet, few), KERNEL: _estimate(kernel.tolist(), _KERNEL_PARTS)}
    return found | {
        name: _estimate([getattr(manifold, name) for manifold in manifolds], _SHARE_PARTS) for name in SHARES
    }


def measure_share(hits: np.ndarray[tuple[int], np.dtype[np.bool_]], seed: int = 0) -> Estimate:
    """The share of items that are right, (N,), as a measure."""
    chosen = parts(len(hits), 2, _KERNEL_PARTS, 4 * seed + 1)
    return _estimate([float(hits.mean()), *(float(hits[rows.numpy()].mean()) for rows in chosen)], len(chosen))


def _estimate(values: Sequence[float], halves: int) -> Estimate:
    """A measure of all items, then of so many halves, then of quarters."""
    known = np.array(values, np.float64)
    return Estimate(float(known[0]), known[1 : 1 + halves], known[1 + halves :])


def as_measure(name: str, value: Estimate, floor: Estimate) -> Measure:
    """A measure beside its floor; of a distance also what it is above the floor, part by part."""
    above = value.minus(floor) if name in DISTANCES else None
    return Measure(
        name=name,
        value=value.value,
        interval=within_bounds(name, value.interval()),
        floor=floor.value,
        floor_interval=within_bounds(name, floor.interval()),
        above=None if above is None else above.value,
        above_interval=None if above is None else above.interval(),
        halves=tuple(value.halves.tolist()),
        quarters=tuple(value.quarters.tolist()),
    )


def within_bounds(name: str, interval: tuple[float, float]) -> tuple[float, float]:
    """An interval cut to what a measure can be."""
    low, high = interval
    if name == DISTANCES[0] or name in SHARES or name == "accuracy":
        low = max(0.0, low)
    if name in ("precision", "recall", "coverage", "accuracy"):
        high = min(1.0, high)
    return low, high
