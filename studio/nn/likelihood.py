"""A likelihood of 8-bit levels that families share."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["discretised_logistic"]


def discretised_logistic(x: Tensor, mean: Tensor, log_scale: Tensor) -> Tensor:
    """Log probability of the 8-bit level at x under a logistic (Salimans et al. 2017, arXiv:1701.05517, Eq. 2).

    Args:
        x: Levels k / 127.5 - 1, any shape.
        mean: Mean of the logistic, same shape.
        log_scale: Logarithm of its scale, broadcast; from -9 on, below which float32 loses levels far from the mean.

    Returns:
        log probability of each value; over the 256 levels the probabilities add to 1.
    """
    inverse = torch.exp(-log_scale)
    centred = x - mean
    upper = inverse * (centred + 1.0 / 255.0)
    lower = inverse * (centred - 1.0 / 255.0)
    # The outermost levels take the whole tail beyond them.
    at_low = upper - F.softplus(upper)
    at_high = -F.softplus(lower)
    between = torch.sigmoid(upper) - torch.sigmoid(lower)
    # Far from the mean the difference cancels to 0; the density times the width of a level is then exact enough.
    middle = inverse * centred
    far = middle - log_scale - 2.0 * F.softplus(middle) + math.log(2.0 / 255.0)
    inside = torch.where(between > 1e-5, torch.log(between.clamp(min=1e-12)), far)
    return torch.where(x < -0.999, at_low, torch.where(x > 0.999, at_high, inside))
