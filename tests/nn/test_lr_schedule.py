"""Schedules of the learning rate: known factors at known progress."""

import pytest

from studio.nn import warmup_cosine, warmup_linear


def test_a_schedule_rises_and_falls():
    factor = warmup_cosine(0.1, 0.01)
    assert factor(0.0) == pytest.approx(0.01)
    assert factor(0.1) == pytest.approx(1.0)
    assert factor(0.55) == pytest.approx(0.505)
    assert factor(1.0) == pytest.approx(0.01)


def test_the_linear_one_rises_and_falls_to_zero():
    factor = warmup_linear(0.2)
    assert factor(0.0) == pytest.approx(0.01)
    assert factor(0.1) == pytest.approx(0.505)
    assert factor(0.2) == pytest.approx(1.0)
    assert factor(0.6) == pytest.approx(0.5)
    assert factor(1.0) == 0.0


@pytest.mark.parametrize("make", [warmup_cosine, warmup_linear])
@pytest.mark.parametrize("warmup", [0.0, 0.5, 0.9])
def test_every_share_of_warmup_stays_within_its_bounds(make, warmup):
    factor = make(warmup)
    values = [factor(step / 100) for step in range(111)]
    assert all(0.0 <= value <= 1.0 for value in values)
    assert max(values) == pytest.approx(1.0)
