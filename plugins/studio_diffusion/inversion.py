"""Items to latents: the probability-flow ODE from the item to the noise that the samplers make it of.

The ODE is the same in both directions (Song et al. 2021, arXiv:2011.13456, section 4.3 and appendix D.4), so an item
has one latent, and decoding that gives the item again as closely as both solvers follow the ODE.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from studio_diffusion.model import EDM, RectifiedFlow

__all__ = ["Backwards", "FromItem", "ToLatent"]


class FromItem(nn.Module):
    """Items to the state and the constants of the loop."""

    def __init__(self, codec: Any) -> None:
        super().__init__()
        self.codec = codec

    def forward(self, items: Tensor, steps: Tensor, *label: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Items uint8 (N, H, W, C), steps and, with classes, labels (N,), to state (N, C, H, W), steps and labels."""
        return self.codec.encode(items), steps, label[0] if label else steps.new_zeros(1)


class Backwards(nn.Module):
    """Heun's method (arXiv:2206.00364, Algorithm 1) from the item to the noise, by the solvers' own levels."""

    def __init__(self, net: EDM | RectifiedFlow) -> None:
        super().__init__()
        self.net = net

    def forward(self, i: Tensor, x: Tensor, steps: Tensor, label: Tensor) -> Tensor:
        """State (N, C, H, W) before step i to the state after it."""
        count = steps.reshape(1).to(torch.float32)
        left = count - i.reshape(1).to(torch.float32)
        here, there = self.net.level(left, count), self.net.level(left - 1.0, count)
        first = self.net.slope(x, here, label)
        second = self.net.slope(x + (there - here) * first, there, label)
        return x + (there - here) * 0.5 * (first + second)


class ToLatent(nn.Module):
    """The noisiest state to the noise in it."""

    def __init__(self, net: EDM | RectifiedFlow) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, steps: Tensor, label: Tensor) -> Tensor:
        """State (N, C, H, W) to latents of the same shape, normal for items like those of the training."""
        count = steps.reshape(1).to(torch.float32)
        return x / self.net.spread(self.net.level(torch.zeros_like(count), count))
