"""The transformer flow: causal transformers over the patches of an item, whose splines map it to uniform noise.

The frame is TarFlow's (Zhai et al. 2024, arXiv:2412.06329): each block sees the patches before one (in raster order,
then in reverse, in turn) and maps that patch by what it saw, so that the Jacobian is triangular and

    log p(x) = sum over blocks, patches and values of log df / dx                                       (Eq. 3, 4)

Two things differ, both for the likelihood of items whose values pile up at black and white. The maps are splines of the
unit interval rather than affine, so that they can cut a density into peaks. And within a patch the values are mapped
group by group, each seeing the groups before it; in TarFlow the values of a patch do not see one another in a block.
The base distribution is uniform on the unit cube.
"""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nn import LabelEmbedding, RMSNorm, TransformerBlock, rotary_angles
from studio_flow.spline import initial_parameters, parameter_count, spline

__all__ = ["FlowBlock", "Patches", "TransformerFlow"]


class Patches(nn.Module):
    """Between items and sequences of patches; sizes that the side does not divide are filled up with 0.5.

    Of vectors each number is a patch.

    Args:
        shape: Shape of an item in the view, (C, H, W) or (K,).
        side: Side of a patch.

    Attributes:
        count: Number P of patches.
        dims: Values D of a patch.
        real: Which values belong to the item rather than to the filling, bool (P, D).
    """

    def __init__(self, shape: tuple[int, ...], side: int) -> None:
        super().__init__()
        self.shape = shape
        self.channels, self.height, self.width = shape if self.is_grid else (1, 1, *shape)
        self.side = side = side if self.is_grid else 1
        self.rows, self.columns = -(-self.height // side), -(-self.width // side)
        self.count = self.rows * self.columns
        self.dims = self.channels * side * side
        self.register_buffer("real", self.split(torch.ones(1, *shape))[0] == 1.0, persistent=False)
        self.real: Tensor

    @property
    def is_grid(self) -> bool:
        """Whether items are grids, rather than vectors."""
        return len(self.shape) == 3

    def split(self, x: Tensor) -> Tensor:
        """Items (B, C, H, W) or (B, K) to patches (B, P, D)."""
        side = self.side
        x = x.reshape(-1, self.channels, self.height, self.width)
        pad = (0, self.columns * side - self.width, 0, self.rows * side - self.height)
        grid = F.pad(x, pad, value=0.5).unflatten(3, (self.columns, side)).unflatten(2, (self.rows, side))
        return grid.permute(0, 2, 4, 3, 5, 1).flatten(3).flatten(1, 2)

    def join(self, patches: Tensor) -> Tensor:
        """Patches (B, P, D) to items (B, C, H, W) or (B, K)."""
        side = self.side
        grid = patches.reshape(-1, self.rows, self.columns, side, side, self.channels).permute(0, 5, 1, 3, 2, 4)
        image = grid.reshape(-1, self.channels, self.rows * side, self.columns * side)
        return image[:, :, : self.height, : self.width].reshape(-1, *self.shape)

    def groups(self) -> Tensor:
        """The group of each of a patch's values, int64 (D,): four lattices of pixels two apart, a channel at a time."""
        row = torch.arange(self.side)[:, None, None]
        column = torch.arange(self.side)[None, :, None]
        channel = torch.arange(self.channels)[None, None, :]
        # Opposite corners of each square of four come first: together they tell most about the other two.
        lattice = torch.tensor([[0, 2], [3, 1]])[row % 2, column % 2]
        number = (lattice * self.channels + channel).flatten()
        return torch.unique(number, return_inverse=True)[1]


class FlowBlock(nn.Module):
    """One map of all patches, each by those before it.

    Args:
        patches: The patches.
        num_classes: Number of classes; 0 for a model without a condition.
        dim: Width of the transformer.
        depth: Number of its blocks.
        heads: Heads of each attention.
        bins: Bins of each spline.
        reverse: Whether the last patch comes first.
    """

    def __init__(
        self, patches: Patches, num_classes: int, dim: int, depth: int, heads: int, bins: int, reverse: bool
    ) -> None:
        super().__init__()
        self.reverse = reverse
        self.heads, self.head_dim = heads, dim // heads
        count, dims = patches.count, patches.dims
        self.embed = nn.Linear(dims, dim)
        self.start = nn.Parameter(torch.zeros(1, 1, dim))
        self.place = nn.Embedding(count, dim)
        nn.init.normal_(self.place.weight, std=0.5)
        self.label = LabelEmbedding(num_classes, dim) if num_classes else None
        if self.label is not None:
            nn.init.normal_(self.label.table.weight, std=0.5)
        self.blocks = nn.ModuleList([TransformerBlock(dim, heads) for _ in range(depth)])
        self.norm = RMSNorm(dim)
        # The head: a hidden layer for each group, which sees the context and the groups before it, then its splines.
        group = patches.groups()
        self.members = [torch.nonzero(group == number).squeeze(1).tolist() for number in range(int(group.max()) + 1)]
        self.hidden = dim
        self.context = nn.Linear(dim, len(self.members) * self.hidden)
        self.seen = nn.ModuleList([nn.Linear(max(1, dims), self.hidden, bias=False) for _ in self.members[1:]])
        out = [nn.Linear(self.hidden, len(member) * parameter_count(bins)) for member in self.members]
        for layer, member in zip(out, self.members, strict=True):
            nn.init.normal_(layer.weight, std=1e-3)
            with torch.no_grad():
                layer.bias.copy_(initial_parameters(bins, patches.is_grid).repeat(len(member)))
        self.out = nn.ModuleList(out)
        before = torch.stack([(group < number) for number in range(len(self.members))])
        self.register_buffer("before", before, persistent=False)
        self.before: Tensor
        self.register_buffer("order", torch.argsort(group, stable=True).argsort(), persistent=False)
        self.order: Tensor
        self.register_buffer(
            "places", torch.arange(count).flip(0) if reverse else torch.arange(count), persistent=False
        )
        self.places: Tensor
        # A table, so that a sampler in float64 finds the same numbers in every runtime.
        cos, sin = rotary_angles(torch.arange(count), self.head_dim)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self.cos: Tensor
        self.sin: Tensor
        self.register_buffer("real", patches.real[self.places], persistent=False)
        self.real: Tensor

    def _start(self, x: Tensor, label: Tensor, places: Tensor) -> Tensor:
        x = x + self.place(places)
        return x if self.label is None else x + self.label(label)[:, None]

    def _splines(self, context: Tensor, x: Tensor, number: int) -> Tensor:
        """Splines of one group, (..., members, 3 K + 1), from its context (..., hidden) and the patch (..., D)."""
        if number:
            # Values are seen around 0; those of groups to come are masked.
            context = context + self.seen[number - 1]((2.0 * x - 1.0) * self.before[number])
        return self.out[number](F.relu(context)).unflatten(-1, (len(self.members[number]), -1))

    def forward(self, x: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """The first p patches (B, p, D) in [0, 1] in this block's order, labels (B,), to patches and log |det| of each.

        Returns:
            Patches (B, p, D), and what each adds to log |det|, (B, p).
        """
        count = x.shape[1]
        steps = torch.arange(count, device=x.device)
        before = torch.cat([self.start.expand(x.shape[0], -1, -1), self.embed(2.0 * x[:, :-1] - 1.0)], dim=1)
        h = self._start(before, label, steps)
        angles, real = (self.cos[:count], self.sin[:count]), self.real[:count]
        for block in self.blocks:
            h, _ = block(h, angles)
        contexts = self.context(self.norm(h)).unflatten(-1, (len(self.members), self.hidden))
        # With the patch known, the splines of all groups are there at once.
        rows = [self._splines(contexts[:, :, number], x, number) for number in range(len(self.members))]
        y, log_slope = spline(x, torch.cat(rows, dim=2).index_select(2, self.order))
        return torch.where(real, y, x), torch.where(real, log_slope, 0.0).sum(2)

    def invert_next(
        self, i: Tensor, y: Tensor, before: Tensor, caches: list[Tensor], label: Tensor
    ) -> tuple[Tensor, list[Tensor]]:
        """Map the next patch back: y and the embedded patch before it, (B, 1, D), to x and the caches after it."""
        h = self._start(before, label, i.reshape(1))
        angles = (self.cos.index_select(0, i.reshape(1)), self.sin.index_select(0, i.reshape(1)))
        kept: list[Tensor] = []
        for number, block in enumerate(self.blocks):
            h, cache = block(h, angles, cache=(caches[2 * number], caches[2 * number + 1]))
            kept += cache
        contexts = self.context(self.norm(h)).unflatten(-1, (len(self.members), self.hidden))
        real = self.real.index_select(0, i.reshape(1))
        x = torch.zeros_like(y)
        rows: list[Tensor] = []
        for number, member in enumerate(self.members):
            parameters = self._splines(contexts[:, :, number], x, number)
            value, _ = spline(y[:, :, member], parameters, inverse=True)
            rows.append(torch.where(real[:, member], value, y[:, :, member]))
            known = torch.cat([*rows, *[y[:, :, later] * 0.0 for later in self.members[number + 1 :]]], dim=2)
            x = known.index_select(2, self.order)
        return x, kept


class TransformerFlow(nn.Module):
    """Blocks in alternating order.

    Args:
        shape: Shape of an item in the view, (C, H, W) or (K,).
        num_classes: Number of classes; 0 for a model without a condition.
        side: Side of a patch.
        blocks: Number of blocks.
        dim: Width of each transformer.
        depth: Blocks of each transformer.
        heads: Heads of each attention.
        bins: Bins of each spline.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        num_classes: int,
        side: int,
        blocks: int,
        dim: int,
        depth: int,
        heads: int,
        bins: int,
    ) -> None:
        super().__init__()
        self.patches = Patches(shape, side)
        self.blocks = nn.ModuleList(
            [FlowBlock(self.patches, num_classes, dim, depth, heads, bins, number % 2 == 1) for number in range(blocks)]
        )

    def flow_blocks(self) -> list[FlowBlock]:
        """The blocks, from the data's end to that of the noise."""
        return cast("list[FlowBlock]", list(self.blocks))

    def forward(self, x: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Items (B, C, H, W) in [0, 1] and labels (B,) to uniform noise of the same shape and log |det| (B,)."""
        h = self.patches.split(x)
        total = x.new_zeros(x.shape[0])
        for block in self.flow_blocks():
            h, log_det = block(h.index_select(1, block.places), label)
            # Both orders are their own inverse.
            h = h.index_select(1, block.places)
            total = total + log_det.sum(1)
        return self.patches.join(h), total
