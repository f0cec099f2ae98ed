"""A mixture of K Gaussians with diagonal covariances."""

import math

import torch
from torch import nn

from studio.api import Continuous

VIEW = Continuous(dequantise=True)


class Mixture(nn.Module):
    """Weights, means and spreads of the components."""

    def __init__(self, shape, components):
        super().__init__()
        size = math.prod(shape)
        self.shape = shape
        self.logits = nn.Parameter(torch.zeros(components))
        self.mean = nn.Parameter(torch.rand(components, size) * 2 - 1)
        self.log_std = nn.Parameter(torch.full((components, size), -0.7))

    def forward(self, noise, uniform):
        """Normal noise (N, ...) and uniform numbers (N, 1) to the view (N, ...)."""
        edges = self.logits.softmax(0).cumsum(0)[:-1]
        index = (uniform >= edges).sum(1)
        x = self.mean[index] + noise.flatten(1) * self.log_std[index].exp()
        return x.reshape(noise.shape)

    def log_prob(self, x):
        """Log density of the view (N, ...), (N,)."""
        z = (x.flatten(1)[:, None] - self.mean) * (-self.log_std).exp()
        each = (-0.5 * z.square() - self.log_std - 0.5 * math.log(2 * math.pi)).sum(2)
        return (self.logits.log_softmax(0) + each).logsumexp(1)


class LogProb(nn.Module):
    """Items, and their dequantisation where there is one, to nats."""

    def __init__(self, net, codec):
        super().__init__()
        self.net, self.codec = net, codec

    def forward(self, items, *noise):
        """Items (N, ...) to (N,)."""
        return self.net.log_prob(self.codec.encode(items, *noise)) + self.codec.log_det(items)


def make_net(run):
    """The net of a session or of a trained model."""
    return Mixture(run.codec(VIEW).shape, run.settings.components)


def train(session):
    """Maximise the likelihood by gradient."""
    codec = session.codec(VIEW)
    net = session.module("net", make_net(session), ema=0.9)
    opt = session.optimizer("net", torch.optim.Adam(net.parameters(), lr=session.settings.lr))

    def loss_of(batch, net):
        return -net.log_prob(codec.encode(batch.items)).mean() / codec.dims

    session.validation(lambda batch: {"loss": loss_of(batch, session.averaged("net"))})
    for batch in session.batches():
        loss = loss_of(batch, net)
        session.step(opt, loss)
        session.log(loss=loss)
