"""The modules that an exported GAN is made of: noise or latents to items, in one pass."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from studio_gan.model import Generator

__all__ = ["Generate", "GenerateFromLatent"]


class Generate(nn.Module):
    """Noise, labels where there are classes, and temperature, to items."""

    def __init__(self, net: Generator) -> None:
        super().__init__()
        self.net = net

    def forward(self, noise: Tensor, *label_and_temperature: Tensor) -> Tensor:
        """Noise (B, L) to items (B, C, H, W) in [-1, 1]."""
        *label, temperature = label_and_temperature
        return _generate(self.net, noise * temperature, label)


class GenerateFromLatent(nn.Module):
    """Latents, which are the noise itself, and labels where there are classes, to items."""

    def __init__(self, net: Generator) -> None:
        super().__init__()
        self.net = net

    def forward(self, latent: Tensor, *label: Tensor) -> Tensor:
        """Latents (B, L) to items (B, C, H, W) in [-1, 1]."""
        return _generate(self.net, latent, label)


def _generate(net: Generator, noise: Tensor, label: Any) -> Tensor:
    # A net without classes looks at no label.
    return net(noise, label[0] if label else noise.new_zeros(1, dtype=torch.int64))
