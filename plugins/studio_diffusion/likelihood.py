"""The variational bound on log p of an item, for both formulations (Kingma et al. 2021, arXiv:2107.00630).

In the limit of many steps the bound depends on the denoiser and on the first and last noise levels alone (Eq. 17, 18):

    -log p(x)  <=  KL of the noisiest state from the prior  +  1/2 integral of E |x - D(z; r)|^2 d snr  +  cost of the
                   8-bit levels at the lowest noise,                                                with snr = 1 / r^2.

Here r is the ratio of noise to item, so 1/2 d snr = |x - D|^2 / r^2 d ln r. One draw of r, uniform in its logarithm,
estimates the integral without bias; the mean over draws is the bound.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from studio_diffusion.model import EDM, RectifiedFlow

__all__ = ["Bound", "level_costs"]

# The range of Karras et al. 2022, Table 1.
_LOWEST, _HIGHEST = 0.002, 80.0


def level_costs(ratio: float) -> Tensor:
    """Nats that naming a level costs when it is seen under noise: (2,), of one with two neighbours and of an outermost.

    The levels lie 2 / 255 apart and are equally likely beforehand; farther ones than 8 add nothing at such noise.
    """
    noise = torch.linspace(-8.0, 8.0, 4001, dtype=torch.float64)
    density = torch.exp(-0.5 * noise**2) / math.sqrt(2.0 * math.pi)
    steps = torch.arange(-8, 9, dtype=torch.float64)[:, None] * (2.0 / 255.0 / ratio)
    others = -0.5 * steps**2 - steps * noise
    cost = torch.stack([torch.logsumexp(others, 0), torch.logsumexp(others[8:], 0)])
    return torch.trapezoid(cost * density, noise, dim=1).to(torch.float32)


class Bound(nn.Module):
    """One unbiased estimate of the bound for each item.

    Args:
        net: The model, in either formulation.
        codec: The codec of the continuous view.
    """

    def __init__(self, net: EDM | RectifiedFlow, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec
        self.register_buffer("costs", level_costs(_LOWEST), persistent=False)
        self.costs: Tensor

    def forward(self, items: Tensor, noise: Tensor, place: Tensor, *label: Tensor) -> Tensor:
        """Items uint8 (N, H, W, C), normal noise (N, C, H, W), place of the level in [0, 1) (N, 1), and labels (N,)."""
        x = self.codec.encode(items)
        span = math.log(_HIGHEST / _LOWEST)
        ratio = _LOWEST * torch.exp(span * place.flatten())
        item = self.net.denoise(x, ratio, noise, label[0] if label else torch.zeros_like(ratio, dtype=torch.int64))
        wrong = (x - item).square().flatten(1).sum(1)
        prior = 0.5 * x.square().flatten(1).sum(1) / _HIGHEST**2
        outermost = (items == 0) | (items == 255)
        levels = torch.where(outermost, self.costs[1], self.costs[0]).flatten(1).sum(1)
        return -(span * wrong / ratio.square() + prior + levels)
