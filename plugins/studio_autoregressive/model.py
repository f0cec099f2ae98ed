"""The autoregressive model: one decoder-only Transformer over the symbols of an item, in order.

By the chain rule log p(x) = sum_l log p(x_l | x_1 ... x_(l-1)), exactly; each factor is a softmax over the vocabulary
(van den Oord et al. 2016, arXiv:1601.06759, for pixels; Vaswani et al. 2017, arXiv:1706.03762, for the net). Small
patches of binary pixels as one symbol shorten the sequence and change nothing in the likelihood: a softmax over all
patterns of a patch is a joint distribution of its pixels.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.api import Described, SettingsError, Tokens
from studio.nn import LabelEmbedding, RMSNorm, TransformerBlock, rotary_angles

__all__ = ["AutoregressiveTransformer", "LogProb", "build", "token_view"]


class AutoregressiveTransformer(nn.Module):
    """Symbols to the logits of each symbol given those before it.

    Args:
        length: Number L of symbols in an item.
        vocab_size: Number V of different symbols.
        num_classes: Number of classes; 0 for a model without a condition.
        dim: Width of the stream.
        depth: Number of blocks.
        heads: Heads of each attention.
        dropout: Share of values dropped on the way back into the stream.
    """

    def __init__(
        self, length: int, vocab_size: int, num_classes: int, dim: int, depth: int, heads: int, dropout: float
    ) -> None:
        super().__init__()
        self.vocab_size = vocab_size
        self.head_dim = dim // heads
        self.heads = heads
        # One row more than there are symbols: what stands before the first.
        self.embed = nn.Embedding(vocab_size + 1, dim)
        # Rotary positions say how far symbols lie apart; these say where on the item the next one is.
        self.place = nn.Embedding(length, dim)
        self.label = LabelEmbedding(num_classes, dim) if num_classes else None
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList([TransformerBlock(dim, heads, dropout=dropout) for _ in range(depth)])
        self.norm = RMSNorm(dim)
        self.head = nn.Linear(dim, vocab_size)
        for table in (self.embed, self.place, *([self.label.table] if self.label is not None else [])):
            nn.init.normal_(table.weight, std=0.5)
        nn.init.normal_(self.head.weight, std=1e-3)
        nn.init.zeros_(self.head.bias)

    def stream(self, before: Tensor, places: Tensor, label: Tensor) -> Tensor:
        """Symbols (B, l) that stand before the places (l,), and labels (B,), to features (B, l, D)."""
        x = self.embed(before) + self.place(places)
        return x if self.label is None else x + self.label(label)[:, None]

    def forward(self, tokens: Tensor, label: Tensor) -> Tensor:
        """Symbols int64 (B, L) and labels (B,) to logits (B, L, V), row l from the symbols before l only."""
        start = torch.full_like(tokens[:, :1], self.vocab_size)
        places = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.dropout(self.stream(torch.cat([start, tokens[:, :-1]], dim=1), places, label))
        angles = rotary_angles(places, self.head_dim)
        for block in self.blocks:
            x, _ = block(x, angles)
        return self.head(self.norm(x))

    def log_prob(self, tokens: Tensor, label: Tensor) -> Tensor:
        """Log p of each item in nats, float32 (B,), for symbols (B, L) and labels (B,)."""
        logits = self(tokens, label).float()
        chosen = F.log_softmax(logits, dim=-1).gather(2, tokens.unsqueeze(2)).squeeze(2)
        return chosen.sum(1)


class LogProb(nn.Module):
    """Items as stored to their log probability."""

    def __init__(self, net: AutoregressiveTransformer, codec: Any, random: bool) -> None:
        super().__init__()
        self.net = net
        self.codec = codec
        self.random = random

    def forward(self, items: Tensor, *others: Tensor) -> Tensor:
        """Items uint8 (N, H, W, C), the draw of their view where it is random, labels where there are classes."""
        tokens = self.codec.encode(items, others[0] if self.random else None)
        label = others[-1] if self.net.label is not None else items.new_zeros(1, dtype=torch.int64)
        return self.net.log_prob(tokens, label)


def token_view(run: Described) -> Tokens:
    """The view that the settings ask for, or that suits the data: black and white in patches for grey images."""
    grey = run.spec.shape[-1] == 1
    levels = run.settings.levels or (2 if grey else 256)
    patch = run.settings.patch or (3 if grey and levels == 2 else 1)
    return Tokens(levels=levels, patch=patch)


def build(run: Described) -> AutoregressiveTransformer:
    """Make the network that the settings and the data ask for, unrun.

    Raises:
        SettingsError: If the width cannot be shared among the heads.
    """
    settings = run.settings
    if settings.dim % (2 * settings.heads):
        raise SettingsError(f"dim = {settings.dim} must be a multiple of twice the heads, {2 * settings.heads}.")
    codec = run.codec(token_view(run))
    return AutoregressiveTransformer(
        length=codec.shape[0],
        vocab_size=codec.vocab_size,
        num_classes=len(run.classes),
        dim=settings.dim,
        depth=settings.depth,
        heads=settings.heads,
        dropout=settings.dropout,
    )
