"""The VAE of tables: a softmax for each column."""

import pytest
import torch

from studio.core.spec import Continuous, Tokens
from studio.nn import make_codec
from studio_vae.columns import ColumnLogWeight, ColumnSymbols, ColumnVAE, Likeliest
from tests.plugins.eighteen_rows import SPEC, every_row


@pytest.fixture
def tokens():
    return make_codec(SPEC, Tokens())


@pytest.fixture
def net(tokens):
    torch.manual_seed(0)
    codec = make_codec(SPEC, Continuous())
    net = ColumnVAE(codec.shape[0], tokens.allowed(), tokens.sizes, 0, 2, 16, 1)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return net.eval()


@torch.no_grad()
def test_a_column_has_its_own_symbols_only(net):
    logits = net.decode(torch.randn(5, 2), torch.zeros(5, dtype=torch.int64))
    assert logits.shape == (5, 3, 3)
    assert bool((torch.softmax(logits, 2)[:, 1, 2] == 0).all())


@torch.no_grad()
def test_importance_weights_add_up_to_a_distribution_over_all_rows(net, tokens):
    torch.manual_seed(1)
    rows = tokens.settle(tokens.decode(every_row()))
    weigh = ColumnLogWeight(net, make_codec(SPEC, Continuous()), tokens)
    weights = torch.stack([weigh(rows, torch.randn(len(rows), 2)) for _ in range(3000)])
    total = (torch.logsumexp(weights, 0) - torch.log(torch.tensor(3000.0))).exp().sum()
    assert float(total) == pytest.approx(1.0, abs=0.03)


def test_symbols_are_drawn_by_their_share():
    logits = torch.log(torch.tensor([[[0.2, 0.3, 0.5], [0.9, 0.1, 1e-9]]])).expand(5000, -1, -1)
    torch.manual_seed(0)
    drawn = ColumnSymbols()(logits, torch.rand(5000, 2), torch.full((5000, 2), 0.25))
    assert set((drawn - drawn.floor()).flatten().tolist()) == {0.25}
    shares = [float((drawn[:, 0].floor() == symbol).float().mean()) for symbol in range(3)]
    assert shares == pytest.approx([0.2, 0.3, 0.5], abs=0.02)
    edge = ColumnSymbols()(logits[:1], torch.tensor([[0.9999999, 0.9999999]]), torch.zeros(1, 2))
    assert edge.tolist() == [[2.0, 2.0]] or edge.tolist() == [[2.0, 1.0]]


@torch.no_grad()
def test_a_latent_is_decoded_to_its_likeliest_row(net, tokens):
    latent = torch.randn(6, 2)
    rows = tokens.settle(tokens.decode(Likeliest(net)(latent)))
    expected = net.decode(latent, torch.zeros(6, dtype=torch.int64)).argmax(2)
    assert torch.equal(tokens.encode(rows), expected)
