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

    def __init__(self, net: EDM | RectifiedFlow, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec

    def forward(self, items: Tensor, steps: Tensor, *label: Tensor) -> tuple[Tensor, ...]:
        """Items as stored (N, ...), steps and, with classes, labels (N,).

        Returns:
            State: the centred item (N, C, ...), and the slope of the step before, none yet. Constants: steps,
            and labels.
        """
        x = self.net.centred(self.codec.encode(items))
        return x, torch.zeros_like(x), steps, label[0] if label else steps.new_zeros(1)


class Backwards(nn.Module):
    """The second Adams-Bashforth method from the item to the noise, one slope a step, by the solvers' own levels.

    For steps of different lengths h the slope ahead is that here and h / (2 h_before) of what it changed in the step
    before (Hairer, Norsett and Wanner 1993, Solving Ordinary Differential Equations I, section III.5).
    """

    def __init__(self, net: EDM | RectifiedFlow) -> None:
        super().__init__()
        self.net = net

    def forward(self, i: Tensor, x: Tensor, before: Tensor, steps: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """State (N, C, ...) and slope before step i to those after it."""
        count = steps.reshape(1).to(torch.float32)
        left = count - i.reshape(1).to(torch.float32)
        here, there = self.net.level(left, count), self.net.level(left - 1.0, count)
        past = self.net.level(torch.minimum(left + 1.0, count), count)
        slope = self.net.slope(x, here, label)
        h, h_before = there - here, here - past
        # The first step has none before it.
        share = torch.where(i == 0, torch.zeros_like(h), 0.5 * h / torch.where(i == 0, torch.ones_like(h), h_before))
        return x + h * (slope + share * (slope - before)), slope


class ToLatent(nn.Module):
    """The noisiest state to the noise in it."""

    def __init__(self, net: EDM | RectifiedFlow) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, before: Tensor, steps: Tensor, label: Tensor) -> Tensor:
        """State (N, C, ...) to latents of the same shape, normal for items like those of the training."""
        count = steps.reshape(1).to(torch.float32)
        return x / self.net.spread(self.net.level(torch.zeros_like(count), count))
