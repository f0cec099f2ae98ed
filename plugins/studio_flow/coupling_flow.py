"""The coupling flow: the quick one, which samples in a single pass.

RealNVP's checkerboard couplings (Dinh et al. 2017, arXiv:1605.08803, section 3.4) with splines for the maps, as in
neural spline flows (Durkan et al. 2019, arXiv:1906.04032): one half of the pixels stays, a residual net reads it and
sets the spline of every pixel of the other half. The base distribution is uniform on the unit cube.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from studio.nn import LabelEmbedding, ResidualBlock, conv, group_norm
from studio_flow.spline import initial_parameters, parameter_count, spline

__all__ = ["Coupling", "CouplingFlow"]


def _squares(shape: tuple[int, ...], stretch: int) -> Tensor:
    """Colours 0 and 1 of a checkerboard over pixels (H, W), or of stripes over the numbers of a vector (K,).

    Args:
        shape: Shape of an item in the view, (C, H, W) or (K,).
        stretch: Side of a square, or width of a stripe.
    """
    place = [torch.arange(side) // stretch for side in (shape if len(shape) == 1 else shape[1:])]
    return (place[0] if len(place) == 1 else place[0][:, None] + place[1][None]) % 2


class Coupling(nn.Module):
    """One coupling.

    Args:
        shape: Shape of an item in the view, (C, H, W) or (K,).
        num_classes: Number of classes; 0 for a model without a condition.
        channels: Channels of the net.
        depth: Residual blocks of the net.
        bins: Bins of each spline.
        odd: Whether the odd squares of the checkerboard are mapped, rather than the even ones.
        stretch: Side of the checkerboard's squares in pixels.
    """

    def __init__(
        self, shape: tuple[int, ...], num_classes: int, channels: int, depth: int, bins: int, odd: bool, stretch: int
    ) -> None:
        super().__init__()
        ndim = len(shape) - 1
        self.register_buffer("mapped", _squares(shape, stretch) == int(odd), persistent=False)
        self.mapped: Tensor
        # Of a vector, the places of the numbers that are mapped, of the others, and of all behind one another.
        places, others = (found.flatten().nonzero().flatten() for found in (self.mapped, ~self.mapped))
        self.register_buffer("places", places, persistent=False)
        self.register_buffer("others", others, persistent=False)
        self.register_buffer("order", torch.cat([others, places]).argsort(), persistent=False)
        self.places: Tensor
        self.others: Tensor
        self.order: Tensor
        context = 2 * channels if num_classes else 0
        self.label = LabelEmbedding(num_classes, context) if num_classes else None
        # The last channel of the input says which pixels are seen; which numbers of a vector are is always the same.
        self.conv_in = conv(ndim, shape[0] + min(1, ndim), channels)
        self.blocks = nn.ModuleList([ResidualBlock(ndim, channels, channels, context) for _ in range(depth)])
        self.norm = group_norm(channels)
        self.out = conv(ndim, channels, shape[0] * parameter_count(bins), kernel=1)
        nn.init.normal_(cast("Tensor", self.out.weight), std=1e-3)
        with torch.no_grad():
            cast("Tensor", self.out.bias).copy_(initial_parameters(bins, dense_ends=ndim > 0).repeat(shape[0]))

    def forward(self, x: Tensor, label: Tensor, inverse: bool = False) -> tuple[Tensor, Tensor]:
        """Items (B, C, ...) in [0, 1] and labels (B,) to items mapped, or mapped back, and log |det| (B,)."""
        if not len(self.places):
            return x, x.new_zeros(x.shape[0])
        seen = (~self.mapped).to(x.dtype)
        known = (2.0 * x - 1.0) * seen
        if x.ndim > 2:
            known = torch.cat([known, seen.expand(x.shape[0], 1, -1, -1)], dim=1)
        h = self.conv_in(known)
        context = self.label(label).expand(x.shape[0], -1) if self.label is not None else None
        for block in self.blocks:
            h = block(h, context)
        h = torch.nn.functional.silu(self.norm(h))
        if x.ndim == 2:
            return self._map_numbers(x, h, inverse)
        parameters = self.out(h).unflatten(1, (x.shape[1], -1)).movedim(2, -1)
        y, log_slope = spline(x, parameters, inverse)
        total = torch.where(self.mapped, log_slope, 0.0).sum(tuple(range(1, x.ndim)))
        return torch.where(self.mapped, y, x), total

    def _map_numbers(self, x: Tensor, h: Tensor, inverse: bool) -> tuple[Tensor, Tensor]:
        """The same of vectors (B, K) and what the net made of them, (B, channels): no other number has a spline."""
        weight, bias = (
            values.unflatten(0, (x.shape[1], -1)).index_select(0, self.places).flatten(0, 1)
            for values in (cast("Tensor", self.out.weight), cast("Tensor", self.out.bias))
        )
        parameters = torch.nn.functional.linear(h, weight, bias).unflatten(1, (len(self.places), -1))
        y, log_slope = spline(x.index_select(1, self.places), parameters, inverse)
        return torch.cat([x.index_select(1, self.others), y], dim=1).index_select(1, self.order), log_slope.sum(1)


class CouplingFlow(nn.Module):
    """Couplings on checkerboards of squares of 1, 2 and 4 pixels in turn, so that near and far pixels meet.

    Args:
        shape: Shape of an item in the view, (C, H, W) or (K,).
        num_classes: Number of classes; 0 for a model without a condition.
        blocks: Number of pairs of couplings.
        channels: Channels of each net.
        depth: Residual blocks of each net.
        bins: Bins of each spline.
    """

    def __init__(
        self, shape: tuple[int, ...], num_classes: int, blocks: int, channels: int, depth: int, bins: int
    ) -> None:
        super().__init__()
        self.shape = shape
        self.couplings = nn.ModuleList(
            [
                Coupling(shape, num_classes, channels, depth, bins, number % 2 == 1, (1, 2, 4)[number // 2 % 3])
                for number in range(2 * blocks)
            ]
        )

    def forward(self, x: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Items (B, C, ...) in [0, 1] and labels (B,) to uniform noise of the same shape and log |det| (B,)."""
        total = x.new_zeros(x.shape[0])
        for coupling in self.couplings:
            x, log_det = coupling(x, label)
            total = total + log_det
        return x, total

    def inverse(self, u: Tensor, label: Tensor) -> Tensor:
        """Uniform noise (B, C, ...) in [0, 1] and labels (B,) to items."""
        for coupling in reversed(self.couplings):
            u, _ = coupling(u, label, inverse=True)
        return u
