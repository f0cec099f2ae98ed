"""The normal posterior: what it costs, and that no term explodes."""

import torch

from studio.nn import PosteriorBound, normal_kl


def test_the_kl_is_that_of_torch():
    generator = torch.Generator().manual_seed(0)
    posterior = torch.randn(4, 2, 3, 5, generator=generator)
    normal = torch.distributions.Normal(posterior[:, 0], posterior[:, 1].exp())
    wanted = torch.distributions.kl_divergence(normal, torch.distributions.Normal(0.0, 1.0))
    torch.testing.assert_close(normal_kl(posterior), wanted)


def test_of_the_prior_itself_it_is_nothing():
    assert torch.equal(normal_kl(torch.zeros(2, 2, 3)), torch.zeros(2, 3))


def test_what_an_encoder_does_not_say_costs_nothing_and_what_it_shouts_is_bounded():
    bound = PosteriorBound()
    torch.testing.assert_close(bound(torch.zeros(1, 2, 3)), torch.zeros(1, 2, 3))
    loud = bound(torch.tensor([[[0.0], [1e6]], [[0.0], [-1e6]]]))
    torch.testing.assert_close(loud[:, 1, 0], torch.tensor([2.0, -5.0]))
