import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from studio_gan.augmentation import augment
from studio_gan.meters import Meters, class_coverage, diversity
from studio_gan.model import Bounded, Discriminator, Generator, gradient_penalty, relativistic_loss
from studio_gan.plugin import diagnose
from studio_gan.sampler import Generate
from studio_gan.train import blend, discriminator_loss

SHAPES = [(1, 28, 28), (3, 32, 32), (3, 17, 30), (1, 5, 3), (1, 1, 9)]


def generator(shape=(1, 8, 8), classes=2, patch=2):
    return Generator(shape, classes, 4, 8, 1, patch)


def discriminator(shape=(1, 8, 8), classes=2, patch=2):
    """A discriminator whose blocks are not the identity that they begin as."""
    net = Discriminator(shape, classes, 8, 1, patch)
    for parameter in net.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.1)
    return net.double()


class Linear(nn.Module):
    """The score w . x, whose gradient is w at every item."""

    def __init__(self, w):
        super().__init__()
        self.w = nn.Parameter(w)

    def forward(self, x, label):
        return (x * self.w).flatten(1).sum(1)


def test_equal_scores_cost_log_two_and_the_loss_sees_differences_only():
    score = torch.randn(5, dtype=torch.float64)
    assert relativistic_loss(score, score).item() == pytest.approx(math.log(2), abs=1e-12)
    other = torch.randn(5, dtype=torch.float64)
    shifted = relativistic_loss(score + 7, other + 7).item()
    assert relativistic_loss(score, other).item() == pytest.approx(shifted, abs=1e-12)
    expected = sum(math.log1p(math.exp(w - b)) for b, w in zip(score.tolist(), other.tolist(), strict=True)) / 5
    assert shifted == pytest.approx(expected, abs=1e-12)


def test_the_penalties_of_a_linear_score_are_its_squared_norm():
    torch.manual_seed(0)
    net = Linear(torch.randn(1, 3, 3, dtype=torch.float64))
    real, fake = torch.randn(2, 4, 1, 3, 3, dtype=torch.float64)
    loss, logged = discriminator_loss(net, real, fake, torch.zeros(4, dtype=torch.int64), gamma=0.6)
    norm = net.w.detach().square().sum()
    torch.testing.assert_close(logged["r1"].detach(), norm)
    torch.testing.assert_close(logged["r2"].detach(), norm)
    plain = relativistic_loss(net(real, None), net(fake, None))
    torch.testing.assert_close(loss, plain + 0.5 * 0.6 * 2 * norm)
    (gradient,) = torch.autograd.grad(loss - plain, net.w)
    torch.testing.assert_close(gradient, 0.6 * 2 * net.w.detach())


@pytest.mark.parametrize("patch", [1, 2])
def test_the_penalty_equals_finite_differences(patch):
    torch.manual_seed(0)
    net = discriminator((1, 5, 4), patch=patch)
    x = torch.randn(2, 1, 5, 4, dtype=torch.float64, requires_grad=True)
    label = torch.tensor([0, 1])
    penalty = gradient_penalty(net(x, label), x).detach()
    step = 1e-6
    expected = torch.zeros(2, dtype=torch.float64)
    with torch.no_grad():
        for index in range(20):
            moved = torch.zeros(20, dtype=torch.float64)
            moved[index] = step
            moved = moved.reshape(1, 1, 5, 4)
            expected += ((net(x + moved, label) - net(x - moved, label)) / (2 * step)) ** 2
    torch.testing.assert_close(penalty, expected, rtol=1e-5, atol=1e-9)


def test_gradients_of_the_penalty_reach_the_weights_as_finite_differences_say():
    torch.manual_seed(0)
    net = discriminator((1, 4, 4))
    real, fake = torch.randn(2, 2, 1, 4, 4, dtype=torch.float64)
    label = torch.tensor([0, 1])
    weight = net.layers[0].conv_in.weight

    def loss():
        return discriminator_loss(net, real, fake, label, gamma=3.0)[0]

    (gradient,) = torch.autograd.grad(loss(), weight)
    index, step = (1, 2, 1, 1), 1e-6
    with torch.no_grad():
        weight[index] += step
    above = loss().item()
    with torch.no_grad():
        weight[index] -= 2 * step
    assert gradient[index].item() == pytest.approx((above - loss().item()) / (2 * step), rel=1e-4, abs=1e-8)


def test_without_gamma_nothing_is_differentiated_twice():
    net = discriminator()
    x = torch.randn(2, 3, 1, 8, 8, dtype=torch.float64)
    _, logged = discriminator_loss(net, x[0], x[1], torch.tensor([0, 1, -1]), gamma=0.0)
    assert set(logged) == {"discriminator_loss"}


def test_the_class_comes_in_by_projection():
    """The score is (v + e_y) . h(x), so the difference of two classes is linear in their vectors."""
    torch.manual_seed(0)
    net = discriminator(classes=3)
    x = torch.randn(3, 1, 8, 8, dtype=torch.float64)
    first, second = net(x, torch.tensor([0, 1, 2])), net(x, torch.tensor([1, 2, 0]))
    assert ((first - second).abs() > 1e-6).all()
    with torch.no_grad():
        net.label.table.weight.copy_(net.label.table.weight[:1].expand(4, -1))
    torch.testing.assert_close(net(x, torch.tensor([0, 1, 2])), net(x, torch.tensor([-1, 2, 0])))


@pytest.mark.parametrize("patch", [1, 2, 3])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_goes_through(shape, patch):
    torch.manual_seed(0)
    made, judge = generator(shape, patch=patch), Discriminator(shape, 2, 8, 1, patch)
    label = torch.tensor([-1, 1, 0])
    x = made(5.0 * torch.randn(3, 4), label)
    assert tuple(x.shape) == (3, *shape)
    assert float(x.detach().abs().max()) <= 1.0
    score = judge(x, label)
    assert score.shape == (3,)
    score.sum().backward()
    for net in (made, judge):
        assert [name for name, parameter in net.named_parameters() if parameter.grad is None] == []


@pytest.mark.parametrize("net", [generator(), Discriminator((1, 8, 8), 2, 8, 1, 2)])
def test_there_is_no_normalisation_and_no_item_looks_at_another(net):
    assert not [type(module).__name__ for module in net.modules() if "norm" in type(module).__name__.lower()]
    assert list(net.buffers()) == []
    torch.manual_seed(0)
    x = torch.randn(4, 4) if isinstance(net, Generator) else torch.randn(4, 1, 8, 8)
    label = torch.tensor([0, 1, -1, 0])
    torch.testing.assert_close(net(x, label)[1:2], net(x[1:2], label[1:2]), rtol=1e-5, atol=1e-6)


def test_the_bound_holds_back_gradients_that_lead_outwards_only():
    x = torch.tensor([-3.0, -3.0, 0.5, 3.0, 3.0], requires_grad=True)
    y = Bounded.apply(x)
    assert y.tolist() == [-1.0, -1.0, 0.5, 1.0, 1.0]
    y.backward(torch.tensor([1.0, -1.0, 1.0, 1.0, -1.0]))
    assert x.grad.tolist() == [0.0, -1.0, 1.0, 1.0, 0.0]


def test_training_and_sampling_make_the_same_items():
    torch.manual_seed(0)
    net = generator()
    noise, label = 3.0 * torch.randn(5, 4), torch.tensor([0, 1, -1, 0, 1])
    trained = net.train()(noise, label)
    torch.testing.assert_close(net.eval()(noise, label), trained)
    torch.testing.assert_close(Generate(net)(noise / 2.0, label, torch.tensor(2.0)), trained)


@pytest.mark.parametrize("shape", SHAPES)
def test_augmentation_keeps_shape_and_range_and_lets_gradients_through(shape):
    torch.manual_seed(0)
    x = (torch.rand(32, *shape) * 2 - 1).requires_grad_()
    y = augment(x, 1.0)
    assert y.shape == x.shape
    assert float(y.detach().abs().max()) <= 1.0
    assert not torch.equal(y, x)
    y.sum().backward()
    assert torch.isfinite(x.grad).all()
    assert x.grad.any()


def test_augmentation_at_zero_is_the_identity_and_draws_nothing():
    x = torch.rand(4, 1, 8, 8)
    before = torch.get_rng_state()
    assert augment(x, 0.0) is x
    assert torch.equal(before, torch.get_rng_state())


def test_augmentation_leaves_as_many_items_alone_as_it_says():
    torch.manual_seed(0)
    x = torch.rand(4000, 1, 8, 8) * 2 - 1
    same = (augment(x, 0.2) == x).flatten(1).all(1).float().mean().item()
    # Two kinds of change; now and then a box that is cut out lies between two pixels' middles.
    assert 0.62 < same < 0.68


def test_augmentation_neither_mirrors_nor_turns():
    """A bright left half stays the brighter one."""
    torch.manual_seed(0)
    x = torch.full((200, 1, 16, 16), -1.0)
    x[..., :8] = 1.0
    y = augment(x, 1.0)
    assert (y[..., :8].mean((1, 2, 3)) > y[..., 8:].mean((1, 2, 3))).all()


def test_schedules_begin_and_end_where_they_say():
    assert blend(2.0, 0.5, 0.0, 0.4) == 2.0
    assert blend(2.0, 0.5, 0.2, 0.4) == pytest.approx(1.25)
    assert blend(2.0, 0.5, 0.4, 0.4) == blend(2.0, 0.5, 1.0, 0.4) == 0.5
    assert blend(2.0, 0.5, 0.0, 0.0) == 0.5


def test_a_class_counts_when_half_as_many_samples_are_recognised_as_items():
    label = torch.tensor([0, 0, 1, 1, 2, 2])
    real = torch.tensor([True, True, True, True, False, False])
    fake = torch.tensor([True, False, False, False, True, True])
    assert class_coverage(real, fake, label, 4).item() == 0.5


class Pixels(nn.Module):
    """The codec of grey items with a shape."""

    shape = (1, 6, 6)

    def encode(self, items):
        return items.permute(0, 3, 1, 2).float() / 127.5 - 1


class Memory(nn.Module):
    """A generator that draws the corner of the class, and a discriminator that scores the mean."""

    latent_dim = 2

    def forward(self, noise, label):
        x = torch.full((len(label), 1, 6, 6), -1.0)
        x[label == 1, :, :3] = 1.0
        return x + 0.01 * noise[:, :1, None, None]


class Brightness(nn.Module):
    def forward(self, x, label):
        return x.mean((1, 2, 3))


def test_meters_measure_what_they_say():
    nets = {"generator": Memory(), "discriminator": Brightness()}
    session = SimpleNamespace(
        classes=("dark", "bright"),
        device=torch.device("cpu"),
        spec=SimpleNamespace(shape=(6, 6, 1), dtype="uint8"),
        state=lambda name, default: default,
        averaged=nets.__getitem__,
    )
    meters = Meters(session, Pixels())
    items = torch.zeros(8, 6, 6, 1, dtype=torch.uint8)
    label = torch.tensor([0, 1] * 4)
    items[1::2, :3] = 255
    batch = SimpleNamespace(items=items, label=label)
    meters.see(batch)
    meters.see(SimpleNamespace(items=items, label=torch.full((8,), -1)))
    assert meters.state["counts"].tolist() == [4.0, 4.0]
    torch.manual_seed(0)
    values = {name: float(value) for name, value in meters.measure(batch).items()}
    assert values["class_coverage"] == 1.0
    assert abs(values["margin"]) < 0.02
    # The items of a class are all alike here, and so nothing can be said of their diversity.
    assert set(values) == {"distance", "margin", "gap", "class_coverage"}
    held_out = SimpleNamespace(items=torch.zeros_like(items), label=label)
    # Scores: -1 for black; the training items, half of them half bright, score -0.5 on average.
    gap = torch.stack([meters.measure(held_out)["gap"] for _ in range(200)]).mean().item()
    assert gap == pytest.approx(0.5, abs=0.05)


def test_the_diagnosis_speaks_of_what_is_wrong_and_of_nothing_else():
    fine = {"diversity": 0.9, "class_coverage": 1.0, "gap": 0.1, "margin": 2.0, "distance": 0.02}
    assert diagnose(fine) == []
    assert diagnose({}) == []
    for name, value, word in [
        ("diversity", 0.2, "mode collapse"),
        ("class_coverage", 0.5, "50% of the classes"),
        ("gap", 3.0, "over-fit"),
        ("distance", 0.6, "far from real items"),
    ]:
        (sentence,) = diagnose({**fine, name: value})
        assert word in sentence


def test_diversity_is_that_of_the_items_or_none():
    torch.manual_seed(0)
    label = torch.arange(60) % 2

    def items():
        x = torch.rand(60, 1, 16, 16) * 0.4 - 1
        x[label == 1, :, 4:12, 4:12] += 1.5
        return x

    x = items()
    assert diversity(x, items(), label).item() == pytest.approx(1.0, abs=0.05)
    assert diversity(x, x[:2].repeat(30, 1, 1, 1), label).item() == pytest.approx(0.0, abs=1e-6)
    assert diversity(x[:1], items()[:1], label[:1]) is None
