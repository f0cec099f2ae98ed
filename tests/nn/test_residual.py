"""The parts of encoders, decoders and U-Nets: sizes, norms, the identity that blocks begin as."""

import pytest
import torch

from studio.nn import Attention, Downsample, ResidualBlock, Upsample, conv, group_norm, halved, zero_init


def test_a_modulated_norm_is_the_norm_scaled_and_shifted():
    torch.manual_seed(0)
    norm = group_norm(8)
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    x, scale, shift = torch.randn(2, 8, 3, 5), torch.randn(2, 8), torch.randn(2, 8)
    plain = torch.nn.functional.group_norm(x, norm.num_groups, norm.weight, norm.bias, norm.eps)
    torch.testing.assert_close(norm(x), plain)
    expected = plain * (1 + scale[:, :, None, None]) + shift[:, :, None, None]
    torch.testing.assert_close(norm.modulated(x, scale, shift), expected)


@pytest.mark.parametrize("channels", [8, 24, 48, 64])
def test_a_norm_of_rows_has_the_numbers_of_torch_and_its_gradient(channels):
    torch.manual_seed(0)
    norm = group_norm(channels)
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    x = torch.randn(5, channels, requires_grad=True)
    ours = norm(x)
    plain = torch.nn.functional.group_norm(x, norm.num_groups, norm.weight, norm.bias, norm.eps)
    torch.testing.assert_close(ours, plain, atol=2e-6, rtol=1e-5)
    toward = torch.randn(5, channels)
    (own,), (other,) = (torch.autograd.grad((y * toward).sum(), x) for y in (ours, plain))
    torch.testing.assert_close(own, other, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("ndim", [1, 2])
def test_a_residual_block_begins_as_the_identity(ndim):
    x = torch.randn(2, 8, *[6] * ndim)
    assert torch.equal(ResidualBlock(ndim, 8, 8, context=4)(x, torch.randn(2, 4)), x)


def test_attention_mixes_every_position():
    torch.manual_seed(0)
    net = Attention(2, 8)
    torch.nn.init.normal_(net.out.weight)
    x = torch.randn(1, 8, 4, 4, requires_grad=True)
    net(x)[0, :, 0, 0].sum().backward()
    assert (x.grad[0].abs().sum(0) > 0).all()


@pytest.mark.parametrize("size", [(), (7,), (5, 6)])
def test_the_norm_that_is_exported_has_the_numbers_of_the_other(size, monkeypatch):
    torch.manual_seed(0)
    norm = group_norm(8)
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    x = torch.randn(2, 8, *size)
    trained = norm(x)
    monkeypatch.setattr(torch.compiler, "is_exporting", lambda: True)
    torch.testing.assert_close(norm(x), trained)


@pytest.mark.parametrize(("channels", "groups"), [(1, 1), (7, 1), (8, 2), (20, 5), (36, 6), (64, 8), (256, 8)])
def test_groups_divide_the_channels(channels, groups):
    assert group_norm(channels).num_groups == groups


def test_sizes_are_halved_and_rounded_up():
    assert halved((28, 5), 3) == [(28, 5), (14, 3), (7, 2), (4, 1)]
    assert halved((), 2) == [(), (), ()]
    assert halved((3,), 0) == [(3,)]


@pytest.mark.parametrize("size", [(), (7,), (8,), (5, 6), (1, 1)])
def test_up_gives_back_the_size_that_down_took(size):
    small = halved(size, 1)[1]
    down, up = Downsample(len(size), 4, 8), Upsample(len(size), 8, 4, size)
    x = torch.randn(2, 4, *size)
    assert down(x).shape == (2, 8, *small)
    assert up(down(x)).shape == x.shape


def test_a_block_of_other_channels_begins_as_its_skip():
    block = ResidualBlock(2, 4, 8)
    x = torch.randn(2, 4, 5, 5)
    assert torch.equal(block(x), block.skip(x))


def test_over_no_axes_a_convolution_is_a_linear_layer():
    assert isinstance(conv(0, 3, 5, kernel=3, stride=2), torch.nn.Linear)
    assert conv(1, 3, 5)(torch.zeros(1, 3, 9)).shape == (1, 5, 9)
    assert conv(2, 3, 5, kernel=1)(torch.zeros(1, 3, 9, 2)).shape == (1, 5, 9, 2)


def test_zeros_are_in_every_parameter():
    assert not any(parameter.any() for parameter in zero_init(torch.nn.Linear(3, 2)).parameters())


def test_heads_that_do_not_divide_the_channels_become_one():
    assert Attention(1, 6, heads=4).heads == 1
    x = torch.randn(2, 6, 5)
    assert torch.equal(Attention(1, 6, heads=4)(x), x)
