"""One U-Net for images, signals and vectors."""

import pytest
import torch

from studio.nn import UNet


@pytest.mark.parametrize("size", [(), (7,), (5, 6)])
def test_it_gives_back_the_shape_and_every_parameter_counts(size):
    torch.manual_seed(0)
    net = UNet(3, size, channels=8, multipliers=(1, 2), context=16)
    for parameter in net.parameters():
        parameter.data.add_(torch.randn_like(parameter) * 0.05)
    x, context = torch.randn(2, 3, *size), torch.randn(2, 16)
    y = net(x, context)
    assert y.shape == x.shape
    y.square().sum().backward()
    assert [name for name, parameter in net.named_parameters() if not (parameter.grad != 0).any()] == []
    # Rows of a batch do not see one another.
    torch.testing.assert_close(net(x[1:], context[1:]), y[1:], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("size", [(28, 28), (17, 30), (5, 3), (1, 40), (1, 1), (33,), (2,)])
@pytest.mark.parametrize("blocks", [1, 2])
def test_a_unet_gives_back_every_size(size, blocks):
    net = UNet(3, size, channels=8, multipliers=(1, 2, 3), blocks=blocks, context=16)
    x = torch.randn(2, 3, *size)
    assert net(x, torch.randn(2, 16)).shape == x.shape


def test_a_unet_begins_at_zero_and_uses_its_context_once_trained():
    torch.manual_seed(0)
    net = UNet(1, (8, 8), channels=8, context=16)
    x = torch.randn(2, 1, 8, 8)
    assert not net(x, torch.randn(2, 16)).any()
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    assert not torch.allclose(net(x, torch.zeros(2, 16)), net(x, torch.ones(2, 16)))
