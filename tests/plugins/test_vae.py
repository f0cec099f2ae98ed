import math
from types import SimpleNamespace

import pytest
import torch

from studio.store.workspace import Workspace
from studio.testing import Trial, toy_dataset
from studio_vae.codes import LEVELS, Quantiser
from studio_vae.likelihood import Likelihood
from studio_vae.maps import LogWeight
from studio_vae.model import LadderVAE, active_units, elbo_terms
from studio_vae.plugin import VAESettings, plugin


def ladder(shape=(1, 12, 10), classes=0, latent_dim=3, groups=1, kind="bernoulli"):
    torch.manual_seed(0)
    net = LadderVAE(shape, classes, latent_dim, groups, 2, 8, 1, kind)
    for parameter in net.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return net.double().eval()


@pytest.mark.parametrize("mode", ["explorer", "sampler"])
def test_a_view_without_levels_has_no_likelihood(mode):
    """The decoder's likelihood is one of 8-bit levels; a plugin's codec may have none."""
    codec = SimpleNamespace(levels=0)
    spec = SimpleNamespace(shape=(8, 8, 3))
    trained = SimpleNamespace(settings=VAESettings(mode=mode), spec=spec, codec=lambda view: codec)
    assert plugin.studio_log_prob(trained) is None


def test_the_bernoulli_likelihood_is_a_distribution_over_black_and_white():
    likelihood = Likelihood("bernoulli", 1, 2)
    images = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * 4).reshape(16, 1, 2, 2)
    parameters = torch.randn(1, 1, 2, 2, dtype=torch.float64).expand(16, -1, -1, -1)
    assert likelihood.log_prob(parameters, images).exp().sum().item() == pytest.approx(1.0, abs=1e-9)


def test_the_bound_lies_below_the_exact_likelihood_of_a_toy():
    """With a decoder that ignores the latents, log p(x) is known: the bound is it less the KL."""
    net = ladder((1, 4, 4))
    torch.nn.init.zeros_(net.conv_out.weight)
    torch.nn.init.zeros_(net.conv_out.bias)
    x = torch.randint(0, 2, (5, 1, 4, 4)).double() * 2 - 1
    terms = elbo_terms(net, x, torch.full((5,), -1))
    exact = -16 * math.log(2.0)
    torch.testing.assert_close(-terms.reconstruction, torch.full((5,), exact, dtype=torch.float64), atol=1e-9, rtol=0)
    assert all((kl >= -1e-9).all() for kl in terms.kl)
    assert (-terms.bound < exact).all()


def test_more_draws_bring_the_bound_closer_to_the_exact_likelihood():
    """The same toy: log p(x) is known, and the importance-weighted bound of many draws reaches it from below."""
    net = ladder((1, 2, 2), latent_dim=2)
    torch.nn.init.zeros_(net.conv_out.weight)
    torch.nn.init.zeros_(net.conv_out.bias)

    class Codec:
        def encode(self, items, noise=None):
            return (items.double() / 127.5 - 1.0).permute(0, 3, 1, 2)

    exact = -4 * math.log(2.0)
    items = torch.randint(0, 2, (1, 2, 2, 1)).to(torch.uint8) * 255
    rows = items.expand(4000, -1, -1, -1)
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(4000, net.total_dim, generator=generator, dtype=torch.float64)
    with torch.no_grad():
        weights = LogWeight(net, Codec(), False)(rows, noise)
    one = weights.mean().item()
    many = (torch.logsumexp(weights, 0) - math.log(4000)).item()
    assert one < exact - 1e-3
    assert one < many < exact + 0.1
    assert many == pytest.approx(exact, abs=0.1)


def test_kl_of_every_group_against_a_sampled_estimate():
    net = ladder((1, 12, 10))
    x = torch.randn(1, 1, 12, 10, dtype=torch.float64).clamp(-1, 1)
    with torch.no_grad():
        _, posteriors, _ = net.infer(x, torch.tensor([-1]), mean=True)
        for posterior in posteriors:
            mean, std = posterior[0, 0].flatten(), posterior[0, 1].exp().flatten()
            kl = 0.5 * (mean**2 + std**2 - 1.0) - std.log()
            e = mean + std * torch.randn(100_000, len(mean), dtype=torch.float64)
            q = torch.distributions.Normal(mean, std).log_prob(e)
            p = torch.distributions.Normal(0.0, 1.0).log_prob(e)
            torch.testing.assert_close((q - p).mean(0), kl, atol=0.03, rtol=0.03)


def test_decoding_the_draws_gives_what_the_ladder_gave():
    net = ladder((3, 17, 12), classes=2, groups=2, kind="logistic")
    x = torch.randn(4, 3, 17, 12, dtype=torch.float64).clamp(-1, 1)
    label = torch.tensor([0, 1, -1, 0])
    with torch.no_grad():
        parameters, _, drawn = net.infer(x, label)
        latent = torch.cat([e.flatten(1) for e in drawn], dim=1)
        assert latent.shape == (4, net.total_dim)
        torch.testing.assert_close(net.decode(latent, label), parameters, atol=1e-6, rtol=1e-6)


def test_the_groups_go_from_coarse_to_fine():
    net = ladder((1, 28, 28), latent_dim=16, groups=2)
    assert net.group_shapes == [(16,), (2, 7, 7), (2, 7, 7), (2, 14, 14), (2, 14, 14)]
    assert ladder((1, 28, 28), groups=0).group_shapes == [(3,)]


def test_active_units_are_those_whose_mean_varies():
    mean = torch.stack([torch.linspace(-1, 1, 50), torch.full((50,), 3.0), torch.linspace(0, 0.01, 50)], dim=1)
    assert active_units(mean).item() == 1.0


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 17, 30), (1, 5, 3), (1, 1, 40), (3, 64, 48)])
@pytest.mark.parametrize("kind", ["bernoulli", "logistic"])
def test_every_shape_goes_through(shape, kind):
    net = LadderVAE(shape, 2, 4, 1, 2, 8, 1, kind)
    x = torch.rand(2, *shape) * 2 - 1
    terms = elbo_terms(net, x, torch.tensor([-1, 1]))
    assert terms.reconstruction.shape == terms.bound.shape == (2,)
    assert terms.mean.shape == (2, 4)
    terms.bound.sum().backward()
    unused = [name for name, parameter in net.named_parameters() if parameter.grad is None]
    assert unused == []


def test_a_sure_decoder_has_its_likelihood_in_the_file_too(tmp_path):
    """Logits of 40: the exporter's own form of the cross entropy would be NaN."""
    import numpy as np

    from studio.core.manifest import Input, Manifest
    from studio.core.manifest import Likelihood as Claim
    from studio.export.exporter import write_model_file
    from studio.export.graph import assemble
    from studio.export.parity import measure_parity
    from studio.nn import Transform

    class Sure(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.likelihood = Likelihood("bernoulli", 1, 2)

        def forward(self, parameters):
            return self.likelihood.log_prob(40.0 * parameters, torch.sign(parameters))

    claim = Claim(kind="exact", protocol="dynamically binarised", dims=4)
    inputs = [Input(name="parameters", kind="value", shape=(1, 2, 2))]
    transform = Transform(inputs, Sure().eval(), output="log_prob", likelihood=claim)
    manifest = Manifest(inputs=tuple(transform.inputs), output="log_prob")
    parity = write_model_file(
        assemble(transform), manifest, tmp_path / "log_prob.onnx", lambda trial: measure_parity(transform, trial)
    )
    assert parity.passed
    assert np.isfinite(parity.max_abs)


def test_the_sampler_mode_says_how_far_samples_and_reconstructions_are(tmp_path):
    workspace = Workspace(tmp_path)
    settings = {"mode": "sampler", "channels": 8, "prior_dim": 16, "prior_depth": 1}
    train = {"steps": 8, "validate_every": 2, "preview_every": 10**6, "threads": 1}
    trial = Trial(plugin, workspace, toy_dataset(workspace), settings, train)
    trial.train()
    rebuilt, drawn = (trial.curve(f"validation.{name}_distance") for name in ("reconstruction", "sample"))
    # Samples need the prior, which learns in the second half.
    assert (len(rebuilt), len(drawn)) == (4, 2)
    assert all(value >= 0.0 for value in (*rebuilt, *drawn))


def test_a_latent_that_the_encoder_says_nothing_of_costs_nothing():
    """Finding M14: the last layers of the groups begin at zero, and so does their KL."""
    torch.manual_seed(0)
    net = LadderVAE((1, 12, 10), 0, 3, 1, 2, 8, 1, "bernoulli").double()
    _, posteriors, _ = net.infer(torch.zeros(2, 1, 12, 10, dtype=torch.float64), torch.tensor([-1, -1]))
    assert len(posteriors) > 1
    for posterior in posteriors[1:]:
        assert posterior.abs().max() < 1e-6
    extreme = net.stations[1][0].posterior
    for value, limit in ((-1e3, -5.0), (1e3, 2.0)):
        torch.nn.init.constant_(extreme.bias, value)
        _, posteriors, _ = net.infer(torch.zeros(1, 1, 12, 10, dtype=torch.float64), torch.tensor([-1]))
        assert posteriors[1][0, 1].flatten()[0].item() == pytest.approx(limit)


def test_features_of_zero_lie_in_the_middle_of_a_code_level():
    """Finding M15: rounding flips for none of the channels, whether it has an even or an odd number of levels."""
    quantiser = Quantiser()
    around = torch.linspace(-0.12, 0.12, 25)[:, None].expand(25, len(LEVELS))
    codes, numbers = quantiser(around[:, :, None])
    assert len(numbers.unique()) == 1
    torch.testing.assert_close(quantiser.codes_of(numbers), codes, atol=1e-6, rtol=0)
    wide, all_numbers = quantiser(torch.linspace(-9, 9, 4001)[:, None, None].expand(-1, len(LEVELS), 1))
    assert wide.abs().max() <= 1.0
    for channel, levels in enumerate(LEVELS):
        assert len((quantiser.codes_of(all_numbers)[:, channel]).unique()) == levels


@pytest.mark.parametrize("mode", ["explorer", "sampler"])
def test_the_gradient_that_is_clipped_does_not_grow_with_the_picture(mode, tmp_path):
    """Finding M10: of a sum over pixels the norm was thousands, and clipping at 1 only normalised it."""
    workspace = Workspace(tmp_path)
    settings = {"mode": mode, "channels": 8, "prior_dim": 16, "prior_depth": 1, "latent_dim": 4}
    train = {"steps": 2, "preview_every": 10**6, "batch_size": 16, "threads": 1}
    trial = Trial(plugin, workspace, toy_dataset(workspace, (24, 24, 1)), settings, train)
    trial.train()
    assert 0.0 < trial.curve("gradient_norm")[0] < 10.0


@pytest.mark.parametrize(("mode", "advice"), [("explorer", "raise groups, "), ("sampler", "or raise prior_dim or ")])
def test_a_prior_that_misses_is_said_with_what_its_mode_can_do(mode, advice):
    metrics = {"validation.reconstruction_distance": 0.02, "validation.sample_distance": 0.4}
    session = SimpleNamespace(settings=VAESettings(mode=mode), spec=None, metrics=metrics, progress=0.6)
    (message,) = plugin.studio_diagnose(session)
    assert "Samples are 0.40 from the data, reconstructions 0.02" in message
    assert advice in message
    session.progress = 0.4
    assert plugin.studio_diagnose(session) == []
