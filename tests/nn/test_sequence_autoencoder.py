"""The autoencoder of symbols: what sees what, and what costs what."""

import pytest
import torch

from studio.nn import SequenceAutoencoder, normal_kl

END, LENGTH, STRETCH = 3, 6, 2


@pytest.fixture
def net():
    torch.manual_seed(0)
    net = SequenceAutoencoder(LENGTH, END + 1, 0, 16, 2, 2, 0.0, latent_dim=3, stretch=STRETCH)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return net.eval()


def labels(count):
    return torch.zeros(count, dtype=torch.int64)


@torch.no_grad()
def test_a_symbol_sees_those_before_and_the_latents_up_to_its_stretch(net):
    tokens, latent = torch.tensor([[0, 1, 2, 1, 0, END]]), torch.randn(1, 3, 3)
    logits = net.logits(tokens, latent, labels(1))
    later, other = tokens.clone(), latent.clone()
    later[0, 3] = 2
    other[0, 2] += 1.0
    torch.testing.assert_close(net.logits(later, latent, labels(1))[:, :4], logits[:, :4])
    moved = net.logits(tokens, other, labels(1))
    torch.testing.assert_close(moved[:, :4], logits[:, :4])
    assert not torch.allclose(moved[:, 4:], logits[:, 4:])


@torch.no_grad()
def test_behind_the_end_the_posterior_is_the_prior_and_nothing_is_looked_at(net):
    tokens, other = torch.tensor([[0, END, END, END, END, END]]), torch.tensor([[0, END, 1, 2, 0, 1]])
    posterior = net.infer(tokens)
    assert posterior.shape == (1, 2, 3, 3)
    assert torch.equal(posterior[:, :, 1:], torch.zeros(1, 2, 2, 3))
    assert float(posterior[:, :, 0].abs().min()) > 0.0
    torch.testing.assert_close(net.infer(other), posterior)
    # A shorter row, which does not fill its last stretch, is the same text.
    torch.testing.assert_close(net.infer(tokens[:, :3])[:, :, :2], posterior[:, :, :2])


@torch.no_grad()
def test_the_cost_is_the_bound_and_what_is_free_does_not_count(net):
    tokens = torch.tensor([[0, 1, 2, END, END, END], [2, END, END, END, END, END], [1, 1, 1, 1, 1, END]])
    posterior = net.infer(tokens)
    kl = normal_kl(posterior).sum() / 3
    torch.manual_seed(1)
    plain = net.cost(tokens, labels(3))
    torch.testing.assert_close(plain.kl, kl)
    symbols, stretches = 4 + 2 + 6, 2 + 1 + 3
    torch.testing.assert_close(plain.loss, (plain.reconstruction + plain.kl) * 3 / symbols)
    torch.manual_seed(1)
    free = net.cost(tokens, labels(3), free_bits=100.0, weight=0.5)
    torch.testing.assert_close(free.reconstruction, plain.reconstruction)
    charged = 0.5 * 100.0 * 3 * stretches / symbols
    torch.testing.assert_close(free.loss, plain.reconstruction * 3 / symbols + charged)


def test_hidden_symbols_are_not_seen(net):
    tokens, latent = torch.tensor([[0, 1, 2, 1, 0, END]]), torch.zeros(1, 3, 3)
    hidden = [net.logits(row, latent, labels(1), hidden=1.0) for row in (tokens, torch.full_like(tokens, 2))]
    torch.testing.assert_close(*hidden)
