"""The two networks for rows of a table: residual nets of linear layers, and a softmax for each category."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nn import LabelEmbedding
from studio_gan.layers import SLOPE, Block, Bounded, he_init

__all__ = ["RowDiscriminator", "RowGenerator"]


class RowGenerator(nn.Module):
    """Noise and class to rows of the view.

    Args:
        numbers: Number M of numbers, which come first.
        groups: First value and number of values of each category.
        num_classes: Number of classes; 0 for a model without a condition.
        latent_dim: Width L of the noise.
        channels: Width of the net.
        depth: Number of residual blocks.
    """

    def __init__(
        self,
        numbers: int,
        groups: Sequence[tuple[int, int]],
        num_classes: int,
        latent_dim: int,
        channels: int,
        depth: int,
    ) -> None:
        super().__init__()
        self.latent_dim, self.numbers, self.groups = latent_dim, numbers, list(groups)
        self.label = LabelEmbedding(num_classes, latent_dim) if num_classes else None
        self.project = he_init(nn.Linear(latent_dim * (2 if num_classes else 1), channels), gain=1.0)
        self.layers = nn.Sequential(*(Block(0, channels, depth) for _ in range(depth)))
        self.out = he_init(nn.Linear(channels, numbers + sum(size for _, size in groups)), gain=0.5)

    def forward(self, noise: Tensor, label: Tensor) -> Tensor:
        """Noise (B, L) and labels (B,), -1 for any, to rows float32 (B, K') in [-1, 1]."""
        z = noise if self.label is None else torch.cat([noise, self.label(label).expand(noise.shape[0], -1)], dim=1)
        h = self.out(F.leaky_relu(self.layers(self.project(z)), SLOPE)).float()
        numbers = h[:, : self.numbers]
        parts = [Bounded.apply(numbers) if self.training else numbers.clamp(-1.0, 1.0)]
        # From logits to what a category looks like in the view: 1 for its own, -1 for the others.
        parts += [2.0 * torch.softmax(h[:, start : start + size], dim=1) - 1.0 for start, size in self.groups]
        return torch.cat(parts, dim=1)


class RowDiscriminator(nn.Module):
    """Rows of the view and classes to scores; the class comes in by projection, as with images.

    Args:
        values: Number K' of values of a row.
        num_classes: Number of classes; 0 for a model without a condition.
        channels: Width of the net.
        depth: Number of residual blocks.
    """

    def __init__(self, values: int, num_classes: int, channels: int, depth: int) -> None:
        super().__init__()
        self.project = he_init(nn.Linear(values, channels), gain=1.0)
        self.layers = nn.Sequential(*(Block(0, channels, depth) for _ in range(depth)))
        self.features = channels
        self.direction = nn.Parameter(torch.randn(channels))
        self.label = LabelEmbedding(num_classes, channels) if num_classes else None

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        """Rows (B, K') in [-1, 1] and labels (B,), -1 for unknown, to scores (B,)."""
        h = F.leaky_relu(self.layers(self.project(x)), SLOPE)
        direction = self.direction if self.label is None else self.direction + self.label(label)
        return (h * direction).sum(1) * self.features**-0.5
