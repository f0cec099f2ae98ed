import pytest
import torch

from studio.nn import (
    Attention,
    AveragedModule,
    LabelEmbedding,
    ResidualBlock,
    TimeEmbedding,
    UNet,
    group_norm,
    warmup_cosine,
)


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


def test_an_average_follows_and_forgets_its_start():
    net = torch.nn.Linear(1, 1, bias=False)
    net.weight.data.fill_(100.0)
    average = AveragedModule(net, 0.9)
    net.weight.data.fill_(1.0)
    for count in range(1, 200):
        average.update(count)
    assert average.module.weight.item() == pytest.approx(1.0, abs=1e-4)
    assert not average.module.training
    net.weight.data.fill_(2.0)
    average.update(200)
    assert average.module.weight.item() == pytest.approx(1.1, abs=1e-3)


def test_embeddings_tell_times_and_labels_apart():
    torch.manual_seed(0)
    time = TimeEmbedding(32)(torch.tensor([0.1, 0.101, 0.9]))
    assert (time[0] - time[1]).abs().max() > 1e-4
    label = LabelEmbedding(3, 8)(torch.tensor([-1, 0, 2]))
    assert label.unique(dim=0).shape[0] == 3


def test_a_schedule_rises_and_falls():
    factor = warmup_cosine(0.1, 0.01)
    assert factor(0.0) == pytest.approx(0.01)
    assert factor(0.1) == pytest.approx(1.0)
    assert factor(0.55) == pytest.approx(0.505)
    assert factor(1.0) == pytest.approx(0.01)
