"""The autoencoder of symbols: what sees what, what costs what, and what its file's parts make of it."""

import itertools
import math

import pytest
import torch

from studio.nn import (
    LikeliestSequence,
    SequenceAutoencoder,
    SequenceEncode,
    SequenceLogWeight,
    normal_kl,
    until_end,
)
from studio.nn.sampler import Stage, Transform, run_program
from studio.nn.sequence_sampler import RememberingTokenStep, sequence_state
from studio.nn.token_sampler import TokenFinish

END, LENGTH, STRETCH = 3, 6, 2


class Symbols:
    """The codec of three symbols and an end."""

    def encode(self, items):
        return items.long()

    def decode(self, view):
        return view

    def settle(self, decoded):
        return torch.where(until_end(decoded, END), decoded, END).to(torch.int16)


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


@torch.no_grad()
def test_the_weights_of_all_texts_sum_to_one(net):
    """The mean importance weight of a text is its probability, whatever the posterior."""
    texts = torch.tensor(list(itertools.product(range(END + 1), repeat=3)), dtype=torch.int16)
    settled = torch.where(until_end(texts, END), texts, END).unique(dim=0)
    small = SequenceAutoencoder(3, END + 1, 0, 16, 1, 2, 0.0, latent_dim=1, stretch=2).eval()
    torch.manual_seed(0)
    for parameter in small.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    module, draws = SequenceLogWeight(small, Symbols()), 4_000
    nats = [module(row.expand(draws, -1), torch.randn(draws, 2)) for row in settled]
    total = sum(math.exp(float(each.logsumexp(0)) - math.log(draws)) for each in nats)
    assert total == pytest.approx(1.0, abs=0.02)


@torch.no_grad()
def test_another_prior_takes_the_place_of_the_normal_one(net):
    items, noise = torch.tensor([[0, 1, END, END, END, END]], dtype=torch.int16), torch.randn(1, 9)
    plain = SequenceLogWeight(net, Symbols())(items, noise)
    prior = SequenceLogWeight(net, Symbols(), lambda latent, label, tokens, end: latent.sum((1, 2)))(items, noise)
    posterior = net.infer(items.long())
    latent = posterior[:, 0] + posterior[:, 1].exp() * noise.reshape(1, 3, 3)
    torch.testing.assert_close(prior - plain, latent.sum((1, 2)))


@torch.no_grad()
def test_the_loop_takes_the_likeliest_symbol_at_each_place(net):
    latent = 2.0 * torch.randn(4, 9)
    step = RememberingTokenStep(net.decoder, end=END)
    stages = [Stage(step, trip=LENGTH)]
    program = Transform([], LikeliestSequence(net), TokenFinish(), Symbols(), stages, sequence_state(net))
    _, made = run_program(program, [latent])
    tokens = torch.full((4, LENGTH), END)
    for place in range(LENGTH):
        logits = net.logits(tokens[:, : place + 1], latent.reshape(4, 3, 3), labels(4))[:, place]
        over = (tokens[:, :place] == END).any(1)
        tokens[:, place] = torch.where(over, END, logits.argmax(1))
    assert torch.equal(made.long(), tokens)
    assert len(tokens.unique()) > 1


@torch.no_grad()
def test_items_become_the_means_of_their_latents(net):
    items = torch.tensor([[0, 1, 2, END, END, END]], dtype=torch.int16)
    latent = SequenceEncode(net, Symbols())(items)
    torch.testing.assert_close(latent.reshape(1, 3, 3), net.infer(items.long())[:, 0])
