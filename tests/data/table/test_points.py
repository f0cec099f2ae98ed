"""Points of well-known shapes: where their density is known, it is the one that likelihoods are compared with."""

import math

import numpy as np
import pytest

from studio.data.table.points import EXAMPLE_COUNT, POINTS, draw_points, true_density_of


@pytest.mark.parametrize("name", POINTS)
def test_points_are_finite_lie_around_the_middle_and_come_again(name):
    points, labels = draw_points(name, 5000, seed=1)
    assert (points.dtype, points.shape) == (np.float32, (5000, 2))
    assert np.isfinite(points).all()
    assert np.abs(points.mean(0)).max() < 0.6
    assert 1.0 < points.std(0).max() < 4.0
    assert np.array_equal(draw_points(name, 5000, seed=1)[0], points)
    assert not np.array_equal(draw_points(name, 5000, seed=2)[0], points)
    if labels is not None:
        names, counts = np.unique(labels, return_counts=True)
        assert len(names) == 2
        assert counts.min() > 2300


def test_the_true_densities_have_the_entropy_that_is_published():
    for name, entropy in (("eight-gaussians", 2.8307), ("checkerboard", math.log(32))):
        density = true_density_of(draw_points(name, EXAMPLE_COUNT, seed=0)[0])
        fresh, _ = draw_points(name, 200_000, seed=3)
        assert -density(fresh.astype(np.float64)).mean() == pytest.approx(entropy, abs=0.01)
    # A density: what lies between two of the eight is less likely than their centres by what a Gaussian says.
    density = true_density_of(draw_points("eight-gaussians", EXAMPLE_COUNT, seed=0)[0])
    centre, far = density(np.array([[4 / math.sqrt(2), 0.0], [0.0, 0.0]]))
    assert centre == pytest.approx(-math.log(8 * 2 * math.pi * 0.125), abs=1e-3)
    assert far == pytest.approx(centre - 8 / 0.25 + math.log(8), abs=1e-3)


def test_only_an_example_itself_has_a_true_density():
    points = draw_points("checkerboard", EXAMPLE_COUNT, seed=0)[0]
    assert true_density_of(points[:-1]) is None
    assert true_density_of(draw_points("checkerboard", EXAMPLE_COUNT, seed=1)[0]) is None
    assert true_density_of(draw_points("rings", EXAMPLE_COUNT, seed=0)[0]) is None
    assert true_density_of(np.zeros((EXAMPLE_COUNT, 28, 28, 1), np.uint8)) is None


def test_the_checkerboard_is_uniform_on_every_other_square():
    points, _ = draw_points("checkerboard", 100_000, seed=0)
    square = np.floor((points + 4.0) / 2.0).astype(int).clip(0, 3)
    counts = np.zeros((4, 4), int)
    np.add.at(counts, (square[:, 0], square[:, 1]), 1)
    dark = np.add.outer(np.arange(4), np.arange(4)) % 2 == 0
    assert counts[~dark].sum() == 0
    # Eight squares of area four: the entropy is log 32.
    assert np.abs(counts[dark] / 12_500 - 1).max() < 0.05
