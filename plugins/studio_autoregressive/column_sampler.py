"""Samples rows cell by cell: first what is known, then the other columns in their own order."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from studio.api import Input, noise_input, scalar_input, temperature_input
from studio.nn import draw_token
from studio_autoregressive.columns import ColumnTransformer

__all__ = ["ColumnFinish", "ColumnInit", "ColumnLogits", "ColumnStep", "column_inputs"]


def column_inputs(columns: int, vocab_size: int) -> list[Input]:
    """Two uniform numbers a cell, for its symbol and where in its bin a number lies; temperature, top_k and top_p."""
    return [
        noise_input((columns,), distribution="uniform"),
        noise_input((columns,), "noise.within", "uniform"),
        temperature_input(),
        scalar_input("top_k", 0, 0, vocab_size, "Keep only so many of the likeliest symbols; 0 = all.", whole=True),
        scalar_input("top_p", 0.0, 0.0, 1.0, "Keep only the likeliest symbols of this probability; 0 = all."),
    ]


class ColumnInit(nn.Module):
    """The inputs to the state before the first cell and the constants of the loop.

    Args:
        net: The transformer.
        codec: Turns known cells into symbols.
    """

    def __init__(self, net: ColumnTransformer, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec
        self.register_buffer("places", torch.arange(net.columns), persistent=False)
        self.places: Tensor

    def forward(self, noise: Tensor, *others: Tensor) -> tuple[Tensor, ...]:
        """Uniform numbers (N, K) twice, the scalars, known cells (N, K), labels (N,).

        Returns:
            State: the row of the table of symbols before (N, 1), symbols (N, K), logits (N, V), then keys and values of
            each block (N, heads, 0, head width). Constants: the order (N, K), known symbols (N, K), the numbers, the
            scalars, and labels.
        """
        net = self.net
        within, temperature, top_k, top_p, given, *label = others
        known = self.codec.encode_known(given)
        # Known columns first: a column's place among all is its rank by this.
        rank = self.places + torch.where(known >= 0, 0, net.columns)
        order = rank.topk(net.columns, dim=1, largest=False, sorted=True).indices
        tokens = torch.zeros_like(known)
        before = torch.full_like(tokens[:, :1], net.start)
        logits = (noise[:, :1] * 0.0).expand(-1, net.vocab_size)
        empty = noise[:, None, :0, None].expand(-1, net.heads, -1, net.head_dim)
        caches = [empty] * (2 * len(net.blocks))
        return before, tokens, logits, *caches, order, known, noise, within, temperature, top_k, top_p, *label


class ColumnStep(nn.Module):
    """Draw one cell of each row, or keep it where it is known.

    Args:
        net: The transformer.
    """

    def __init__(self, net: ColumnTransformer) -> None:
        super().__init__()
        self.net = net
        self.register_buffer("places", torch.arange(net.columns), persistent=False)
        self.places: Tensor

    def forward(self, i: Tensor, before: Tensor, tokens: Tensor, logits: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        """The state before step i to the state after it."""
        net = self.net
        count = 2 * len(net.blocks)
        caches, (order, known, noise, _, temperature, top_k, top_p, *label) = rest[:count], rest[count:]
        column = order.index_select(1, i.reshape(1))
        x = net.stream(before, column, label[0] if label else before[:, 0])
        angles = net.angles(1, tokens.device)
        kept: list[Tensor] = []
        for number, block in enumerate(net.blocks):
            x, cache = block(x, angles, cache=(caches[2 * number], caches[2 * number + 1]))
            kept += cache
        logits = net.logits_of(x[:, 0], column[:, 0]).float()
        drawn = draw_token(logits, noise.gather(1, column), temperature, top_k, top_p)
        told = known.gather(1, column)
        symbol = torch.where(told >= 0, told, drawn)
        tokens = torch.where(self.places == column, symbol, tokens)
        return column * net.vocab_size + symbol, tokens, logits, *kept


class ColumnFinish(nn.Module):
    """Symbols, and where in their bins the numbers lie.

    Args:
        blocks: Number of blocks of the transformer.
    """

    def __init__(self, blocks: int) -> None:
        super().__init__()
        self.within = 3 + 2 * blocks + 3

    def forward(self, *values: Tensor) -> Tensor:
        """State and constants to symbols with a share in [0, 1) added, float32 (N, K)."""
        return values[1].to(torch.float32) + values[self.within]


class ColumnLogits(nn.Module):
    """The logits of the last cell, which depend on all cells before it."""

    def forward(self, before: Tensor, tokens: Tensor, logits: Tensor, *rest: Tensor) -> Tensor:
        """Logits (N, V)."""
        return logits
