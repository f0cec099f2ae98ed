"""What an autoencoder of symbols becomes in a file: the loop, latents, likelihoods."""

import itertools
import math

import pytest
import torch

from studio.nn import (
    LikeliestSequence,
    RememberingTokenStep,
    SequenceAutoencoder,
    SequenceEncode,
    SequenceLogWeight,
    Stage,
    TokenFinish,
    Transform,
    run_program,
    sequence_state,
    until_end,
)

END, LENGTH = 3, 6


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
    net = SequenceAutoencoder(LENGTH, END + 1, 0, 16, 2, 2, 0.0, latent_dim=3, stretch=2)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return net.eval()


def labels(count):
    return torch.zeros(count, dtype=torch.int64)


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
