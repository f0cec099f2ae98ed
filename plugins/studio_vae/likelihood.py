"""The likelihoods of a VAE's decoder: Bernoulli for black and white, a discretised logistic for grey levels."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nn import discretised_logistic

__all__ = ["Likelihood"]

# The narrowest scale that can be learned: e^-7, a ninth of a level.
_NARROWEST = -7.0


class Likelihood(nn.Module):
    """What the decoder's parameters say of an item.

    Args:
        kind: ``bernoulli`` or ``logistic``.
        channels: Channels of an item.
        ndim: Number of spatial axes, 1 or 2.
    """

    def __init__(self, kind: str, channels: int, ndim: int) -> None:
        super().__init__()
        # One learned scale for each channel (the idea of sigma-VAE, Rybkin et al. 2021, arXiv:2006.13202).
        scales = torch.full((channels, *([1] * ndim)), -2.0)
        self.log_scale = nn.Parameter(scales) if kind == "logistic" else None

    def mean(self, parameters: Tensor) -> Tensor:
        """The mean of the likelihood, in [-1, 1]."""
        return torch.tanh(0.5 * parameters) if self.log_scale is None else parameters.clamp(-1.0, 1.0)

    def log_prob(self, parameters: Tensor, x: Tensor) -> Tensor:
        """Log p(x | z) in nats for each item, shape (B,): of its black and white, or of its 8-bit levels."""
        if self.log_scale is None:
            target = x * 0.5 + 0.5
            # Written out: what the exporter makes of torch's own function is NaN where the decoder is sure.
            return (target * parameters - F.softplus(parameters)).flatten(1).sum(1)
        return discretised_logistic(x, parameters, self.log_scale.clamp(min=_NARROWEST)).flatten(1).sum(1)
