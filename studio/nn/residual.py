"""The residual block and the resampling that encoders, decoders and U-Nets are built of.

Everything works on (B, C), (B, C, W) and (B, C, H, W) alike; ``ndim``, the number of axes beside the channels, says
which.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = [
    "Attention",
    "Downsample",
    "GroupNorm",
    "ResidualBlock",
    "Upsample",
    "conv",
    "group_norm",
    "halved",
    "zero_init",
]


# Channels up to which rows are normalised by matrix products.
_NARROW = 48


def conv(ndim: int, channels_in: int, channels_out: int, kernel: int = 3, stride: int = 1) -> nn.Module:
    """A convolution over ndim axes that keeps the size at stride 1 and takes the upper half at stride 2.

    Over no axes it is a linear layer, whatever kernel and stride.
    """
    if not ndim:
        return nn.Linear(channels_in, channels_out)
    kind = nn.Conv1d if ndim == 1 else nn.Conv2d
    return kind(channels_in, channels_out, kernel, stride, kernel // 2)


class GroupNorm(nn.GroupNorm):
    """Group normalisation (Wu and He 2018, arXiv:1803.08494), written for ONNX as the layer norm of each group.

    ONNX Runtime's CPU kernel of layer norm uses every thread, that of instance norm, which the exporter would write,
    only one; the numbers are the same. Of rows with few channels, groups are so small that torch's kernel takes two to
    four times as long as two products with a matrix of blocks.
    """

    @property
    def _is_narrow(self) -> bool:
        return self.num_channels <= _NARROW

    def _of_rows(self, x: Tensor) -> Tensor:
        group = torch.arange(self.num_channels, device=x.device) // (self.num_channels // self.num_groups)
        mean = (group[:, None] == group).to(x.dtype) * (self.num_groups / self.num_channels)
        centred = x - x @ mean
        return centred * torch.rsqrt((centred * centred) @ mean + self.eps)

    def normalise(self, x: Tensor) -> Tensor:
        """Features (B, C, ...) to zero mean and unit variance in each group, before scale and shift."""
        if not torch.compiler.is_exporting():
            if x.ndim == 2 and self._is_narrow:
                return self._of_rows(x)
            return F.group_norm(x, self.num_groups, None, None, self.eps)
        size = math.prod(x.shape[1:]) // self.num_groups
        return F.layer_norm(x.reshape(x.shape[0], self.num_groups, size), (size,), eps=self.eps).reshape(x.shape)

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, C, ...) to normalised, scaled and shifted features."""
        if not torch.compiler.is_exporting() and not (x.ndim == 2 and self._is_narrow):
            return super().forward(x)
        ndim = x.ndim - 2
        return self.normalise(x) * _spread(self.weight[None], ndim) + _spread(self.bias[None], ndim)

    def modulated(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """Normalise, then scale by weight * (1 + scale) and shift by bias * (1 + scale) + shift, each (B, C).

        The factors are multiplied before they meet the features, so that these are touched twice, not four times.
        """
        ndim = x.ndim - 2
        factor = self.weight * (1.0 + scale)
        return self.normalise(x) * _spread(factor, ndim) + _spread(self.bias * (1.0 + scale) + shift, ndim)


def group_norm(channels: int) -> GroupNorm:
    """Group normalisation with groups of at least four channels, at most 8 groups."""
    groups = max(1, min(8, channels // 4))
    while channels % groups:
        groups -= 1
    return GroupNorm(groups, channels)


def zero_init(module: nn.Module) -> nn.Module:
    """Set a layer's parameters to zero, so that its block begins as the identity."""
    for parameter in module.parameters():
        nn.init.zeros_(parameter)
    return module


def halved(size: tuple[int, ...], levels: int) -> list[tuple[int, ...]]:
    """The size itself and the sizes after each of some halvings, rounded up."""
    sizes = [size]
    for _ in range(levels):
        size = tuple(-(-side // 2) for side in size)
        sizes.append(size)
    return sizes


class ResidualBlock(nn.Module):
    """Two convolutions beside an identity (He et al. 2016, arXiv:1603.05027), modulated by a context.

    The context scales and shifts the second normalisation (Dhariwal and Nichol 2021, arXiv:2105.05233, section 3).

    Args:
        ndim: Number of spatial axes, 0 to 2.
        channels_in: Channels of the input.
        channels_out: Channels of the output.
        context: Width of the context; 0 for none.
        dropout: Share of values dropped before the second convolution.
    """

    def __init__(self, ndim: int, channels_in: int, channels_out: int, context: int = 0, dropout: float = 0.0) -> None:
        super().__init__()
        self.norm_in = group_norm(channels_in)
        self.conv_in = conv(ndim, channels_in, channels_out)
        self.norm_out = group_norm(channels_out)
        self.conv_out = zero_init(conv(ndim, channels_out, channels_out))
        self.dropout = nn.Dropout(dropout)
        self.modulation = zero_init(nn.Linear(context, 2 * channels_out)) if context else None
        same = channels_in == channels_out
        self.skip = nn.Identity() if same else conv(ndim, channels_in, channels_out, kernel=1)

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Features (B, C, ...) and context (B, K) to features (B, C', ...)."""
        h = self.conv_in(F.silu(self.norm_in(x)))
        if self.modulation is not None and context is not None:
            both = self.modulation(F.silu(context)).unflatten(1, (2, -1))
            h = self.norm_out.modulated(h, both[:, 0], both[:, 1])
        else:
            h = self.norm_out(h)
        return self.skip(x) + self.conv_out(self.dropout(F.silu(h)))


def _spread(features: Tensor, ndim: int) -> Tensor:
    return features.reshape(features.shape[0], -1, *([1] * ndim))


class Attention(nn.Module):
    """Self-attention over all positions (Vaswani et al. 2017, arXiv:1706.03762, section 3.2), residual.

    Args:
        ndim: Number of spatial axes, 1 or 2.
        channels: Channels, a multiple of the heads.
        heads: Number of heads.
    """

    def __init__(self, ndim: int, channels: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads if channels % heads == 0 else 1
        self.norm = group_norm(channels)
        self.qkv = conv(ndim, channels, 3 * channels, kernel=1)
        self.out = zero_init(conv(ndim, channels, channels, kernel=1))

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, C, ...) to features of the same shape."""
        batch, channels = x.shape[0], x.shape[1]
        qkv = self.qkv(self.norm(x)).reshape(batch, 3, self.heads, channels // self.heads, -1).transpose(-1, -2)
        h = F.scaled_dot_product_attention(qkv[:, 0], qkv[:, 1], qkv[:, 2])
        return x + self.out(h.transpose(-1, -2).reshape(x.shape))


class Downsample(nn.Module):
    """Halve the size, where there is one, by a convolution of stride 2; odd sizes are rounded up."""

    def __init__(self, ndim: int, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv = conv(ndim, channels_in, channels_out, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, C, ...) to features (B, C', ...) of half the size."""
        return self.conv(x)


class Upsample(nn.Module):
    """Double the size by repetition and a convolution, cut to the size wanted, so that odd sizes come back.

    Where there is no size, over no axes, it is the convolution alone.
    """

    def __init__(self, ndim: int, channels_in: int, channels_out: int, size: tuple[int, ...]) -> None:
        super().__init__()
        self.conv = conv(ndim, channels_in, channels_out)
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, C, ...) to features (B, C', *size)."""
        h = F.interpolate(x, scale_factor=2.0, mode="nearest") if self.size else x
        for axis, side in enumerate(self.size):
            if h.shape[2 + axis] != side:
                h = torch.narrow(h, 2 + axis, 0, side)
        return self.conv(h)
