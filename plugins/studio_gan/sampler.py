"""The modules that an exported GAN is made of, noise to items in one pass; and the discriminator on items."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["Generate", "Score"]


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


class Score(nn.Module):
    """Items as stored, and labels where there are classes, to the discriminator's scores."""

    def __init__(self, net: nn.Module, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec: Any = codec

    def forward(self, items: Tensor, *label: Tensor) -> Tensor:
        """Items (B, ...) to scores float32 (B,)."""
        view = self.codec.encode(items)
        free = torch.full_like(view[:, :1].flatten(), -1, dtype=torch.int64)
        return self.net(view, label[0] if label else free).float()
