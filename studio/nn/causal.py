"""The decoder-only transformer: symbols in order, each predicted from those before it.

By the chain rule log p(x) = sum_l log p(x_l | x_1 ... x_(l-1)), exactly; each factor is a softmax over the vocabulary
(Vaswani et al. 2017, arXiv:1706.03762, the decoder without a memory).
"""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nn.embedding import LabelEmbedding
from studio.nn.transformer import Cache, RMSNorm, TransformerBlock, rotary_angles

__all__ = ["IMPOSSIBLE", "CausalTransformer"]

# A logit of no probability that every type can hold, and no runtime makes NaN of.
IMPOSSIBLE = -1e9


class CausalTransformer(nn.Module):
    """Symbols to the logits of each symbol given those before it.

    Args:
        length: Number L of symbols in an item.
        vocab_size: Number V of different symbols.
        num_classes: Number of classes; 0 for a model without a condition.
        dim: Width of the stream.
        depth: Number of blocks.
        heads: Heads of each attention.
        dropout: Share of values dropped on the way back into the stream.
        allowed: Symbols that each place can have, bool (L, V); None for all.
        memory_dim: Width of a memory that every block attends to, such as an encoder's; 0 for none.
    """

    def __init__(
        self,
        length: int,
        vocab_size: int,
        num_classes: int,
        dim: int,
        depth: int,
        heads: int,
        dropout: float,
        allowed: Tensor | None = None,
        memory_dim: int = 0,
    ) -> None:
        super().__init__()
        self.register_buffer("allowed", allowed, persistent=False)
        self.allowed: Tensor | None
        self.vocab_size = vocab_size
        self.head_dim = dim // heads
        self.heads = heads
        # One row more than there are symbols: what stands before the first.
        self.embed = nn.Embedding(vocab_size + 1, dim)
        # Rotary positions say how far symbols lie apart; these say where on the item the next one is.
        self.place = nn.Embedding(length, dim)
        self.label = LabelEmbedding(num_classes, dim) if num_classes else None
        self.dropout = nn.Dropout(dropout)
        blocks = [TransformerBlock(dim, heads, memory_dim, dropout=dropout) for _ in range(depth)]
        self.blocks = nn.ModuleList(blocks)
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

    def remember(self, memory: Tensor) -> list[Cache]:
        """Keys and values of a memory (B, S, M) for each block."""
        return [cast("TransformerBlock", block).remember(memory) for block in self.blocks]

    def forward(
        self, tokens: Tensor, label: Tensor, memory: Tensor | None = None, memory_mask: Tensor | None = None
    ) -> Tensor:
        """Logits of each symbol, from those before it alone.

        Args:
            tokens: Symbols int64 (B, l).
            label: Labels (B,).
            memory: Memory (B, S, M) where there is one.
            memory_mask: Which of the S count, bool (B, S); None for all.

        Returns:
            Logits (B, l, V).
        """
        start = torch.full_like(tokens[:, :1], self.vocab_size)
        places = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.dropout(self.stream(torch.cat([start, tokens[:, :-1]], dim=1), places, label))
        angles = rotary_angles(places, self.head_dim)
        remembered = self.remember(memory) if memory is not None else [None] * len(self.blocks)
        for block, heard in zip(self.blocks, remembered, strict=True):
            x, _ = block(x, angles, memory=heard, memory_mask=memory_mask)
        logits = self.head(self.norm(x))
        return logits if self.allowed is None else torch.where(self.allowed, logits, IMPOSSIBLE)

    def log_prob(self, tokens: Tensor, label: Tensor) -> Tensor:
        """Log p of each item in nats, float32 (B,), for symbols (B, L) and labels (B,)."""
        logits = self(tokens, label).float()
        chosen = F.log_softmax(logits, dim=-1).gather(2, tokens.unsqueeze(2)).squeeze(2)
        return chosen.sum(1)
