"""The diffusion transformer: attention over patches, modulated by time and class.

Reference: Peebles and Xie 2023, arXiv:2212.09748 (adaLN-Zero, section 3.2).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nn.residual import zero_init
from studio.nn.transformer import SelfAttention, rotary_angles

__all__ = ["DiT"]


class _Block(nn.Module):
    """Self-attention and a two-layer net, each normalised, scaled, shifted and gated by the context."""

    def __init__(self, dim: int, heads: int, context: int, dropout: float) -> None:
        super().__init__()
        self.attention = SelfAttention(dim, heads)
        # The gates begin at zero, so the projection may begin as any other does.
        nn.init.xavier_uniform_(self.attention.out.weight)
        self.net = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(approximate="tanh"), nn.Linear(4 * dim, dim))
        self.dropout = nn.Dropout(dropout)
        self.modulation = zero_init(nn.Linear(context, 6 * dim))

    def forward(self, x: Tensor, context: Tensor, angles: tuple[Tensor, Tensor]) -> Tensor:
        """Patches (B, P, D) and context (B, K) to patches."""
        six = self.modulation(F.silu(context)).unflatten(1, (6, 1, -1))
        h = F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1.0 + six[:, 0]) + six[:, 1]
        attended, _ = self.attention(h, angles, causal=False)
        x = x + six[:, 2] * self.dropout(attended)
        h = F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1.0 + six[:, 3]) + six[:, 4]
        return x + six[:, 5] * self.dropout(self.net(h))


class DiT(nn.Module):
    """A transformer over the patches of an item of any size; sizes that the side does not divide are filled up.

    Args:
        channels_in: Channels of the item.
        size: Spatial size of the item, (H, W).
        dim: Width, a multiple of twice the heads.
        depth: Number of blocks.
        heads: Heads of each attention.
        patch: Side of a patch.
        context: Width of the context that modulates every block.
        dropout: Share of values dropped in each block.
    """

    def __init__(
        self,
        channels_in: int,
        size: tuple[int, ...],
        dim: int,
        depth: int,
        heads: int,
        patch: int,
        context: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.channels, (self.height, self.width), self.patch = channels_in, size, patch
        self.rows, self.columns = -(-self.height // patch), -(-self.width // patch)
        self.head_dim = dim // heads
        self.embed = nn.Linear(channels_in * patch**2, dim)
        self.place = nn.Parameter(0.02 * torch.randn(1, self.rows * self.columns, dim))
        self.blocks = nn.ModuleList([_Block(dim, heads, context, dropout) for _ in range(depth)])
        self.modulation = zero_init(nn.Linear(context, 2 * dim))
        self.out = zero_init(nn.Linear(dim, channels_in * patch**2))

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """Items (B, C, H, W) and context (B, K) to items of the same shape."""
        side = self.patch
        x = F.pad(x, (0, self.columns * side - self.width, 0, self.rows * side - self.height))
        grid = x.unflatten(3, (self.columns, side)).unflatten(2, (self.rows, side)).permute(0, 2, 4, 1, 3, 5)
        h = self.embed(grid.flatten(3).flatten(1, 2)) + self.place
        angles = self._angles(x.device)
        for block in self.blocks:
            h = block(h, context, angles)
        both = self.modulation(F.silu(context)).unflatten(1, (2, 1, -1))
        h = self.out(F.layer_norm(h, h.shape[-1:], eps=1e-6) * (1.0 + both[:, 0]) + both[:, 1])
        grid = h.reshape(-1, self.rows, self.columns, self.channels, side, side).permute(0, 3, 1, 4, 2, 5)
        image = grid.reshape(-1, self.channels, self.rows * side, self.columns * side)
        return image[:, :, : self.height, : self.width]

    def _angles(self, device: torch.device) -> tuple[Tensor, Tensor]:
        """Rotations by the row of a patch in one half of each head, and by its column in the other."""
        number = torch.arange(self.rows * self.columns, device=device)
        by_row = self.head_dim // 4 * 2
        rows = rotary_angles(torch.div(number, self.columns, rounding_mode="floor"), by_row)
        columns = rotary_angles(number % self.columns, self.head_dim - by_row)
        return torch.cat([rows[0], columns[0]], dim=1), torch.cat([rows[1], columns[1]], dim=1)
