"""The blocks of transformers: causal or not, with a cache for sampling, with or without a memory.

The recipe is today's: RMSNorm before each part (Zhang and Sennrich 2019, arXiv:1910.07467), rotary positions (Su et al.
2021, arXiv:2104.09864), normalised queries and keys (Henry et al. 2020, arXiv:2010.04245), squared ReLU (So et al.
2021, arXiv:2109.08668), and projections back into the stream that begin at zero.
"""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = [
    "Cache",
    "CrossAttention",
    "RMSNorm",
    "SelfAttention",
    "TransformerBlock",
    "matrices_of",
    "rotary_angles",
    "rotate",
]

Cache = tuple[Tensor, Tensor]


class RMSNorm(nn.Module):
    """Divide by the root of the mean square over the last axis, times a learned gain."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x: Tensor) -> Tensor:
        """Features (..., D) to features of the same shape, about 1 in size."""
        return F.rms_norm(x, (x.shape[-1],), self.weight, 1e-6)


def rotary_angles(positions: Tensor, dim: int, base: float = 10_000.0) -> tuple[Tensor, Tensor]:
    """Cosines and sines of the rotation of each pair of features (arXiv:2104.09864, Eq. 15).

    Args:
        positions: Positions, shape (L,).
        dim: Width of a head, even.
        base: Longest wavelength over 2 pi.

    Returns:
        Cosines and sines, each (L, dim / 2).
    """
    half = torch.arange(dim // 2, device=positions.device, dtype=torch.float32)
    angles = positions.to(torch.float32)[:, None] * base ** (-2.0 * half / dim)
    return torch.cos(angles), torch.sin(angles)


def rotate(x: Tensor, angles: tuple[Tensor, Tensor]) -> Tensor:
    """Rotate the pairs (first half, second half) of each head's features (B, H, L, D) by angles (L, D / 2)."""
    cos, sin = angles
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)


class SelfAttention(nn.Module):
    """Attention of positions to themselves (Vaswani et al. 2017, arXiv:1706.03762, Eq. 1).

    Args:
        dim: Width, a multiple of the heads; each head's share must be even.
        heads: Number of heads.
    """

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        # A buffer, and powers of two elsewhere: a number written into the graph is rounded to float32 there, also where
        # a sampler runs in float64.
        self.register_buffer("scale", torch.tensor((dim // heads) ** -0.5), persistent=False)
        self.scale: Tensor
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.query_norm = RMSNorm(dim // heads)
        self.key_norm = RMSNorm(dim // heads)
        self.out = nn.Linear(dim, dim, bias=False)
        nn.init.zeros_(self.out.weight)

    def forward(
        self,
        x: Tensor,
        angles: tuple[Tensor, Tensor],
        causal: bool,
        cache: Cache | None = None,
        seen: Tensor | None = None,
    ) -> tuple[Tensor, Cache]:
        """Features (B, L, D) to features, and the keys and values of all positions so far, each (B, H, T, D / H).

        With a cache, the L positions are the newest of T and see all of it: give one at a time where it is causal.
        Where it is not causal, ``seen``, bool (B, T), says which positions are looked at; None for all.
        """
        batch, length, dim = x.shape
        qkv = self.qkv(x).reshape(batch, length, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        query = rotate(self.query_norm(qkv[0]), angles) * self.scale
        key, value = rotate(self.key_norm(qkv[1]), angles), qkv[2]
        if cache is not None:
            key, value = torch.cat([cache[0], key], dim=2), torch.cat([cache[1], value], dim=2)
        mask = None if seen is None else _for_each(seen, length)
        h = F.scaled_dot_product_attention(query, key, value, mask, is_causal=causal and cache is None, scale=1.0)
        return self.out(h.transpose(1, 2).reshape(batch, length, dim)), (key, value)


class CrossAttention(nn.Module):
    """Attention of positions to those of a memory, such as an encoder's sequence (arXiv:1706.03762, section 3.2.3).

    Args:
        dim: Width of the positions.
        memory_dim: Width of the memory.
        heads: Number of heads.
    """

    def __init__(self, dim: int, memory_dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(dim, dim, bias=False)
        self.key_value = nn.Linear(memory_dim, 2 * dim, bias=False)
        self.query_norm = RMSNorm(dim // heads)
        self.key_norm = RMSNorm(dim // heads)
        self.out = nn.Linear(dim, dim, bias=False)
        nn.init.zeros_(self.out.weight)

    def remember(self, memory: Tensor) -> Cache:
        """Keys and values of a memory (B, S, M), each (B, H, S, D / H), to be made once for all positions."""
        both = self.key_value(memory).reshape(*memory.shape[:2], 2, self.heads, -1).permute(2, 0, 3, 1, 4)
        return self.key_norm(both[0]), both[1]

    def forward(self, x: Tensor, memory: Cache, mask: Tensor | None = None) -> Tensor:
        """Features (B, L, D) to features.

        Args:
            x: Features (B, L, D).
            memory: What ``remember`` gave, each (B, H, S, D / H).
            mask: Which of the S count, bool (B, S); None for all.
        """
        batch, length, dim = x.shape
        query = self.query_norm(self.query(x).reshape(batch, length, self.heads, -1).transpose(1, 2))
        seen = None if mask is None else _for_each(mask, length)
        h = F.scaled_dot_product_attention(query, *memory, attn_mask=seen)
        return self.out(h.transpose(1, 2).reshape(batch, length, dim))


def _for_each(seen: Tensor, length: int) -> Tensor:
    """Which positions (B, T) are looked at, by each of some that look: ONNX Runtime does not broadcast that axis."""
    return seen[:, None, None, :].expand(-1, -1, length, -1)


class TransformerBlock(nn.Module):
    """Self-attention, cross-attention where there is a memory, and a two-layer net, each beside an identity.

    Args:
        dim: Width.
        heads: Number of heads.
        memory_dim: Width of the memory it attends to; 0 for none.
        expansion: Width of the two-layer net as a multiple of ``dim``.
        dropout: Share of values dropped on the way back into the stream.
    """

    def __init__(self, dim: int, heads: int, memory_dim: int = 0, expansion: int = 4, dropout: float = 0.0) -> None:
        super().__init__()
        self.norm = RMSNorm(dim)
        self.attention = SelfAttention(dim, heads)
        self.cross_norm = RMSNorm(dim) if memory_dim else None
        self.cross = CrossAttention(dim, memory_dim, heads) if memory_dim else None
        self.wide_norm = RMSNorm(dim)
        self.wide = nn.Linear(dim, expansion * dim, bias=False)
        self.narrow = nn.Linear(expansion * dim, dim, bias=False)
        nn.init.zeros_(self.narrow.weight)
        self.dropout = nn.Dropout(dropout)

    def remember(self, memory: Tensor) -> Cache:
        """Keys and values of a memory (B, S, M), for a block that attends to one."""
        if self.cross is None:
            raise ValueError("the block was made without a memory")
        return self.cross.remember(memory)

    def forward(
        self,
        x: Tensor,
        angles: tuple[Tensor, Tensor],
        causal: bool = True,
        cache: Cache | None = None,
        memory: Cache | None = None,
        memory_mask: Tensor | None = None,
        seen: Tensor | None = None,
    ) -> tuple[Tensor, Cache]:
        """Features (B, L, D) to features, and the cache for the positions to come."""
        h, kept = self.attention(self.norm(x), angles, causal, cache, seen)
        x = x + self.dropout(h)
        if self.cross is not None and self.cross_norm is not None and memory is not None:
            x = x + self.dropout(self.cross(self.cross_norm(x), memory, memory_mask))
        h = F.relu(self.wide(self.wide_norm(x))).square()
        return x + self.dropout(self.narrow(h)), kept


def matrices_of(module: nn.Module) -> list[nn.Parameter]:
    """The weights of a module's linear layers: what Muon is made for; gains, biases and tables are AdamW's."""
    return [cast("nn.Parameter", layer.weight) for layer in module.modules() if isinstance(layer, nn.Linear)]
