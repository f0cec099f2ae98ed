"""Intervals: right for an average, whose spread is known, and wider where trainings differ."""

import numpy as np
import pytest
import torch

from studio.evaluate.bootstrap import Estimate, halves, indicators
from studio.evaluate.measurement import measure_features, measure_share


def test_halves_are_halves_without_repeats_and_a_function_of_the_seed():
    chosen = halves(11, 4, 3)
    assert all(len(rows) == len(set(rows.tolist())) == 5 for rows in chosen)
    assert all(torch.equal(a, b) for a, b in zip(chosen, halves(11, 4, 3), strict=True))
    assert not torch.equal(chosen[0], halves(11, 4, 4)[0])
    rows = indicators(chosen, 11)
    assert rows.sum(1).tolist() == [11, 5, 5, 5, 5]
    assert rows[2].nonzero().flatten().tolist() == chosen[1].tolist()


def test_the_spread_of_an_average_is_its_standard_error():
    x = np.random.default_rng(0).normal(size=400)
    resampled = np.array([x[rows.numpy()].mean() for rows in halves(400, 2000, 0)])
    low, high = Estimate(x.mean(), resampled).interval()
    assert (low + high) / 2 == pytest.approx(x.mean())
    assert (high - low) / 2 == pytest.approx(1.96 * x.std(ddof=1) / 20, rel=0.05)


def test_a_bias_of_halves_moves_no_interval():
    spread = np.array([-1.0, 0.0, 1.0])
    assert Estimate(5.0, 100.0 + spread).interval() == pytest.approx(Estimate(5.0, spread).interval())


def test_two_trainings_have_one_interval_that_holds_both():
    spread = 0.1 * np.array([-1.0, 1.0])
    low, high = Estimate(1.0, spread).interval(Estimate(3.0, spread))
    assert (low + high) / 2 == pytest.approx(2.0)
    assert low < 1.0
    assert high > 3.0
    assert Estimate(2.0, np.array([])).interval() == (2.0, 2.0)


def test_the_interval_of_a_share():
    hits = np.arange(1000) % 4 == 0
    estimate = measure_share(hits)
    low, high = estimate.interval()
    assert estimate.value == 0.25
    assert (high - low) / 2 == pytest.approx(1.96 * (0.25 * 0.75 / 1000) ** 0.5, rel=0.5)


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


def test_the_floor_of_a_set_with_itself():
    x = np.random.default_rng(1).normal(size=(60, 5)).astype(np.float32)
    found = measure_features(x, x)
    assert found["Fréchet distance"].value == pytest.approx(0.0, abs=1e-6)
    assert found["kernel distance"].value < 0.0  # unbiased, so that of equal sets lies below zero
    assert [found[name].value for name in ("precision", "recall", "coverage")] == [1.0, 1.0, 1.0]
    again = measure_features(x, x)
    assert all(np.array_equal(found[name].resampled, again[name].resampled) for name in found)
