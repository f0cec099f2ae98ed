"""The variational bound on log p of an item, for both formulations (Kingma et al. 2021, arXiv:2107.00630).

In the limit of many steps the bound depends on the denoiser and on the first and last noise levels alone (Eq. 17, 18):

    -log p(x)  <=  KL of the noisiest state from the prior  +  1/2 integral of E |x - D(z; r)|^2 d snr
                   +  cost of the 8-bit levels given the state of the lowest noise,            with snr = 1 / r^2.

Here r is the ratio of noise to item, so 1/2 d snr = |x - D|^2 / r^2 d ln r. One draw of r, uniform in its logarithm,
estimates the integral without bias; the mean over draws is the bound. The last step may be any distribution of levels
given the last state; this one is told what the denoiser makes of it, so that the integral can end where levels begin to
overlap, at ratios that training reaches.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from studio.nn import discretised_logistic
from studio_diffusion.model import EDM, LOWEST_RATIO, RectifiedFlow

__all__ = ["HIGHEST_RATIO", "Bound", "LevelDecoder"]

# The highest noise of Karras et al. 2022, Table 1.
HIGHEST_RATIO = 80.0
_LEVEL = 2.0 / 255.0
_SCALES = (0.02, 0.1, 0.3, 1.0, 3.0)
_ANCHORS = 5


class LevelDecoder(nn.Module):
    """The distribution of an 8-bit level given its denoised value: a mixture of logistics around that value.

    Their scales are fixed, from a fiftieth of a level to three; how likely each is depends on how far the value is from
    black and from white, for there the denoiser is nearly always right. It is fitted when the training has ended.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("log_scales", torch.log(torch.tensor(_SCALES) * _LEVEL), persistent=False)
        self.log_scales: Tensor
        # Row k is for values 2^k - 1 quarters of a level from an end. Before the fit the ends are believed.
        self.register_buffer("weights", self._unfitted())
        self.weights: Tensor

    @staticmethod
    def _unfitted() -> Tensor:
        weights = torch.full((_ANCHORS, len(_SCALES)), 1.0 / len(_SCALES))
        weights[0] = torch.tensor([0.96, *([0.01] * (len(_SCALES) - 1))])
        return weights

    @property
    def is_fitted(self) -> bool:
        """Whether the weights are those of a fit."""
        return not torch.equal(self.weights.cpu(), self._unfitted())

    def _nearness(self, denoised: Tensor) -> Tensor:
        """How much each anchor counts for a value, (..., anchors), adding to 1 (hat functions)."""
        levels_from_end = ((1.0 - denoised.abs()) / _LEVEL).clamp(min=0.0)
        place = torch.log2(1.0 + 4.0 * levels_from_end).clamp(max=_ANCHORS - 1.0)
        anchor = torch.arange(_ANCHORS, device=denoised.device, dtype=denoised.dtype)
        return (1.0 - (place.unsqueeze(-1) - anchor).abs()).clamp(min=0.0)

    def _components(self, denoised: Tensor, x: Tensor) -> Tensor:
        """Log probability of the level at x by each scale, (..., scales)."""
        return discretised_logistic(x.unsqueeze(-1), denoised.unsqueeze(-1), self.log_scales)

    def forward(self, denoised: Tensor, x: Tensor) -> Tensor:
        """Log probability of the levels at x = k / 127.5 - 1 given denoised values, of any one shape."""
        weight = (self._nearness(denoised) @ self.weights).clamp(min=1e-9)
        return torch.logsumexp(self._components(denoised, x) + torch.log(weight), dim=-1)

    @torch.no_grad()
    def fit(self, denoised: Tensor, x: Tensor, rounds: int = 50) -> None:
        """Set the weights to the likeliest for denoised values and levels (N,), by expectation maximisation.

        A tenth of a count is added to each, so that no scale is ruled out.
        """
        nearness, components = self._nearness(denoised).double(), self._components(denoised, x).double().exp()
        weights = self.weights.double()
        for _ in range(rounds):
            joint = nearness[:, :, None] * weights * components[:, None, :]
            share = joint / joint.sum((1, 2), keepdim=True).clamp(min=1e-300)
            counts = share.sum(0) + 0.1
            weights = counts / counts.sum(1, keepdim=True)
        self.weights.copy_(weights)


class Bound(nn.Module):
    """One unbiased estimate of the bound for each item.

    Args:
        net: The model, in either formulation.
        decoder: The last step, from the denoised item to its levels.
        codec: The codec of the continuous view.
    """

    def __init__(self, net: EDM | RectifiedFlow, decoder: LevelDecoder, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.decoder = decoder
        self.codec = codec

    def forward(self, items: Tensor, noise: Tensor, place: Tensor, *label: Tensor) -> Tensor:
        """Items uint8 (N, H, W, C), normal noise (N, C, H, W), place of the level in [0, 1) (N, 1), and labels (N,)."""
        view = self.codec.encode(items)
        x = self.net.centred(view)
        span = math.log(HIGHEST_RATIO / LOWEST_RATIO)
        ratio = LOWEST_RATIO * torch.exp(span * place.flatten())
        labels = label[0] if label else torch.zeros_like(ratio, dtype=torch.int64)
        # The state of the lowest noise may share the noise of the other: the bound is a sum of their expectations.
        ratios = torch.cat([ratio, torch.full_like(ratio, LOWEST_RATIO)])
        both = self.net.denoise(torch.cat([x, x]), ratios, torch.cat([noise, noise]), torch.cat([labels, labels]))
        both = both.unflatten(0, (2, -1))
        denoised, last = both[0], both[1]
        wrong = (x - denoised).square().flatten(1).sum(1)
        prior = 0.5 * x.square().flatten(1).sum(1) / HIGHEST_RATIO**2
        levels = self.decoder(self.net.to_view(last), view).flatten(1).sum(1)
        return levels - span * wrong / ratio.square() - prior
