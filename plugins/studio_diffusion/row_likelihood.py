"""The variational bound on the log density of rows of numbers (Kingma et al. 2021, arXiv:2107.00630).

As of images, in ``likelihood``, but for the last step: numbers have no levels, and the item given the state of the
lowest noise is normal around what the denoiser makes of it, as wide as that noise, a fiftieth of a standard deviation.

A draw takes several noise levels, one from each equal part of their logarithms. What a denoiser of normal data would be
wrong by, under the same noise, is subtracted, and its known mean added (a control variate): at low noise the two agree,
and the difference has a small variance where either alone has a large one.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from studio.api import Input, noise_input
from studio_diffusion.likelihood import HIGHEST_RATIO
from studio_diffusion.model import EDM, LOWEST_RATIO, RectifiedFlow

__all__ = ["RowBound"]

# Noise levels of a draw.
_LEVELS = 8


class RowBound(nn.Module):
    """One unbiased estimate of the bound for each row.

    Args:
        net: The model, in either formulation.
        codec: The codec of the plain continuous view, without categories.
        sigma_data: Root mean square of centred rows.
    """

    def __init__(self, net: EDM | RectifiedFlow, codec: Any, sigma_data: float = 0.5) -> None:
        super().__init__()
        self.net = net
        self.codec = codec
        self.sigma_data = sigma_data

    def noise_inputs(self) -> list[Input]:
        """Normal noise of each level, where in its part each level lies, and where in its rounding each number does."""
        found = [noise_input((_LEVELS, *self.codec.shape)), noise_input((_LEVELS,), "noise.level", "uniform")]
        if self.codec.rounds:
            found.append(noise_input(self.codec.shape, "noise.dequantisation", "uniform"))
        return found

    def forward(self, items: Tensor, noise: Tensor, place: Tensor, *others: Tensor) -> Tensor:
        """Rows float32 (N, K), the noise, and labels (N,) where there are classes, to nats (N,)."""
        rest = list(others)
        if self.codec.rounds:
            items = self.codec.spread_out(items, rest.pop(0))
        x = self.net.centred(self.codec.encode(items))
        labels = rest[0] if rest else torch.zeros_like(x[:, 0], dtype=torch.int64)
        span = math.log(HIGHEST_RATIO / LOWEST_RATIO)
        part = torch.arange(_LEVELS, device=x.device, dtype=x.dtype)
        ratio = LOWEST_RATIO * torch.exp(span * (part + place) / _LEVELS)
        # The state of the lowest noise may share the noise of another: the bound is a sum of their expectations.
        ratio = torch.cat([ratio, torch.full_like(ratio[:, :1], LOWEST_RATIO)], dim=1)
        noise = torch.cat([noise, noise[:, :1]], dim=1)
        each, count = x.unsqueeze(1).expand(-1, _LEVELS + 1, -1), x.shape[1]
        denoised = self.net.denoise(
            each.flatten(0, 1), ratio.flatten(), noise.flatten(0, 1), labels.repeat_interleave(_LEVELS + 1)
        ).unflatten(0, (-1, _LEVELS + 1))
        # The denoiser of N(0, sigma_data^2): what it is wrong by under this noise, and on average.
        kept = self.sigma_data**2 / (self.sigma_data**2 + ratio.square())
        lost = (1.0 - kept).unsqueeze(2) * each
        normal = (lost - (kept * ratio).unsqueeze(2) * noise).square().sum(2)
        mean = lost.square().sum(2) + (kept * ratio).square() * count
        wrong = ((each - denoised).square().sum(2) - normal + mean) / ratio.square()
        integral = span * wrong[:, :_LEVELS].mean(1)
        prior = 0.5 * x.square().sum(1) / HIGHEST_RATIO**2
        last = 0.5 * (count * math.log(2.0 * math.pi * LOWEST_RATIO**2) + wrong[:, _LEVELS])
        volume = self.codec.log_det(items)
        if self.net.unit is not None:
            volume = volume - torch.log(self.net.unit).sum()
        return volume - last - integral - prior
