import pytest
import torch
from torch import nn

from studio_diffusion.model import EDM, ConditionalUNet, RectifiedFlow
from studio_diffusion.sampler import Init, Step


def unet(num_classes=0):
    return ConditionalUNet((1, 4, 4), num_classes, 8, (1, 2), 1, 4, 0.0)


class ExactEDM(EDM):
    """The denoiser of data from N(mu, s^2), which is known: D = (s^2 x + sigma^2 mu) / (s^2 + sigma^2)."""

    mu, s = 0.3, 0.5

    def forward(self, x, sigma, label):
        variance = sigma.reshape(-1, 1, 1, 1) ** 2
        return (self.s**2 * x + variance * self.mu) / (self.s**2 + variance)


class ExactFlow(RectifiedFlow):
    """The velocity of data from N(mu, s^2): E[x_1 - x_0 | x_t]."""

    mu, s = 0.3, 0.5

    def forward(self, x, t, label):
        t = t.reshape(-1, 1, 1, 1)
        variance = (1 - t) ** 2 + t**2 * self.s**2
        return self.mu + (t * self.s**2 - (1 - t)) / variance * (x - t * self.mu)


def solve(net, heun, steps, count=4000):
    torch.manual_seed(0)
    x, count_steps = Init(net)(torch.randn(count, 1, 1, 1, dtype=torch.float64), torch.tensor(steps))
    step = Step(net, heun)
    for index in range(steps):
        x = step(torch.tensor(index), x, count_steps)
    return x


@pytest.mark.parametrize("heun", [True, False])
@pytest.mark.parametrize("kind", [ExactEDM, ExactFlow])
def test_the_solver_finds_a_known_gaussian(kind, heun):
    net = kind(unet(), 0.5) if kind is ExactEDM else kind(unet())
    x = solve(net.double(), heun, 32 if heun else 400)
    assert float(x.mean()) == pytest.approx(0.3, abs=0.03)
    assert float(x.std()) == pytest.approx(0.5, abs=0.03)


def test_heun_is_closer_than_euler_for_the_same_slopes():
    exact = solve(ExactFlow(unet()).double(), True, 800, 50)
    euler = (solve(ExactFlow(unet()).double(), False, 20, 50) - exact).abs().max()
    heun = (solve(ExactFlow(unet()).double(), True, 10, 50) - exact).abs().max()
    assert heun < euler / 4


def test_noise_levels_fall_from_the_largest_to_zero():
    net = EDM(unet(), 0.5)
    for steps in (1, 2, 18):
        levels = [net.level(torch.tensor([float(i)]), torch.tensor([float(steps)])).item() for i in range(steps + 1)]
        assert levels[0] == pytest.approx(80.0, rel=1e-4)
        assert levels[-1] == 0.0
        assert levels == sorted(levels, reverse=True)
        if steps > 1:
            assert levels[-2] == pytest.approx(0.002, rel=1e-3)


def test_preconditioning_begins_as_the_best_linear_denoiser():
    """With F = 0, D = c_skip x, which is the exact denoiser of N(0, sigma_data^2); its weighted error is 1."""
    torch.manual_seed(0)
    net = EDM(unet(), 0.5)
    x = 0.5 * torch.randn(4000, 1, 4, 4)
    assert net.loss(x, torch.full((4000,), -1)).item() == pytest.approx(1.0, abs=0.02)


class Labelled(nn.Module):
    """A slope that is the label, to see what guidance makes of it."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def start(self, noise):
        return noise

    def level(self, i, steps):
        return i / steps

    def slope(self, x, level, label):
        self.seen.append(len(x))
        return label.reshape(-1, 1, 1, 1).to(x.dtype).expand(x.shape)


@pytest.mark.parametrize(("guidance", "rows"), [(1.0, 3), (2.0, 6), (0.0, 6)])
def test_guidance_moves_from_no_class_to_the_class_and_costs_nothing_at_one(guidance, rows):
    net = Labelled()
    label = torch.tensor([4, 0, -1])
    state = Init(net)(torch.zeros(3, 1, 2, 2), torch.tensor(1), label, torch.tensor(guidance))
    x = Step(net, heun=False)(torch.tensor(0), *state)
    expected = [-1 + guidance * (value + 1) for value in (4, 0, -1)]
    assert x[:, 0, 0, 0].tolist() == expected
    assert net.seen == [rows]
