"""The diffusion transformer: items of any size, and the identity that it begins as."""

import pytest
import torch

from studio.nn import DiT


@pytest.mark.parametrize(("shape", "patch"), [((1, 28, 28), 4), ((3, 7, 5), 2), ((1, 1, 3), 2)])
def test_the_diffusion_transformer_takes_any_size_and_begins_at_zero(shape, patch):
    net = DiT(shape[0], shape[1:], 16, 2, 2, patch, 8)
    x = torch.randn(2, *shape)
    assert (net(x, torch.randn(2, 8)) == 0).all()
    for parameter in net.double().parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    y = net(x.double(), torch.randn(2, 8, dtype=torch.float64))
    assert y.shape == x.shape
    assert float(y.detach().std()) > 0


def test_every_patch_sees_every_other_and_the_context():
    torch.manual_seed(0)
    net = DiT(1, (4, 4), 16, 1, 2, 2, 8)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    x = torch.randn(1, 1, 4, 4, requires_grad=True)
    context = torch.randn(1, 8, requires_grad=True)
    net(x, context)[0, 0, 0, 0].backward()
    assert (x.grad != 0).all()
    assert (context.grad != 0).all()


def test_patches_go_back_where_they_were_cut():
    """With attention and net switched off, each patch is a linear map of itself alone."""
    torch.manual_seed(0)
    net = DiT(3, (5, 4), 16, 1, 2, 2, 8)
    torch.nn.init.normal_(net.out.weight)
    x = torch.randn(1, 3, 5, 4)
    other = x.clone()
    other[0, :, 2:4, 2:4] += 1.0
    moved = (net(x, torch.zeros(1, 8)) - net(other, torch.zeros(1, 8))).detach().abs().amax((0, 1)) > 0
    expected = torch.zeros(5, 4, dtype=torch.bool)
    expected[2:4, 2:4] = True
    assert torch.equal(moved, expected)
