"""What tells how a GAN fares, as its losses do not: distance to held-out items, collapse, lost classes, over-fit.

Everything is measured in the view, with no network from elsewhere, and cheap enough for every validation.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from studio.api import Batch, Session
from studio.nn import pair_distances, sample_distance

__all__ = ["Meters", "View", "class_coverage", "diversity"]

_HELD_IN = 512  # training items that are kept to compare their scores with those of held-out ones
_CLASS_SIDE = 14  # items are shrunk to this side before they are compared with the means of the classes


class View(Protocol):
    """What the networks see of items: a codec, or the latent of an autoencoder."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of what they see of one item."""

    def encode(self, items: Tensor, noise: Tensor | None = None) -> Tensor:
        """Items as stored to what the networks see, (B, ...) in [-1, 1]."""


def diversity(x: Tensor, y: Tensor, label: Tensor) -> Tensor | None:
    """Mean distance of two samples as a share of that of two items; of one class each, where some share theirs.

    None where the items do not differ, as a single one or constant ones do not.

    Args:
        x: Held-out items (N, C, ...).
        y: Samples of the same classes, same shape.
        label: Their classes (N,).
    """
    apart = ~torch.eye(len(x), dtype=torch.bool, device=x.device)
    same = apart & (label[:, None] == label[None])
    pairs = same if bool(same.any()) else apart
    within = [(pair_distances(items.flatten(1), items.flatten(1)) * pairs).sum() for items in (x, y)]
    return within[1] / within[0] if float(within[0]) > 0.0 else None


def class_coverage(real: Tensor, fake: Tensor, label: Tensor, num_classes: int) -> Tensor:
    """Share of classes of which at least half as many samples are recognised as of real items.

    Args:
        real: Whether each held-out item is recognised (N,).
        fake: Whether each sample of the same classes is recognised (N,).
        label: Their classes (N,), 0 to num_classes - 1.
        num_classes: Number of classes; those of which no real item is recognised do not count.
    """
    counts = torch.zeros(2, num_classes, device=label.device)
    counts = counts.index_add(1, label, torch.stack([real, fake]).float())
    known = counts[0] > 0
    return (known & (counts[1] >= 0.5 * counts[0])).sum() / known.sum().clamp(min=1)


class Meters:
    """Keeps what the measures need of the training items, in the session's state, and measures held-out batches.

    Args:
        session: The session.
        codec: What the networks see of items.
    """

    def __init__(self, session: Session, codec: View) -> None:
        self.session = session
        self.codec = codec
        self.num_classes = len(session.classes)
        channels, *size = codec.shape
        values = channels * math.prod(min(_CLASS_SIDE, side) for side in size)
        device, dtype = session.device, getattr(torch, session.spec.dtype)
        self.state = session.state(
            "meters",
            {
                "items": torch.zeros(0, *session.spec.shape, dtype=dtype, device=device),
                "labels": torch.zeros(0, dtype=torch.int64, device=device),
                "sums": torch.zeros(self.num_classes, values, device=device),
                "counts": torch.zeros(self.num_classes, device=device),
            },
        )

    def see(self, batch: Batch) -> None:
        """Keep a training batch's share of what the measures need."""
        state = self.state
        if len(state["items"]) < _HELD_IN:
            state["items"] = torch.cat([state["items"], batch.items])[:_HELD_IN]
            state["labels"] = torch.cat([state["labels"], batch.label])[:_HELD_IN]
        if self.num_classes:
            known = (batch.label >= 0).float()
            index = batch.label.clamp(min=0)
            state["sums"].index_add_(0, index, self._shrunk(self.codec.encode(batch.items)) * known[:, None])
            state["counts"].index_add_(0, index, known)

    def measure(self, batch: Batch) -> dict[str, Any]:
        """Compare samples of the averaged generator with held-out items of the same classes."""
        generator = self.session.averaged("generator")
        discriminator = self.session.averaged("discriminator")
        x, label = self.codec.encode(batch.items), batch.label
        fake = generator(torch.randn(len(x), generator.latent_dim, device=x.device), label)
        values: dict[str, Any] = {}
        if len(x) > 1:
            values["distance"] = sample_distance(x, fake)
        varied = diversity(x, fake, label)
        if varied is not None:
            values["diversity"] = varied
        score = discriminator(x, label).mean()
        values["margin"] = score - discriminator(fake, label).mean()
        if len(self.state["items"]):
            rows = torch.randint(len(self.state["items"]), (len(x),), device=x.device)
            held_in = self.codec.encode(self.state["items"][rows])
            values["gap"] = discriminator(held_in, self.state["labels"][rows]).mean() - score
        if self.num_classes and bool((label >= 0).any()):
            known = label >= 0
            real, drawn = self._recognised(x[known], label[known]), self._recognised(fake[known], label[known])
            values["class_coverage"] = class_coverage(real, drawn, label[known], self.num_classes)
        return values

    def _shrunk(self, x: Tensor) -> Tensor:
        if x.ndim == 2:
            return x
        size = (min(_CLASS_SIDE, x.shape[2]), min(_CLASS_SIDE, x.shape[3]))
        return F.adaptive_avg_pool2d(x, size).flatten(1)

    def _recognised(self, x: Tensor, label: Tensor) -> Tensor:
        """Whether the nearest mean of a class is that of the label."""
        counts = self.state["counts"]
        distance = torch.cdist(self._shrunk(x), self.state["sums"] / counts.clamp(min=1.0)[:, None])
        return distance.masked_fill(counts[None] == 0, float("inf")).argmin(1) == label
