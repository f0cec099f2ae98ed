"""Points of well-known shapes: where their density is known, it is the one that likelihoods are compared with."""

import math

import numpy as np
import pytest

from studio.data.table.points import POINTS, draw_points


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


def test_eight_gaussians_have_the_entropy_that_is_published():
    points, _ = draw_points("eight-gaussians", 200_000, seed=0)
    angles = np.arange(8) * math.pi / 4
    centres = 4 * np.stack([np.cos(angles), np.sin(angles)], 1) / math.sqrt(2)
    squares = ((points[:, None] - centres) ** 2).sum(-1) / (2 * 0.125)
    density = np.exp(-squares).mean(1) / (2 * math.pi * 0.125)
    assert -np.log(density).mean() == pytest.approx(2.8307, abs=0.01)


def test_the_checkerboard_is_uniform_on_every_other_square():
    points, _ = draw_points("checkerboard", 100_000, seed=0)
    square = np.floor((points + 4.0) / 2.0).astype(int).clip(0, 3)
    counts = np.zeros((4, 4), int)
    np.add.at(counts, (square[:, 0], square[:, 1]), 1)
    dark = np.add.outer(np.arange(4), np.arange(4)) % 2 == 0
    assert counts[~dark].sum() == 0
    # Eight squares of area four: the entropy is log 32.
    assert np.abs(counts[dark] / 12_500 - 1).max() < 0.05
