import pytest
import torch
from torch import nn

from studio.api import Continuous, Family, FamilySettings, Preset, hookimpl, noise_input
from studio.nn import Sampler
from studio.testing import Trial, toy_dataset


class Net(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.mean = nn.Parameter(torch.zeros(shape))

    def forward(self, noise):
        return self.mean + 0.1 * noise


class ScriptedPlugin:
    """A family of one parameter; ``script(session, net, opt)`` is its training."""

    def __init__(self, script):
        self.script = script

    @hookimpl
    def studio_families(self):
        presets = (Preset(name="cpu", title="", summary=""),)
        return [Family("scripted", "Scripted", "For tests.", FamilySettings, ("loss", "min"), presets)]

    @hookimpl
    def studio_train(self, session):
        net = session.module("net", Net(session.codec(Continuous()).shape), ema=0.5)
        opt = session.optimizer("opt", torch.optim.Adam(net.parameters(), lr=0.05))
        session.validation(lambda batch: {"loss": session.averaged("net").mean.square().mean()})
        self.script(session, net, opt)

    @hookimpl
    def studio_sample(self, trained):
        codec = trained.codec(Continuous())
        return Sampler([noise_input(codec.shape)], trained.module("net", Net(codec.shape)), nn.Identity(), codec)


@pytest.fixture
def scripted(workspace):
    """Make a trial whose training is a function."""
    datasets = {}

    def make(script, **train):
        if "toy" not in datasets:
            datasets["toy"] = toy_dataset(workspace, (4, 4, 1), 2, 64)
        return Trial(ScriptedPlugin(script), workspace, datasets["toy"], {}, train)

    return make


@pytest.fixture
def plain_loop():
    """The ordinary training loop of the scripted family."""

    def loop(session, net, opt):
        codec = session.codec(Continuous())
        session.validation(
            lambda batch: {"loss": ((codec.encode(batch.items) - session.averaged("net").mean) ** 2).mean()}
        )
        for batch in session.batches():
            loss = ((codec.encode(batch.items) - net.mean) ** 2).mean() + 0.01 * torch.randn(()) * net.mean.sum()
            session.step(opt, loss)
            session.log(loss=loss)

    return loop


@pytest.fixture
def new_net():
    """The scripted family's network."""
    return Net
