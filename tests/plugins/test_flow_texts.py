"""The flow over the latent of texts: a density, its inverse, and a bound on the text."""

import pytest
import torch

from studio.core.errors import StudioError
from studio.nn.sampler import Stage, Transform, run_program
from studio.store.workspace import Workspace
from studio.testing import Trial
from studio.testing.toy_data import toy_texts
from studio_flow.latent_flow import LatentEncode, LatentFlow, LatentInit, LatentStep
from studio_flow.model import normal_quantile
from studio_flow.plugin import plugin
from studio_flow.sampler import stages_of

END = 3


@pytest.fixture
def flow():
    torch.manual_seed(0)
    flow = LatentFlow((3, 2), 2, 0, blocks=2, dim=16, depth=1, heads=2, bins=4)
    for name, parameter in flow.named_parameters():
        if not name.endswith("norm.weight"):
            torch.nn.init.normal_(parameter, std=0.2)
    return flow.eval()


def labels(count):
    return torch.zeros(count, dtype=torch.int64)


@torch.no_grad()
def test_an_untrained_flow_is_the_normal_prior():
    flow = LatentFlow((3, 2), 2, 0, blocks=2, dim=16, depth=1, heads=2, bins=4).eval()
    tokens = torch.tensor([[0, 1, 2, 0, 1, END]] * 8)
    assert float(flow(torch.randn(8, 3, 2), labels(8), tokens, END).abs().max()) < 0.05


def test_log_det_is_that_of_the_jacobian(flow):
    flow = flow.double()
    latent = torch.randn(1, 3, 2, dtype=torch.float64)
    with torch.no_grad():
        _, found = flow.map(latent, labels(1))

    def mapped(z):
        return flow.map(z.reshape(1, 3, 2), labels(1))[0].flatten()

    jacobian = torch.autograd.functional.jacobian(mapped, latent.flatten())
    normal = torch.distributions.Normal(0.0, 1.0).log_prob(latent.float()).sum()
    assert float(found.detach().sum()) == pytest.approx(
        float(torch.linalg.slogdet(jacobian.detach())[1] - normal), abs=1e-3
    )


@torch.no_grad()
def test_a_stretch_depends_on_those_before_alone_and_what_lies_behind_the_end_counts_nothing(flow):
    latent, other = torch.randn(1, 3, 2), torch.randn(1, 3, 2)
    other[:, 0] = latent[:, 0]
    tokens = torch.tensor([[1, END, END, END, END, END]])
    torch.testing.assert_close(flow(latent, labels(1), tokens, END), flow(other, labels(1), tokens, END))
    short = flow(latent[:, :1], labels(1), tokens[:, :2], END)
    torch.testing.assert_close(flow(latent, labels(1), tokens, END), short)


@torch.no_grad()
def test_noise_goes_back_to_the_latent_that_it_came_from(flow):
    flow, latent = flow.double(), 0.7 * torch.randn(4, 6)
    noise = LatentEncode(flow, torch.nn.Identity())(latent)
    stages = [Stage(LatentStep(stage.step), stage.trip, stage.enter) for stage in stages_of(flow.flow_blocks())]

    class Made(torch.nn.Module):
        def forward(self, made, *rest):
            return normal_quantile(made)

    program = Transform([], LatentInit(flow, 6, likeliest=True), Made(), stages=stages, num_state=1, output="latent")
    back, _ = run_program(program, [noise])
    torch.testing.assert_close(back.flatten(1), latent.double(), atol=1e-3, rtol=1e-3)


def test_the_second_phase_lowers_the_bound_of_the_text_and_all_goes_into_files(tmp_path):
    workspace = Workspace(tmp_path)
    small = {"dim": 16, "depth": 1, "blocks": 1, "heads": 2, "bins": 4, "latent_dim": 2, "autoencoder_dim": 32}
    settings = {**small, "autoencoder_depth": 1, "lr": 1e-2}
    trial = Trial(plugin, workspace, toy_texts(workspace), settings, {"steps": 200, "validate_every": 20})
    trial.train()
    losses, kl = trial.curve("validation.loss"), trial.curve("validation.kl")
    # The last validation of the autoencoder's 120 steps, and that of the flow's 80.
    assert losses[-1] < losses[6] - 0.1
    assert kl[-1] < kl[6] - 0.1
    assert not trial.unmoved
    exported = trial.export()
    assert sorted(exported.parity) == ["decode", "encode", "log_prob", "sample"]
    assert all(parity.passed for parity in exported.parity.values())


def test_couplings_are_refused(tmp_path):
    workspace = Workspace(tmp_path)
    trial = Trial(plugin, workspace, toy_texts(workspace), {"kind": "coupling"}, {"steps": 1})
    with pytest.raises(StudioError, match="choose kind = transformer for texts"):
        trial.train()
