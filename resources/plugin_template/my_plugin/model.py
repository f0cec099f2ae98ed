"""A normal distribution of every number of an item, with a mean and a spread for each class and one for any class."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from studio.api import Continuous, Described, Session
from studio.nn import hide_labels

# Real numbers in [-1, 1]; grey levels are spread, so that their density is bounded.
VIEW = Continuous(dequantise=True)


class Normals(nn.Module):
    """Independent normal numbers.

    Args:
        shape: Shape of an item in the view.
        num_classes: Number of classes K; row 0 stands for any class, row k + 1 for class k.
    """

    def __init__(self, shape: tuple[int, ...], num_classes: int) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.zeros(num_classes + 1, *shape))
        self.log_std = nn.Parameter(torch.zeros(num_classes + 1, *shape))

    def row(self, x: Tensor, label: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """Means and logarithms of the spreads for the items of a batch x (N, ...), by their labels (N,) if any."""
        index = label[0] + 1 if label else torch.zeros_like(x.flatten(1)[:, 0], dtype=torch.int64)
        return self.mean[index], self.log_std[index]

    def forward(self, noise: Tensor, *label: Tensor) -> Tensor:
        """Normal noise (N, ...), and labels where there are classes, to the view (N, ...)."""
        mean, log_std = self.row(noise, label)
        return mean + noise * log_std.exp()

    def normalise(self, x: Tensor, *label: Tensor) -> Tensor:
        """The way back: the view (N, ...) to normal noise."""
        mean, log_std = self.row(x, label)
        return (x - mean) * (-log_std).exp()

    def log_prob(self, x: Tensor, *label: Tensor) -> Tensor:
        """Log density of the view (N, ...) in nats, (N,)."""
        z, (_, log_std) = self.normalise(x, *label), self.row(x, label)
        return (-0.5 * z.square() - log_std - 0.5 * math.log(2.0 * math.pi)).flatten(1).sum(1)


class Encode(nn.Module):
    """Items as stored, taken at the middle of each level, to their noise."""

    def __init__(self, net: Normals, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec

    def forward(self, items: Tensor, *label: Tensor) -> Tensor:
        """Items (N, ...), and labels where there are classes, to latents (N, ...)."""
        middle = torch.full(items.shape, 0.5, device=items.device)
        return self.net.normalise(self.codec.encode(items, middle), *label)


class LogProb(nn.Module):
    """Items as stored to their log probability, or the log density of real numbers, in nats."""

    def __init__(self, net: Normals, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec
        self.noises = len(codec.noise_inputs())

    def forward(self, items: Tensor, *rest: Tensor) -> Tensor:
        """Items (N, ...), their dequantisation where there is one, and labels where there are classes, to (N,)."""
        noise, label = rest[: self.noises], rest[self.noises :]
        return self.net.log_prob(self.codec.encode(items, *noise), *label) + self.codec.log_det(items)


def make_net(run: Described) -> Normals:
    """The net, the same for training, previews and export."""
    return Normals(run.codec(VIEW).shape, len(run.classes))


def train(session: Session) -> None:
    """Maximise the likelihood by gradient."""
    codec = session.codec(VIEW)
    net = session.module("net", make_net(session), ema=0.9)
    optimizer = session.optimizer("net", torch.optim.Adam(net.parameters(), lr=session.settings.lr))

    def loss_of(batch: Any, net: Normals, label: Tensor) -> Tensor:
        labels = [label] if session.classes else []
        return -net.log_prob(codec.encode(batch.items), *labels).mean() / codec.dims

    session.validation(lambda batch: {"loss": loss_of(batch, session.averaged("net"), batch.label)})
    for batch in session.batches():
        # A tenth of the labels is hidden, so that the row of any class learns too.
        loss = loss_of(batch, net, hide_labels(batch.label, 0.1))
        session.step(optimizer, loss)
        session.log(loss=loss)
