"""The modules that an exported GAN is made of: noise to items, in one pass."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["Generate"]


class Generate(nn.Module):
    """Noise, labels where there are classes, and temperature, to items."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, noise: Tensor, *label_and_temperature: Tensor) -> Tensor:
        """Noise (B, L) to items (B, C, ...) in [-1, 1]."""
        *label, temperature = label_and_temperature
        # A net without classes looks at no label.
        return self.net(noise * temperature, label[0] if label else noise.new_zeros(1, dtype=torch.int64))
