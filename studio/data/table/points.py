"""Points in the plane of well-known shapes, as toy data for density estimation.

Shapes and scales are those of Grathwohl et al. 2019, FFJORD (arXiv:1810.01367), figure 2, drawn anew here, so that
likelihoods compare with published ones: in nats, the entropy of eight Gaussians is 2.8307, of the checkerboard log 32.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

__all__ = ["EXAMPLE_COUNT", "POINTS", "draw_points", "true_density_of"]

# Points of an example.
EXAMPLE_COUNT = 20_000

Drawn = tuple[npt.NDArray[np.float32], npt.NDArray[np.str_] | None]


def _eight_gaussians(count: int, generator: np.random.Generator) -> Drawn:
    angles = generator.integers(0, 8, count) * (math.pi / 4.0)
    centres = 4.0 * np.stack([np.cos(angles), np.sin(angles)], 1)
    return ((centres + 0.5 * generator.normal(size=(count, 2))) / math.sqrt(2.0)).astype(np.float32), None


def _checkerboard(count: int, generator: np.random.Generator) -> Drawn:
    """Uniform on every other of 4 x 4 squares whose sides are 2 long."""
    column = generator.integers(0, 4, count)
    row = 2 * generator.integers(0, 2, count) + column % 2
    corner = 2.0 * np.stack([column, row], 1) - 4.0
    return (corner + 2.0 * generator.random((count, 2))).astype(np.float32), None


def _two_moons(count: int, generator: np.random.Generator) -> Drawn:
    lower = generator.integers(0, 2, count).astype(bool)
    angle = math.pi * generator.random(count)
    across = np.where(lower, 1.0 - np.cos(angle), np.cos(angle))
    along = np.where(lower, 0.5 - np.sin(angle), np.sin(angle))
    moons = np.stack([across, along], 1) + 0.1 * generator.normal(size=(count, 2))
    return (2.0 * moons + (-1.0, -0.2)).astype(np.float32), np.where(lower, "lower", "upper")


def _spirals(count: int, generator: np.random.Generator) -> Drawn:
    second = generator.integers(0, 2, count).astype(bool)
    angle = np.sqrt(generator.random(count)) * 3.0 * math.pi
    arm = np.stack([-np.cos(angle), np.sin(angle)], 1) * angle[:, None] + 0.5 * generator.random((count, 2))
    arms = np.where(second[:, None], -arm, arm) / 3.0 + 0.1 * generator.normal(size=(count, 2))
    return arms.astype(np.float32), np.where(second, "second", "first")


def _rings(count: int, generator: np.random.Generator) -> Drawn:
    radius = 0.75 * generator.integers(1, 5, count)
    angle = 2.0 * math.pi * generator.random(count)
    rings = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    return (rings + 0.08 * generator.normal(size=(count, 2))).astype(np.float32), None


POINTS: Mapping[str, Callable[[int, np.random.Generator], Drawn]] = {
    "eight-gaussians": _eight_gaussians,
    "checkerboard": _checkerboard,
    "two-moons": _two_moons,
    "spirals": _spirals,
    "rings": _rings,
}


def draw_points(name: str, count: int, seed: int) -> Drawn:
    """Draw points of a shape.

    Args:
        name: One of ``POINTS``.
        count: Number N of points.
        seed: The same seed gives the same points.

    Returns:
        The points, float32 (N, 2), and the class of each, (N,); None where the shape has no classes.
    """
    return POINTS[name](count, np.random.default_rng(seed))


def _eight_gaussians_density(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    angles = np.arange(8) * math.pi / 4.0
    centres = 4.0 * np.stack([np.cos(angles), np.sin(angles)], 1) / math.sqrt(2.0)
    squares = ((points[:, None] - centres) ** 2).sum(-1) / (2.0 * 0.125)
    result: npt.NDArray[np.float64] = np.logaddexp.reduce(-squares, 1) - math.log(8.0 * 2.0 * math.pi * 0.125)
    return result


def _checkerboard_density(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Of points that were drawn: all of them lie on the squares."""
    return np.full(len(points), -math.log(32.0))


TrueDensity = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]
_DENSITIES: Mapping[str, TrueDensity] = {
    "eight-gaussians": _eight_gaussians_density,
    "checkerboard": _checkerboard_density,
}


def true_density_of(rows: npt.NDArray[np.generic]) -> TrueDensity | None:
    """What gives the true log density of the points of an example in nats, (N, 2) to (N,), where that is known.

    Args:
        rows: All rows of a data set, (N, K), by which the example is known, whatever it is called.
    """
    if rows.shape != (EXAMPLE_COUNT, 2):
        return None
    for name, density in _DENSITIES.items():
        if np.array_equal(rows, draw_points(name, EXAMPLE_COUNT, seed=0)[0]):
            return density
    return None
