"""The discretised logistic: a distribution over 8-bit levels, also far from its mean."""

import pytest
import torch

from studio.nn import discretised_logistic


@pytest.mark.parametrize("mean", [-1.5, -0.3, 0.0, 0.99])
@pytest.mark.parametrize("log_scale", [-9.0, -5.0, -3.0, 0.0])
def test_the_discretised_logistic_is_a_distribution_over_256_levels(mean, log_scale):
    levels = (torch.arange(256, dtype=torch.float64) / 127.5) - 1.0
    log_prob = discretised_logistic(levels, torch.tensor(mean, dtype=torch.float64), torch.tensor(log_scale))
    assert float(log_prob.exp().sum()) == pytest.approx(1.0, abs=1e-3)


def test_a_level_far_from_the_mean_has_the_density_times_its_width():
    """In float32 the difference of two sigmoids is 0 there; exp(-(x - mean) / s) 2 / (255 s) is what it would be."""
    x, mean, log_scale = torch.tensor(0.5), torch.tensor(-0.9), torch.tensor(-5.0)
    scale = torch.exp(log_scale)
    expected = -(x - mean) / scale + torch.log(2.0 / 255.0 / scale)
    torch.testing.assert_close(discretised_logistic(x, mean, log_scale), expected, atol=1e-3, rtol=1e-4)
    assert torch.isfinite(discretised_logistic(x, mean, torch.tensor(-9.0)))


def test_the_outermost_levels_take_the_tails():
    mean, log_scale = torch.tensor(3.0), torch.tensor(-3.0)
    assert discretised_logistic(torch.tensor(1.0), mean, log_scale).item() == pytest.approx(0.0, abs=1e-6)
    assert discretised_logistic(torch.tensor(-1.0), -mean, log_scale).item() == pytest.approx(0.0, abs=1e-6)
