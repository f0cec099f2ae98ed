import statistics

import pytest
import torch

from studio.core.errors import StudioError
from studio.core.modality import ImageSpec, TableSpec
from studio.export.decoding import decoder_of
from studio.nn import make_codec, run_program
from studio.testing import FamilyContract
from studio_flow import coupling_flow
from studio_flow.coupling_flow import Coupling, CouplingFlow
from studio_flow.model import VIEW, LogProb, normal_quantile, uniform_of
from studio_flow.plugin import plugin
from studio_flow.sampler import run_stages
from studio_flow.spline import initial_parameters, parameter_count, spline
from studio_flow.transformer_flow import Patches, TransformerFlow


class TestTransformerFlow(FamilyContract):
    plugin = plugin
    # Patches of one pixel export four times as fast; larger ones go through a file in test_odd_data.py.
    settings = {
        "dim": 16,
        "depth": 1,
        "blocks": 1,
        "heads": 2,
        "bins": 8,
        "patch": 1,
        "latent_dim": 2,
        "autoencoder_dim": 16,
        "autoencoder_depth": 1,
    }

    @pytest.mark.slow
    def test_other_kinds_of_data_are_modelled_too(self, tmp_path):
        super().test_other_kinds_of_data_are_modelled_too(tmp_path)


class TestCouplingFlow(FamilyContract):
    plugin = plugin
    settings = {"kind": "coupling", "dim": 8, "depth": 1, "blocks": 1, "bins": 8}

    @pytest.mark.slow
    def test_exported_files_give_what_torch_gives(self, tmp_path):
        super().test_exported_files_give_what_torch_gives(tmp_path)

    @pytest.mark.slow
    def test_other_kinds_of_data_are_modelled_too(self, tmp_path):
        """In shorter runs a table of this flow goes through a file in test_odd_data.py."""
        with pytest.raises(StudioError, match="kind = coupling is for images and tables"):
            super().test_other_kinds_of_data_are_modelled_too(tmp_path)


def flows(shape, num_classes=2):
    """Both flows with weights off their start, in float64."""
    torch.manual_seed(0)
    nets = [
        TransformerFlow(shape, num_classes, 4, 2, 16, 1, 2, 6),
        TransformerFlow(shape, num_classes, 2, 1, 16, 1, 2, 5),
        CouplingFlow(shape, num_classes, 3, 8, 1, 6),
    ]
    for net in nets:
        for parameter in net.parameters():
            parameter.data.add_(torch.randn_like(parameter) * 0.05)
    return [net.double().eval() for net in nets]


def inverse(net, u, label):
    return net.inverse(u, label) if isinstance(net, CouplingFlow) else run_stages(net, u, label)


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 9, 6), (3, 5, 4), (2,), (5,), (1,)])
def test_the_inverse_comes_back(shape):
    x, label = torch.rand(3, *shape, dtype=torch.float64), torch.tensor([0, 1, -1])
    for net in flows(shape):
        with torch.no_grad():
            u, _ = net(x, label)
            assert ((u >= 0) & (u <= 1)).all()
            torch.testing.assert_close(inverse(net, u, label), x, atol=1e-8, rtol=0)
            y = inverse(net, x, label)
            torch.testing.assert_close(net(y, label)[0], x, atol=1e-8, rtol=0)


@pytest.mark.parametrize("shape", [(1, 6, 5), (3, 4, 3), (3,)])
def test_the_log_determinant_is_that_of_autograd(shape):
    x, label = torch.rand(1, *shape, dtype=torch.float64), torch.tensor([1])
    for net in flows(shape):
        jacobian = torch.autograd.functional.jacobian(lambda v, net=net: net(v, label)[0].flatten(), x)
        expected = torch.linalg.slogdet(jacobian.reshape(x.numel(), -1)).logabsdet
        torch.testing.assert_close(net(x, label)[1][0], expected, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("odd", [False, True])
def test_a_coupling_of_numbers_makes_splines_of_those_that_it_maps(odd, monkeypatch):
    """Splines are most of its work, and of those of other numbers nothing would be kept."""
    torch.manual_seed(0)
    coupling = Coupling((5,), 0, 8, 1, 6, odd, 2)
    coupling.out.weight.data.normal_()
    x, label, seen = torch.rand(7, 5), torch.full((7,), -1), []

    def watched(values, parameters, inverse=False):
        seen.append((values, parameters))
        return spline(values, parameters, inverse)

    monkeypatch.setattr(coupling_flow, "spline", watched)
    with torch.no_grad():
        y, _ = coupling(x, label, inverse=True)
    ((values, parameters),) = seen
    mapped = torch.tensor([False, False, True, True, False]) == odd
    torch.testing.assert_close(values, x[:, mapped], atol=0, rtol=0)
    torch.testing.assert_close(y[:, ~mapped], x[:, ~mapped], atol=0, rtol=0)
    torch.testing.assert_close(y[:, mapped], spline(values, parameters, True)[0], atol=0, rtol=0)
    # The net's numbers for the others move nothing.
    coupling.out.weight.data.unflatten(0, (5, -1))[~mapped] = 0.0
    with torch.no_grad():
        again, _ = coupling(x, label, inverse=True)
    torch.testing.assert_close(again, y, atol=0, rtol=0)


def test_a_coupling_that_maps_nothing_leaves_all():
    x = torch.rand(3, 2)
    y, log_det = Coupling((2,), 0, 8, 1, 6, True, 2)(x, torch.full((3,), -1))
    assert torch.equal(y, x)
    assert not log_det.any()


def test_a_patch_is_mapped_by_those_before_it_only():
    net = flows((1, 8, 8))[1]
    x, label = torch.rand(1, 1, 8, 8, dtype=torch.float64), torch.tensor([0])
    patches = net.patches.split(x)
    before = net.blocks[0](patches, label)[0]
    for place in range(16):
        other = patches.clone()
        other[0, place] = 1.0 - other[0, place]
        moved = (net.blocks[0](other, label)[0] - before).abs().amax((0, 2))
        assert (moved[:place] == 0).all()
        assert moved[place] > 0


@pytest.mark.parametrize("dense_ends", [True, False])
@pytest.mark.parametrize("bins", [2, 3, 16])
def test_the_first_spline_is_the_identity(bins, dense_ends):
    x = torch.linspace(0, 1, 1001, dtype=torch.float64)
    parameters = initial_parameters(bins, dense_ends).double().expand(1001, -1)
    assert parameters.shape[1] == parameter_count(bins)
    y, log_slope = spline(x, parameters)
    torch.testing.assert_close(y, x, atol=1e-6, rtol=0)
    torch.testing.assert_close(log_slope, torch.zeros_like(x), atol=1e-5, rtol=0)


def test_a_spline_is_monotone_and_onto_and_its_slope_is_its_derivative():
    torch.manual_seed(0)
    parameters = 3.0 * torch.randn(1, 25, dtype=torch.float64)
    x = torch.linspace(0, 1, 4001, dtype=torch.float64).requires_grad_()
    y, log_slope = spline(x, parameters.expand(4001, -1))
    assert y[0].item() == 0.0
    assert y[-1].item() == 1.0
    assert (y.diff() > 0).all()
    (slope,) = torch.autograd.grad(y.sum(), x)
    inside = slice(1, -1)
    torch.testing.assert_close(log_slope[inside].exp(), slope[inside], rtol=1e-6, atol=1e-9)
    back, back_slope = spline(y.detach(), parameters.expand(4001, -1), inverse=True)
    torch.testing.assert_close(back, x.detach(), atol=1e-9, rtol=0)
    torch.testing.assert_close(back_slope, -log_slope.detach(), atol=1e-5, rtol=1e-5)


def test_normal_quantiles():
    u = torch.linspace(1e-6, 1 - 1e-6, 999, dtype=torch.float64)
    expected = torch.tensor([statistics.NormalDist().inv_cdf(float(v)) for v in u], dtype=torch.float64)
    torch.testing.assert_close(normal_quantile(u), expected, atol=1e-8, rtol=0)
    torch.testing.assert_close(uniform_of(expected), u, atol=1e-7, rtol=0)
    assert torch.isfinite(normal_quantile(torch.tensor([0.0, 1.0]))).all()


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 7, 5), (1, 1, 3)])
def test_patches_come_back_and_say_what_is_filling(shape):
    patches = Patches(shape, 4)
    x = torch.rand(2, *shape)
    rows = patches.split(x)
    assert rows.shape == (2, patches.count, patches.dims)
    assert int(patches.real.sum()) == x[0].numel()
    assert (rows[:, ~patches.real] == 0.5).all()
    torch.testing.assert_close(patches.join(rows), x, atol=0, rtol=0)


def test_the_groups_of_a_patch_are_four_lattices_a_channel_at_a_time():
    assert sorted(torch.bincount(Patches((3, 8, 8), 4).groups()).tolist()) == [4] * 12
    assert Patches((1, 8, 8), 2).groups().tolist() == [0, 2, 3, 1]


@pytest.mark.parametrize("family", [TestCouplingFlow, TestTransformerFlow])
def test_encode_and_decode_are_inverse(family, tmp_path):
    """An item's latent, decoded, is the item again."""
    trial = family().trial(tmp_path, steps=2, preview_every=10**6)
    trial.train()
    trained = trial.trained()
    sampler, encode, decoding = (
        trial.family.call(f"studio_{role}", trained=trained) for role in ("sample", "encode", "decode")
    )
    items, label = torch.from_numpy(trial.dataset.items[:4].copy()), torch.tensor([0, 1, 0, -1])
    latent, _ = run_program(encode, [items, label])
    assert latent.shape == (4, 64)
    decode = decoder_of(sampler, decoding)
    assert [entry.name for entry in decode.inputs] == ["latent", "label"]
    _, back = run_program(decode, [latent, label])
    assert int((back.int() - items.int()).abs().max()) <= 1


def test_the_likelihood_of_a_picture_is_the_mean_over_its_dequantisations(tmp_path):
    """Finding M3: exp of the mean log density is less than the probability; the mean of exp is it, and adds to one."""
    trial = TestCouplingFlow().trial(tmp_path, steps=1, preview_every=10**6)
    trial.train()
    program = trial.family.call("studio_log_prob", trained=trial.trained())
    assert program.likelihood.kind == "bound"
    assert program.likelihood.draws == "weights"
    # Noise that is drawn anew for every estimate: all but noise.data is.
    assert [entry.name for entry in program.inputs if entry.kind == "noise"] == ["noise.dequantisation"]
    net = flows((1, 1, 1), 0)[2]
    module = LogProb(net, make_codec(ImageSpec(shape=(1, 1, 1)), VIEW))
    items = torch.arange(256, dtype=torch.uint8).reshape(256, 1, 1, 1).repeat_interleave(64, 0)
    noise = ((torch.arange(64, dtype=torch.float64) + 0.5) / 64).repeat(256).reshape(-1, 1, 1, 1)
    with torch.no_grad():
        weights = module(items, noise).reshape(256, 64)
    probability = weights.exp().mean(1)
    assert float(probability.sum()) == pytest.approx(1.0, abs=1e-3)
    assert (weights.mean(1) <= probability.log() + 1e-12).all()
    assert (weights.mean(1) < probability.log() - 1e-6).any()


@pytest.mark.parametrize("kind", [TransformerFlow, CouplingFlow])
def test_the_density_of_points_is_one(kind):
    """In the units of the columns, whatever the flow: exp(log p) over the plane, tails included, sums to one."""
    spec = TableSpec(shape=(2,), columns=("x", "y"), knots=((-1.0, 0.5, 1.0), (10.0, 20.0)))
    codec = make_codec(spec, VIEW).double()
    (net,) = [net for net in flows((2,), 0) if type(net) is kind][:1]
    across, up = torch.linspace(-4, 4, 401).double(), torch.linspace(-15, 45, 401).double()
    grid = torch.cartesian_prod(across, up)
    with torch.no_grad():
        density = LogProb(net, codec)(grid).exp().reshape(401, 401)
    total = torch.trapezoid(torch.trapezoid(density, up, dim=1), across)
    assert float(total) == pytest.approx(1.0, abs=0.01)


def test_the_likelihood_of_points_is_exact_and_takes_no_noise():
    spec = TableSpec(shape=(2,), columns=("x", "y"), knots=((-1.0, 1.0), (10.0, 20.0)))
    assert make_codec(spec, VIEW).noise_inputs() == []
    assert make_codec(ImageSpec(shape=(2, 2, 1)), VIEW).noise_inputs()[0].name == "noise.dequantisation"
