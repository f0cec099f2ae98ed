"""The normal posterior of a variational autoencoder: its bound, and what it costs."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

__all__ = ["PosteriorBound", "normal_kl"]


class PosteriorBound(nn.Module):
    """Mean as it is; log standard deviation between -5 and 2 by a soft bound, so that no KL term can explode.

    0 stays 0: a latent of which the encoder says nothing has the prior's standard deviation, and costs nothing. The
    shift that does it is saved with the weights, for they mean nothing under another.
    """

    middle, reach = -1.5, 3.5

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("shift", torch.tensor(math.atanh(-self.middle / self.reach)))
        self.shift: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """Mean and unbounded log standard deviation (B, 2, ...) to both, bounded."""
        # Half precision is for the nets alone; what comes of float64, as where a sampler is certified, stays it.
        x = x.float() if x.dtype in (torch.bfloat16, torch.float16) else x
        log_std = self.reach * torch.tanh(x[:, 1] / self.reach + self.shift) + self.middle
        return torch.stack([x[:, 0], log_std], dim=1)


def normal_kl(posterior: Tensor) -> Tensor:
    """KL of normal posteriors (B, 2, ...), mean and log standard deviation, from N(0, 1) in nats, of each (B, ...)."""
    mean, log_std = posterior[:, 0], posterior[:, 1]
    return 0.5 * (mean**2 + torch.exp(2.0 * log_std) - 1.0) - log_std
