"""The transformer that looks both ways, at what belongs to the item alone."""

import torch

from studio.nn import MaskedTransformer


def make():
    torch.manual_seed(0)
    net = MaskedTransformer(length=6, vocab_size=5, num_classes=2, dim=16, depth=2, heads=2, dropout=0.0)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return net.eval()


@torch.no_grad()
def test_every_symbol_has_a_say_in_every_other():
    net, label = make(), torch.tensor([0])
    tokens, seen = torch.tensor([[0, 5, 2, 5, 1, 3]]), torch.ones(1, 6, dtype=torch.bool)
    logits = net(tokens, label, seen)
    assert logits.shape == (1, 6, 5)
    for place in range(6):
        other = tokens.clone()
        other[0, place] = 4
        assert ((net(other, label, seen) - logits).abs().amax(2) > 1e-4).all()


@torch.no_grad()
def test_what_lies_behind_an_item_is_not_looked_at():
    net, label = make(), torch.tensor([1])
    tokens, seen = torch.tensor([[0, 5, 2, 4, 4, 4]]), torch.tensor([[True] * 3 + [False] * 3])
    whole = net(tokens, label, seen)[:, :3]
    other = torch.tensor([[0, 5, 2, 1, 0, 3]])
    torch.testing.assert_close(net(other, label, seen)[:, :3], whole)
    torch.testing.assert_close(net(tokens[:, :3], label, seen[:, :3]), whole)


@torch.no_grad()
def test_the_class_matters():
    net, seen = make(), torch.ones(2, 6, dtype=torch.bool)
    logits = net(torch.full((2, 6), 5), torch.tensor([0, 1]), seen)
    assert not torch.allclose(logits[0], logits[1])
