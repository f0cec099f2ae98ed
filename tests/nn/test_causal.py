"""The causal transformer: the chain rule over symbols, and what it may look at."""

import math

import pytest
import torch

from studio.core.modality import ImageSpec
from studio.core.spec import Tokens
from studio.nn import CausalTransformer, make_codec


def test_a_symbol_is_seen_by_the_later_ones_only(small_transformer):
    net = small_transformer()
    tokens = torch.randint(0, 5, (1, 6))
    before = net(tokens, torch.zeros(1, dtype=torch.int64))
    for place in range(6):
        other = tokens.clone()
        other[0, place] = (other[0, place] + 1) % 5
        moved = (net(other, torch.zeros(1, dtype=torch.int64)) - before).abs().amax((0, 2))
        assert (moved[: place + 1] == 0).all()
        assert (moved[place + 1 :] > 0).all()


def test_a_uniform_model_costs_log2_of_the_vocabulary(small_transformer):
    net = small_transformer(vocab_size=8)
    torch.nn.init.zeros_(net.head.weight)
    torch.nn.init.zeros_(net.head.bias)
    bits = -net.log_prob(torch.randint(0, 8, (4, 6)), torch.zeros(4, dtype=torch.int64)) / math.log(2.0)
    torch.testing.assert_close(bits, torch.full((4,), 6 * 3.0, dtype=bits.dtype), atol=1e-5, rtol=0)


def test_the_probabilities_of_all_items_add_to_one(small_transformer):
    net = small_transformer(length=3, vocab_size=4, num_classes=2)
    tokens = torch.cartesian_prod(*[torch.arange(4)] * 3)
    total = net.log_prob(tokens, torch.ones(64, dtype=torch.int64)).exp().sum()
    assert total.item() == pytest.approx(1.0, abs=1e-6)


def test_what_fills_patches_up_has_no_probability_of_its_own():
    """Over all 2^5 items of 1x5 pixels in patches of 2x2, the probabilities add to one."""
    torch.manual_seed(0)
    codec = make_codec(ImageSpec(shape=(1, 5, 1)), Tokens(levels=2, patch=2))
    net = CausalTransformer(codec.shape[0], codec.vocab_size, 0, 16, 1, 2, 0.0, codec.allowed()).double().eval()
    torch.nn.init.normal_(net.head.weight)
    bits = torch.cartesian_prod(*[torch.tensor([0, 255], dtype=torch.uint8)] * 5).reshape(32, 1, 5, 1)
    total = (
        net.log_prob(codec.encode(bits, torch.full(bits.shape, 0.5)), torch.zeros(32, dtype=torch.int64)).exp().sum()
    )
    assert total.item() == pytest.approx(1.0, abs=1e-5)


def test_a_symbol_that_a_place_cannot_have_has_no_probability(small_transformer):
    allowed = torch.tensor([[True, True, False, False], [True, True, True, True]])
    net = small_transformer(length=2, vocab_size=4, allowed=allowed)
    tokens = torch.cartesian_prod(torch.arange(4), torch.arange(4))
    probability = net.log_prob(tokens, torch.zeros(16, dtype=torch.int64)).exp()
    assert (probability[tokens[:, 0] >= 2] == 0).all()
    assert (probability[tokens[:, 0] < 2] > 0).all()
    assert probability.sum().item() == pytest.approx(1.0, abs=1e-6)


def test_the_class_counts_from_the_first_symbol_on(small_transformer):
    net = small_transformer(num_classes=2)
    tokens = torch.zeros(3, 6, dtype=torch.int64)
    logits = net(tokens, torch.tensor([-1, 0, 1]))
    for one, other in ((0, 1), (1, 2)):
        assert ((logits[one] - logits[other]).abs().amax(1) > 1e-6).all()


def test_without_classes_a_label_is_not_looked_at(small_transformer):
    tokens = torch.zeros(1, 6, dtype=torch.int64)
    net = small_transformer()
    assert torch.equal(net(tokens, torch.tensor([0])), net(tokens, torch.tensor([7])))
