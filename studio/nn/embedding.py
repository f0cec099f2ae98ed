"""Embeddings of time or noise level, and of class labels."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

__all__ = ["LabelEmbedding", "TimeEmbedding", "hide_labels", "sinusoids"]


def sinusoids(t: Tensor, dim: int, max_period: float = 10_000.0) -> Tensor:
    """Sines and cosines of geometrically spaced frequencies (Vaswani et al. 2017, arXiv:1706.03762, section 3.5).

    Args:
        t: Positions or times in steps, shape (B,).
        dim: Width, even.
        max_period: Longest wavelength over 2 pi.

    Returns:
        Features in [-1, 1], shape (B, dim).
    """
    half = dim // 2
    frequencies = torch.exp(-math.log(max_period) * torch.arange(half, device=t.device, dtype=torch.float32) / half)
    angles = t[:, None] * frequencies[None]
    return torch.cat([torch.cos(angles), torch.sin(angles)], dim=1)


class TimeEmbedding(nn.Module):
    """Sinusoids through two linear layers, as the U-Nets of diffusion models have it.

    Args:
        dim: Width of the result; the sinusoids have a quarter of it.
        scale: What a time is multiplied with before the sinusoids, so that its changes are seen.
    """

    def __init__(self, dim: int, scale: float = 1000.0) -> None:
        super().__init__()
        self.width = max(2, dim // 4 // 2 * 2)
        self.scale = scale
        self.net = nn.Sequential(nn.Linear(self.width, dim), nn.SiLU(), nn.Linear(dim, dim))

    def forward(self, t: Tensor) -> Tensor:
        """Times (B,) to features (B, dim)."""
        return self.net(sinusoids(t * self.scale, self.width))


class LabelEmbedding(nn.Module):
    """A learned vector for each class and one for "no class", which is label -1."""

    def __init__(self, num_classes: int, dim: int) -> None:
        super().__init__()
        self.table = nn.Embedding(num_classes + 1, dim)

    def forward(self, label: Tensor) -> Tensor:
        """Labels int64 (B,) from -1 to num_classes - 1, to features (B, dim)."""
        return self.table(label + 1)


def hide_labels(label: Tensor, share: float) -> Tensor:
    """Hide a share of labels int64 (B,) at random as -1, so that a net also learns items of any class.

    As classifier-free guidance needs it (Ho and Salimans 2022, arXiv:2207.12598, Algorithm 1).
    """
    return torch.where(torch.rand(label.shape, device=label.device) < share, -1, label)
