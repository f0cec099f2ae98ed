import math

import pytest
import torch
from torch import nn

from studio.core.modality import ImageSpec
from studio.core.settings import build_settings
from studio.core.spec import Continuous
from studio.nn import UNet, make_codec
from studio.train.trained import TrainedModel
from studio_diffusion.averages import SHARES, Follower, exponent
from studio_diffusion.inversion import Backwards, FromItem, ToLatent
from studio_diffusion.likelihood import Bound, LevelDecoder
from studio_diffusion.model import EDM, LOWEST_RATIO, ConditionalNet, Moments, RectifiedFlow, moments_of
from studio_diffusion.plugin import DiffusionSettings
from studio_diffusion.sampler import Euler, Finish, Heun, Init, Multistep, sampler_of


def unet(num_classes=0):
    return ConditionalNet(UNet(1, (4, 4), 8, (1, 2), 1, 32, 4, 0.0), 32, num_classes)


def moments(mean=0.0, sigma_data=0.5):
    return Moments(torch.full((1, 1, 1), mean), sigma_data)


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


CODEC = make_codec(ImageSpec(shape=(1, 1, 1)), Continuous())


def solve(net, kind, steps, count=4000, given=None):
    torch.manual_seed(0)
    remembers = kind is Multistep
    free = torch.full((count, 1, 1, 1), -1) if given is None else given
    values = Init(net, CODEC, remembers)(torch.randn(count, 1, 1, 1, dtype=torch.float64), free, torch.tensor(steps))
    state, constants = values[: 1 + remembers], values[1 + remembers :]
    step = kind(net)
    for index in range(steps):
        state = step(torch.tensor(index), *state, *constants)
        state = state if isinstance(state, tuple) else (state,)
    return Finish(net, remembers)(*state, *constants)


@pytest.mark.parametrize(("solver", "steps"), [(Heun, 32), (Euler, 400), (Multistep, 64)])
@pytest.mark.parametrize("kind", [ExactEDM, ExactFlow])
def test_the_solver_finds_a_known_gaussian(kind, solver, steps):
    net = kind(unet(), moments())
    x = solve(net.double(), solver, steps)
    assert float(x.mean()) == pytest.approx(0.3, abs=0.03)
    assert float(x.std()) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("kind", [ExactEDM, ExactFlow])
def test_solvers_of_second_order_are_closer_than_euler_for_the_same_slopes(kind):
    def net():
        return kind(unet(), moments()).double()

    exact = solve(net(), Heun, 800, 50)
    euler = (solve(net(), Euler, 80, 50) - exact).abs().max()
    assert (solve(net(), Heun, 40, 50) - exact).abs().max() < euler / 2
    assert (solve(net(), Multistep, 80, 50) - exact).abs().max() < euler / 2


def invert(net, items, steps):
    x, slope, *constants = FromItem(net, PlainCodec())(items, torch.tensor(steps))
    step = Backwards(net)
    for index in range(steps):
        x, slope = step(torch.tensor(index), x, slope, *constants)
    return ToLatent(net)(x, slope, *constants)


class PlainCodec:
    """A view that is the item itself."""

    def encode(self, items):
        return items


@pytest.mark.parametrize("kind", [ExactEDM, ExactFlow])
def test_the_latent_of_a_gaussian_item_is_known(kind):
    """Each quantile of the data goes to the same quantile of the noise."""
    net = kind(unet(), moments()).double()
    x = torch.linspace(-1.5, 1.5, 31, dtype=torch.float64).reshape(-1, 1, 1, 1)
    quantile = (x - 0.3) / 0.5
    expected = (quantile * math.sqrt(0.5**2 + 80.0**2) + 0.3) / 80.0 if kind is ExactEDM else quantile
    torch.testing.assert_close(invert(net, x, 64), expected, atol=0.04, rtol=0)
    closer = (invert(net, x, 256) - expected).abs().max()
    assert closer < 0.15 * (invert(net, x, 64) - expected).abs().max()


@pytest.mark.parametrize("solver", [Heun, Euler, Multistep])
def test_known_values_are_kept_and_the_free_ones_do_not_hear_of_them_alone(solver):
    given = torch.full((6, 1, 1, 1), -1)
    given[:3] = torch.tensor([0, 128, 255]).reshape(3, 1, 1, 1)
    x = solve(ExactFlow(unet(), moments()).double(), solver, 8, 6, given)
    assert (CODEC.settle(CODEC.decode(x))[:3] == given[:3]).all()
    free = solve(ExactFlow(unet(), moments()).double(), solver, 8, 6)
    torch.testing.assert_close(x[3:], free[3:], atol=0, rtol=0)


def test_the_profiles_of_the_averages_have_their_width():
    """The relative standard deviation of t^gamma on [0, 1], by sums."""
    t = (torch.arange(200_000, dtype=torch.float64) + 0.5) / 200_000
    for share in SHARES:
        weight = t ** exponent(share)
        weight /= weight.sum()
        mean = (weight * t).sum()
        assert float(((weight * (t - mean) ** 2).sum()).sqrt()) == pytest.approx(share, rel=1e-3)


def test_an_average_is_that_of_its_profile():
    net = nn.Linear(1, 1, bias=False).double()
    follower = Follower(net, 0.1)
    for step in range(1, 2001):
        net.weight.data.fill_(float(step))
        follower.update(step)
    t = torch.arange(1, 2001, dtype=torch.float64)
    weight = t ** exponent(0.1)
    assert float(follower.module.weight) == pytest.approx(float((weight * t).sum() / weight.sum()), rel=1e-3)


def test_noise_levels_fall_from_the_largest_to_zero():
    net = EDM(unet(), moments())
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
    net = EDM(unet(), moments())
    x = 0.5 * torch.randn(4000, 1, 4, 4)
    assert net.loss(x, torch.full((4000,), -1)).item() == pytest.approx(1.0, abs=0.03)


def two_levels(state, ratio):
    """E[x | x + ratio n] of black and white, equally likely."""
    return torch.tanh(state / ratio.reshape(-1, 1, 1, 1) ** 2)


class TwoLevelsEDM(EDM):
    def forward(self, x, sigma, label):
        return two_levels(x, sigma)


class TwoLevelsFlow(RectifiedFlow):
    def forward(self, x, t, label):
        t = t.reshape(-1, 1, 1, 1)
        return (two_levels(x / t, (1 - t) / t) - x) / (1 - t)


@pytest.mark.parametrize("kind", [TwoLevelsEDM, TwoLevelsFlow])
def test_the_bound_of_a_perfect_denoiser_is_the_likelihood(kind):
    """Black and white cost log 2, and the level costs nothing once the denoiser is sure of it (finding M8)."""
    net = kind(unet(), moments()).double()
    decoder = LevelDecoder()
    ends = torch.tensor([-1.0, 1.0]).repeat(500)
    decoder.fit(ends, ends)
    bound = Bound(net, decoder, CODEC).double()
    generator = torch.Generator().manual_seed(0)
    count = 400_000
    items = (torch.arange(count) % 2 * 255).to(torch.uint8).reshape(-1, 1, 1, 1)
    noise = torch.randn(count, 1, 1, 1, generator=generator, dtype=torch.float64)
    place = (torch.arange(count, dtype=torch.float64)[:, None] + 0.5) / count
    nats = bound(items, noise, place).mean()
    assert float(nats) == pytest.approx(-math.log(2.0), abs=0.03)


def test_the_last_step_is_a_distribution_over_levels_and_fits_what_the_denoiser_knows():
    """It adds to one before and after the fit; ends that are always right come to cost next to nothing."""
    torch.manual_seed(0)
    levels = torch.arange(256) / 127.5 - 1.0
    true = torch.cat([torch.zeros(3000), torch.randint(1, 255, (1000,)).float()]) / 127.5 - 1.0
    denoised = true + torch.where(true > -1.0, 0.008 * torch.randn(4000), 0.0)
    decoder = LevelDecoder()
    before = decoder(denoised, true).mean()
    decoder.fit(denoised, true)
    after = decoder(denoised, true)
    assert after.mean() > before
    assert after[:3000].mean() > -0.01
    # A normal error of one level costs the entropy of it at least, and little more.
    assert 1.4 < float(-after[3000:].mean()) < 1.8
    for value in (-1.0, -0.998, -0.93, 0.2, 0.9999):
        total = decoder(torch.full((256,), value), levels).exp().sum()
        assert float(total) == pytest.approx(1.0, abs=2e-3)


def test_the_bound_ends_where_training_looks():
    """Some of every batch is trained within a decade of the bound's lowest noise, in both formulations (finding M8)."""
    torch.manual_seed(0)
    seen = []

    class Watched(ConditionalNet):
        def forward(self, x, t, label):
            seen.append(t)
            return torch.zeros_like(x)

    x, label = torch.zeros(20_000, 1, 1, 1), torch.full((20_000,), -1)
    net = Watched(UNet(1, (4, 4), 8, (1, 2), 1, 32, 4, 0.0), 32, 0)
    EDM(net, moments()).loss(x, label)
    RectifiedFlow(net, moments()).loss(x, label)
    for ratio in (torch.exp(4.0 * (3.2 * seen[0] - 1.6)), 1.0 / seen[1] - 1.0):
        assert ratio.min() > 0.5 * LOWEST_RATIO or (ratio < LOWEST_RATIO).float().mean() < 0.01
        assert (ratio < 3.0 * LOWEST_RATIO).float().mean() > 0.02


def test_items_are_centred_so_that_a_loss_of_one_means_nothing_learned():
    """Finding M9: on digits, mostly black, the loss of a network of zeros was 1.46."""
    torch.manual_seed(0)
    view = torch.where(torch.rand(4000, 1, 4, 4) < 0.13, 1.0, -1.0)
    net = EDM(unet(), moments_of(view))
    assert net.sigma_data.item() == pytest.approx(2.0 * math.sqrt(0.13 * 0.87), abs=0.01)
    assert net.loss(net.centred(view), torch.full((4000,), -1)).item() == pytest.approx(1.0, abs=0.03)
    torch.testing.assert_close(net.to_view(net.centred(view)), view)


@pytest.mark.parametrize("kind", [ExactEDM, ExactFlow])
def test_samples_and_latents_know_of_the_mean(kind):
    """The same net around another mean draws the same items moved by it, and their latents are the same."""
    here, there = kind(unet(), moments()).double(), kind(unet(), moments(0.25)).double()
    x, moved = (solve(net, Multistep, 16, 64) for net in (here, there))
    torch.testing.assert_close(moved, x + 0.25, atol=1e-9, rtol=0)
    torch.testing.assert_close(invert(there, moved, 50), invert(here, x, 50), atol=1e-9, rtol=0)


def test_the_multistep_solver_reaches_the_ode_of_rectified_flow():
    """Finding M11: many steps begin at times of which none may be taken for another."""
    net = ExactFlow(unet(), moments()).double()
    torch.manual_seed(0)
    noise = torch.randn(64, 1, 1, 1, dtype=torch.float64)
    exact = 0.3 + 0.5 * noise
    assert (solve(net, Multistep, 1024, 64) - exact).abs().max() < 5e-5


class Labelled(nn.Module):
    """A slope that is the label, to see what guidance makes of it."""

    def __init__(self):
        super().__init__()
        self.seen = []
        self.mean = torch.zeros(1)

    def centred(self, view):
        return view

    def level(self, i, steps):
        return i / steps

    def scale(self, level):
        return level

    def spread(self, level):
        return 1.0 - level

    def slope(self, x, level, label):
        self.seen.append(len(x))
        return label.reshape(-1, 1, 1, 1).to(x.dtype).expand(x.shape)


@pytest.mark.parametrize(("guidance", "rows"), [(1.0, 3), (2.0, 6), (0.0, 6)])
def test_guidance_moves_from_no_class_to_the_class_and_costs_nothing_at_one(guidance, rows):
    net = Labelled()
    label = torch.tensor([4, 0, -1])
    free = torch.full((3, 2, 2, 1), -1)
    state = Init(net, CODEC, False)(torch.zeros(3, 1, 2, 2), free, torch.tensor(1), label, torch.tensor(guidance))
    x = Euler(net)(torch.tensor(0), *state)
    expected = [-1 + guidance * (value + 1) for value in (4, 0, -1)]
    assert x[:, 0, 0, 0].tolist() == expected
    assert net.seen == [rows]


def test_completion_is_called_a_heuristic_where_it_is_offered():
    """Finding M16: the gallery and the command line show the input's own words."""
    spec = ImageSpec(shape=(4, 4, 1))
    settings = build_settings(DiffusionSettings, {"channels": 8, "multipliers": [1]})
    sampler = sampler_of(TrainedModel("diffusion", settings, spec, {}), EDM(unet(), moments()), 20)
    (given,) = [entry for entry in sampler.inputs if entry.kind == "given"]
    assert "by a heuristic (arXiv:2201.09865)" in given.help
