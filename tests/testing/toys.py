"""A sound family in a few lines; tests make it wrong in one thing each."""

import math

import torch
from torch import nn

from studio.api import (
    Continuous,
    Family,
    FamilySettings,
    Likelihood,
    Preset,
    hookimpl,
    items_input,
    noise_input,
    setting,
)
from studio.nn import Decoding, Sampler, Transform
from studio.testing import FamilyContract, family_of, toy_data
from studio.testing.learned import Learned
from studio.train.trained import TrainedModel


class Settings(FamilySettings):
    lr: float = setting(0.05, help="Learning rate.", above=0)


class Net(nn.Module):
    """A normal distribution of every number, with a mean for each class."""

    def __init__(self, described):
        super().__init__()
        shape = described.codec(Continuous()).shape
        self.mean = nn.Parameter(torch.zeros(len(described.classes) + 1, *shape))
        self.log_std = nn.Parameter(torch.zeros(shape))

    def mean_of(self, count, label):
        return self.mean[label[0] + 1] if label else self.mean[:1].expand(count, *self.mean.shape[1:])

    def forward(self, noise, *label):
        return self.mean_of(len(noise), label) + noise * self.log_std.exp()

    def nats(self, x, *label):
        z = (x - self.mean_of(len(x), label)) * (-self.log_std).exp()
        return (-0.5 * z.square() - self.log_std - 0.5 * math.log(2 * math.pi)).flatten(1).sum(1)


class Encode(nn.Module):
    def __init__(self, net, codec):
        super().__init__()
        self.net, self.codec = net, codec

    def forward(self, items, *label):
        x = self.codec.encode(items)
        return (x - self.net.mean_of(len(x), label)) * (-self.net.log_std).exp()


class Nats(Encode):
    def forward(self, items, *label):
        return self.net.nats(self.codec.encode(items), *label) + self.codec.log_det(items)


class Toy:
    """The sound one."""

    views = ("grid",)
    conditions = ("none", "class")
    monitor = ("loss", "min")
    settings = Settings
    modalities = ("image", "table")

    @hookimpl
    def studio_families(self):
        presets = tuple(Preset(name="cpu", title="", summary="", modality=each) for each in self.modalities)
        return [Family("toy", "Toy", "For tests.", self.settings, self.monitor, presets, self.views, self.conditions)]

    def net(self, described):
        return Net(described)

    def labels(self, batch, session):
        return [batch.label] if session.classes and "class" in self.conditions else []

    def losses(self, session):
        codec = session.codec(Continuous())
        return lambda batch, net: -net.nats(codec.encode(batch.items), *self.labels(batch, session)).mean()

    def loop(self, session, net, opt, loss_of):
        for batch in session.batches():
            session.step(opt, loss_of(batch, net))

    @hookimpl
    def studio_train(self, session):
        net = session.module("net", self.net(session), ema=0.5)
        learning = [each for each in net.parameters() if each.requires_grad]
        opt = session.optimizer("net", torch.optim.Adam(learning, lr=session.settings.lr))
        loss_of = self.losses(session)
        session.validation(lambda batch: self.measure(loss_of(batch, session.averaged("net"))))
        self.loop(session, net, opt, loss_of)

    def measure(self, loss):
        return {"loss": loss}

    @hookimpl
    def studio_sample(self, trained):
        codec = trained.codec(Continuous())
        label = trained.label_inputs() if "class" in self.conditions else []
        return Sampler([noise_input(codec.shape), *label], trained.module("net", self.net(trained)), codec=codec)


class AbleToy(Toy):
    """The same with every ability."""

    def able(self, trained, kind, output, **more):
        label = trained.label_inputs() if "class" in self.conditions else []
        init = kind(trained.module("net", self.net(trained)), trained.codec(Continuous()))
        return Transform([items_input(trained.spec), *label], init, output=output, **more)

    @hookimpl
    def studio_encode(self, trained):
        return self.able(trained, Encode, "latent")

    @hookimpl
    def studio_decode(self, trained):
        return Decoding()

    @hookimpl
    def studio_log_prob(self, trained):
        codec = trained.codec(Continuous())
        likelihood = Likelihood(kind="exact", protocol=codec.likelihood_protocol, dims=codec.dims)
        return self.able(trained, Nats, "log_prob", likelihood=likelihood)


def contract_of(plugin, **values):
    """The suite of a plugin."""
    return type("Contract", (FamilyContract,), {"plugin": plugin, **values})()


def learned(plugin, workspace, modality="image"):
    """A model of a plugin with weights off their start, without a training."""
    dataset = toy_data(workspace, modality)
    family = family_of(plugin)
    settings = family.declared.settings()
    bare = TrainedModel("toy", settings, dataset.spec, {})
    torch.manual_seed(0)
    weights = {f"net/{key}": 0.3 * torch.randn(value.shape) for key, value in plugin.net(bare).state_dict().items()}
    items, labels = dataset.batch(dataset.indices("validation")[:3])
    trained = TrainedModel("toy", settings, dataset.spec, weights)
    return Learned(family, trained, dataset.spec, torch.from_numpy(items), tuple(labels.tolist()))
