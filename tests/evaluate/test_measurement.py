"""Measures of sets of features, and the parts of the items that tell what chance does to them."""

import numpy as np
import pytest

from studio.evaluate.measurement import DISTANCES, measure_features, measure_share


def test_the_interval_of_a_share():
    hits = np.arange(1000) % 4 == 0
    estimate = measure_share(hits)
    low, high = estimate.interval()
    assert estimate.value == 0.25
    assert (high - low) / 2 == pytest.approx(1.96 * (0.25 * 0.75 / 1000) ** 0.5, rel=0.25)


def test_intervals_of_distances_hold_what_other_draws_give():
    """Of twenty further pairs of sets, most lie in the interval of the first."""

    def pair(seed):
        generator = np.random.default_rng(seed)
        return [(generator.normal(size=(200, 6)) + shift).astype(np.float32) for shift in (0.0, 0.5)]

    first = measure_features(*pair(0))
    others = [measure_features(*pair(seed)) for seed in range(1, 21)]
    for name, estimate in first.items():
        low, high = estimate.interval()
        width = high - low
        spread = np.std([one[name].value for one in others])
        assert 0.4 * 2 * 1.96 * spread < width < 2.5 * 2 * 1.96 * spread, name


def test_at_the_null_the_intervals_of_distances_are_no_wider_than_chance():
    """Finding M7: by halves alone they were 1.65 times too wide where two sets are alike."""
    found = []
    for seed in range(24):
        generator = np.random.default_rng(seed)
        found.append(measure_features(*generator.normal(size=(2, 160, 6)).astype(np.float32)))
    for name in DISTANCES:
        spread = np.std([one[name].value for one in found], ddof=1)
        said = np.mean([one[name].variance for one in found]) ** 0.5
        assert 0.7 * spread < said < 1.45 * spread, name


def test_the_floor_of_a_set_with_itself():
    x = np.random.default_rng(1).normal(size=(60, 5)).astype(np.float32)
    found = measure_features(x, x)
    assert found["Fréchet distance"].value == pytest.approx(0.0, abs=1e-6)
    assert found["kernel distance"].value < 0.0  # unbiased, so that of equal sets lies below zero
    assert [found[name].value for name in ("precision", "recall", "coverage")] == [1.0, 1.0, 1.0]
    again = measure_features(x, x)
    assert all(np.array_equal(found[name].halves, again[name].halves) for name in found)
