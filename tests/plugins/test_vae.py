import math

import pytest
import torch

from studio_vae.model import VAE, active_units, discretised_logistic, elbo_terms


@pytest.mark.parametrize("mean", [-1.5, -0.3, 0.0, 0.99])
@pytest.mark.parametrize("log_scale", [-5.0, -3.0, 0.0])
def test_the_discretised_logistic_is_a_distribution_over_256_levels(mean, log_scale):
    levels = (torch.arange(256, dtype=torch.float64) / 127.5) - 1.0
    log_prob = discretised_logistic(levels, torch.tensor(mean, dtype=torch.float64), torch.tensor(log_scale))
    assert float(log_prob.exp().sum()) == pytest.approx(1.0, abs=1e-3)


def test_the_bound_lies_below_the_exact_likelihood_of_a_toy():
    """With a decoder that ignores z, log p(x) is known: the bound is it less the KL."""
    torch.manual_seed(0)
    net = VAE((1, 4, 4), 0, 2, 8, 1, "bernoulli")
    torch.nn.init.zeros_(net.decoder.conv_out.weight)
    torch.nn.init.zeros_(net.decoder.conv_out.bias)
    x = torch.randint(0, 2, (5, 1, 4, 4)).float() * 2 - 1
    reconstruction, kl, _ = elbo_terms(net, x, torch.full((5,), -1))
    exact = -16 * math.log(2.0)
    torch.testing.assert_close(-reconstruction, torch.full((5,), exact), atol=1e-4, rtol=1e-5)
    assert (-(reconstruction + kl.sum(1)) <= exact + 1e-4).all()
    assert (kl >= -1e-6).all()


def test_kl_against_a_sampled_estimate():
    torch.manual_seed(0)
    net = VAE((1, 4, 4), 0, 3, 8, 1, "bernoulli")
    x = torch.randn(1, 1, 4, 4).clamp(-1, 1)
    with torch.no_grad():
        mean, log_std = (value.double() for value in net.encode(x, torch.tensor([-1])))
        kl = elbo_terms(net, x, torch.tensor([-1]))[1].double()
    z = mean + log_std.exp() * torch.randn(200_000, 3, dtype=torch.float64)
    q = torch.distributions.Normal(mean, log_std.exp()).log_prob(z)
    p = torch.distributions.Normal(0.0, 1.0).log_prob(z)
    torch.testing.assert_close((q - p).mean(0), kl[0], atol=0.02, rtol=0.02)


def test_active_units_are_those_whose_mean_varies():
    mean = torch.stack([torch.linspace(-1, 1, 50), torch.full((50,), 3.0), torch.linspace(0, 0.01, 50)], dim=1)
    assert active_units(mean).item() == 1.0


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 17, 30), (1, 5, 3), (1, 1, 40), (3, 64, 48)])
@pytest.mark.parametrize("likelihood", ["bernoulli", "logistic"])
def test_every_shape_goes_through(shape, likelihood):
    net = VAE(shape, 2, 4, 8, 1, likelihood)
    x = torch.rand(2, *shape) * 2 - 1
    reconstruction, kl, mean = elbo_terms(net, x, torch.tensor([-1, 1]))
    assert reconstruction.shape == (2,)
    assert kl.shape == mean.shape == (2, 4)
    (reconstruction.mean() + kl.sum()).backward()
    unused = [name for name, parameter in net.named_parameters() if parameter.grad is None]
    assert unused == []
