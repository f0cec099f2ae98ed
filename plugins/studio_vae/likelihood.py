"""The likelihoods of a VAE's decoder: Bernoulli for black and white, a discretised logistic for grey levels."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["Likelihood", "discretised_logistic"]


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
        return discretised_logistic(x, parameters, self.log_scale).flatten(1).sum(1)


def discretised_logistic(x: Tensor, mean: Tensor, log_scale: Tensor) -> Tensor:
    """Log probability of the 8-bit level at x under a logistic (Salimans et al. 2017, arXiv:1701.05517, Eq. 2).

    Args:
        x: Levels k / 127.5 - 1, any shape.
        mean: Mean of the logistic, same shape.
        log_scale: Logarithm of its scale, broadcast; cut below at -7.

    Returns:
        log probability of each value; over the 256 levels the probabilities add to 1.
    """
    inverse = torch.exp(-log_scale.clamp(min=-7.0))
    centred = x - mean
    upper = inverse * (centred + 1.0 / 255.0)
    lower = inverse * (centred - 1.0 / 255.0)
    # The outermost levels take the whole tail beyond them.
    at_low = upper - F.softplus(upper)
    at_high = -F.softplus(lower)
    between = torch.sigmoid(upper) - torch.sigmoid(lower)
    # Far from the mean the difference cancels to 0; the density times the width of a level is then exact enough.
    middle = inverse * centred
    far = middle - log_scale.clamp(min=-7.0) - 2.0 * F.softplus(middle) + math.log(2.0 / 255.0)
    inside = torch.where(between > 1e-5, torch.log(between.clamp(min=1e-12)), far)
    return torch.where(x < -0.999, at_low, torch.where(x > 0.999, at_high, inside))
