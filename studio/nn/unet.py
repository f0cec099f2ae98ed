"""The U-Net that denoises: residual blocks down and up, attention where the size is small.

References:
    Ronneberger et al. 2015, arXiv:1505.04597 (the U); Ho et al. 2020, arXiv:2006.11239, appendix B (for diffusion).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nn.residual import Attention, Downsample, ResidualBlock, Upsample, conv, group_norm, halved, zero_init

__all__ = ["UNet"]


class UNet(nn.Module):
    """A U-Net over up to two spatial axes of any size, odd and non-square alike; over none its layers are linear.

    Args:
        channels_in: Channels of the item.
        size: Spatial size of the item, one or two sides; empty for vectors.
        channels: Channels of the first level.
        multipliers: Channels of each level as multiples; a level more halves the size. Levels that would leave a side
            below 2 are left out.
        blocks: Residual blocks of each level, on the way down and up.
        context: Width of the context that modulates every block.
        attention_size: Levels whose longer side is at most this have attention.
        dropout: Share of values dropped in each block.
    """

    def __init__(
        self,
        channels_in: int,
        size: tuple[int, ...],
        channels: int = 32,
        multipliers: Sequence[int] = (1, 2, 2),
        blocks: int = 1,
        context: int = 128,
        attention_size: int = 8,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        ndim = len(size)
        sizes = halved(size, len(multipliers) - 1)
        usable = [level for level, sides in enumerate(sizes) if level == 0 or min(sides, default=2) >= 2]
        widths = [channels * multipliers[level] for level in usable]
        sizes = [sizes[level] for level in usable]

        def block(channels_from: int, channels_to: int) -> ResidualBlock:
            return ResidualBlock(ndim, channels_from, channels_to, context, dropout)

        def attention(level: int) -> nn.Module:
            # A vector has no places that could attend to one another.
            near = ndim and max(sizes[level]) <= attention_size
            return Attention(ndim, widths[level]) if near else nn.Identity()

        self.conv_in = conv(ndim, channels_in, widths[0])
        self.down = nn.ModuleList()
        self.up = nn.ModuleList()
        width = widths[0]
        for level, wide in enumerate(widths):
            if level:
                self.down.append(Downsample(ndim, width, wide))
            for _ in range(blocks):
                self.down.append(nn.ModuleList([block(wide, wide), attention(level)]))
            width = wide
        between = block(width, width), Attention(ndim, width) if ndim else nn.Identity(), block(width, width)
        self.middle = nn.ModuleList(between)
        for level, wide in reversed(list(enumerate(widths))):
            for _ in range(blocks):
                self.up.append(nn.ModuleList([block(2 * wide, wide), attention(level)]))
            if level:
                self.up.append(Upsample(ndim, wide, widths[level - 1], sizes[level - 1]))
        self.norm_out = group_norm(widths[0])
        self.conv_out = zero_init(conv(ndim, widths[0], channels_in))

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """Items (B, C, ...) and context (B, K) to items of the same shape."""
        h = self.conv_in(x)
        skips = []
        for layer in self.down:
            if isinstance(layer, nn.ModuleList):
                h = layer[1](layer[0](h, context))
                skips.append(h)
            else:
                h = layer(h)
        first, attention, second = self.middle
        h = second(attention(first(h, context)), context)
        for layer in self.up:
            if isinstance(layer, nn.ModuleList):
                h = layer[1](layer[0](torch.cat([h, skips.pop()], dim=1), context))
            else:
                h = layer(h)
        return self.conv_out(F.silu(self.norm_out(h)))
