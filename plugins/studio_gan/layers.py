"""The layers of both networks: blocks without normalisation, and the bound of what the generator gives."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nn import conv, zero_init

__all__ = ["SLOPE", "Block", "Bounded", "he_init"]

SLOPE = 0.2


class Block(nn.Module):
    """Two convolutions beside an identity, without normalisation (Zhang et al. 2019, Fixup, arXiv:1901.09321).

    Args:
        ndim: Number of spatial axes.
        channels: Channels in and out.
        depth: Number of blocks of the network; the first convolution is scaled by depth ** -0.5 and the last is zero,
            so that the variance does not grow with the depth.
    """

    def __init__(self, ndim: int, channels: int, depth: int) -> None:
        super().__init__()
        self.conv_in = he_init(conv(ndim, channels, channels), depth**-0.5)
        self.conv_out = zero_init(conv(ndim, channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, C, ...) to features of the same shape."""
        h = self.conv_in(F.leaky_relu(x, SLOPE))
        return x + self.conv_out(F.leaky_relu(h, SLOPE))


class Bounded(torch.autograd.Function):
    """Cut values to [-1, 1], and hold back only the gradients that would drive a cut value further out.

    With tanh a generator that learns too fast at first ends in its flat ends and never moves again (seen on MNIST);
    with no bound at all it spends its time on values that no item has.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Any values to values in [-1, 1]."""
        ctx.save_for_backward(x)
        return x.clamp(-1.0, 1.0)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """A step against the gradient moves inwards where both have the same sign."""
        (x,) = ctx.saved_tensors
        return gradient * ((x.abs() <= 1.0) | (gradient * x > 0.0))


def he_init(layer: nn.Module, gain: float) -> nn.Module:
    """Normal weights that keep the variance behind a leaky rectifier (He et al. 2015), times a gain; biases 0."""
    assert isinstance(layer, nn.Conv1d | nn.Conv2d | nn.Linear)
    nn.init.kaiming_normal_(layer.weight, a=SLOPE)
    with torch.no_grad():
        layer.weight.mul_(gain)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
