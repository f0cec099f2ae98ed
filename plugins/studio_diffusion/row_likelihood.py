"""The variational bound on the log density of rows of numbers (Kingma et al. 2021, arXiv:2107.00630).

As of images, in ``likelihood``, but for the last step: numbers have no levels, and the item given the state of the
lowest noise is normal around what the denoiser makes of it, as wide as that noise, a fiftieth of a standard deviation.

What a denoiser of normal data is wrong by, under the same noise, is subtracted, and its known integral added (a control
variate): the two differ little where there is little or much noise. So the levels of a draw are taken from a logistic
distribution of their logarithm about where they differ, one from each equal part of it, and weighted by its density.
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

# Noise levels of a draw, and where the logarithm of most of them lies: about, and within.
_LEVELS = 2
_MIDDLE, _WIDTH = math.log(0.15), 0.8


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
        log_ratio, weight = _levels(place)
        ratio = torch.exp(log_ratio)
        # The state of the lowest noise may share the noise of another: the bound is a sum of their expectations.
        ratio = torch.cat([ratio, torch.full_like(ratio[:, :1], LOWEST_RATIO)], dim=1)
        noise = torch.cat([noise, noise[:, :1]], dim=1)
        # Each noise and its opposite: what the denoisers differ by is nearly odd in it, and mostly cancels.
        ratio, noise = torch.cat([ratio, ratio], dim=1), torch.cat([noise, -noise], dim=1)
        each, count, states = x.unsqueeze(1).expand(-1, 2 * (_LEVELS + 1), -1), x.shape[1], 2 * (_LEVELS + 1)
        denoised = self.net.denoise(
            each.flatten(0, 1), ratio.flatten(), noise.flatten(0, 1), labels.repeat_interleave(states)
        ).unflatten(0, (-1, states))
        # The denoiser of N(0, sigma_data^2), and what it is wrong by under this noise.
        variance = self.sigma_data**2
        kept = (variance / (variance + ratio.square())).unsqueeze(2)
        normal = (1.0 - kept) * each - kept * ratio.unsqueeze(2) * noise
        more = ((each - denoised).square() - normal.square()).sum(2) / ratio.square()
        more = 0.5 * (more[:, : _LEVELS + 1] + more[:, _LEVELS + 1 :])
        square = x.square().sum(1)
        integral = (more[:, :_LEVELS] * weight).mean(1) + _integral(square, variance, count)
        lowest, prior = LOWEST_RATIO**2, 0.5 * square / HIGHEST_RATIO**2
        mean = (square * lowest + count * variance**2) / (variance + lowest) ** 2
        last = 0.5 * (count * math.log(2.0 * math.pi * lowest) + more[:, _LEVELS] + mean)
        volume = self.codec.log_det(items)
        if self.net.unit is not None:
            volume = volume - torch.log(self.net.unit).sum()
        return volume - last - integral - prior


def _levels(place: Tensor) -> tuple[Tensor, Tensor]:
    """Places in each part (N, L), uniform in [0, 1), to logarithms of noise levels and one over their density."""
    low, high = (1.0 / (1.0 + math.exp((_MIDDLE - math.log(end)) / _WIDTH)) for end in (LOWEST_RATIO, HIGHEST_RATIO))
    part = torch.arange(_LEVELS, device=place.device, dtype=place.dtype)
    share = low + (high - low) * (part + place) / _LEVELS
    return _MIDDLE + _WIDTH * torch.logit(share), (high - low) * _WIDTH / (share * (1.0 - share))


def _integral(square: Tensor, variance: float, count: int) -> Tensor:
    """What the denoiser of N(0, variance) is wrong by on average, over the square of the ratio, integrated, (N,).

    Of rows of so many numbers, whose squares add to ``square`` (N,), over the logarithm of the ratio.
    """

    def upto(ratio: float) -> tuple[float, float]:
        total = variance + ratio**2
        return -0.5 / total, 0.5 * (math.log(ratio**2 / total) + variance / total)

    (x_high, n_high), (x_low, n_low) = upto(HIGHEST_RATIO), upto(LOWEST_RATIO)
    return square * (x_high - x_low) + count * (n_high - n_low)
