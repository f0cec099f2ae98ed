"""The autoregressive model of tables: a Transformer that writes the cells of a row in any order.

For every order sigma of the K columns log p(x) = sum_k log p(x_sigma(k) | x_sigma(1) ... x_sigma(k-1)) (Uria et al.
2014, arXiv:1310.1757, Eq. 8; Hoogeboom et al. 2022, arXiv:2110.02037). Each step is told which column comes next, so
that one net has all of them, and any cells can be given: they come first in the order. Half of the training is in the
columns' own order, by which a row is sampled and its likelihood is counted.

Symbols of the papers and their names here::

    sigma                            order      columns (K,), or (N, K) where each row has its own
    x_sigma(1) ... x_sigma(k-1)      before     the symbols before, each as a row of the table of all symbols
    p(x_sigma(k) | ...)              logits     log of it, before the softmax over the symbols of the column
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nn import IMPOSSIBLE, LabelEmbedding, RMSNorm, TransformerBlock, rotary_angles

__all__ = ["ColumnTransformer", "ColumnsLogProb"]


class ColumnTransformer(nn.Module):
    """Symbols of columns in an order to the logits of each given those before it.

    Args:
        allowed: Which symbols each column can have, bool (K, V).
        num_classes: Number of classes; 0 for a model without a condition.
        dim: Width of the stream.
        depth: Number of blocks.
        heads: Heads of each attention.
        dropout: Share of values dropped on the way back into the stream.
    """

    def __init__(self, allowed: Tensor, num_classes: int, dim: int, depth: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.register_buffer("allowed", allowed, persistent=False)
        self.allowed: Tensor
        self.columns, self.vocab_size = allowed.shape
        self.heads, self.head_dim = heads, dim // heads
        # A row for each symbol of each column, and one for what stands before the first.
        self.embed = nn.Embedding(self.columns * self.vocab_size + 1, dim)
        self.next = nn.Embedding(self.columns, dim)
        self.label = LabelEmbedding(num_classes, dim) if num_classes else None
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList([TransformerBlock(dim, heads, dropout=dropout) for _ in range(depth)])
        self.norm = RMSNorm(dim)
        self.head = nn.Parameter(1e-3 * torch.randn(self.columns, self.vocab_size, dim))
        self.bias = nn.Parameter(torch.zeros(self.columns, self.vocab_size))
        for table in (self.embed, self.next, *([self.label.table] if self.label is not None else [])):
            nn.init.normal_(table.weight, std=0.5)

    @property
    def start(self) -> int:
        """What stands before the first symbol."""
        return self.columns * self.vocab_size

    def stream(self, before: Tensor, column: Tensor, label: Tensor) -> Tensor:
        """Rows of the table of symbols (B, l), the columns that come next (l,) or (B, l), and labels to features."""
        x = self.embed(before) + self.next(column)
        return x if self.label is None else x + self.label(label)[:, None]

    def angles(self, length: int, device: torch.device) -> tuple[Tensor, Tensor]:
        """No rotation: what a symbol is, and of which column, says all; how far back it stands says nothing."""
        return rotary_angles(torch.zeros(length, dtype=torch.int64, device=device), self.head_dim)

    def forward(self, tokens: Tensor, label: Tensor, order: Tensor) -> Tensor:
        """Symbols int64 (B, K), labels (B,) and one order (K,) to logits (B, K, V), in that order."""
        inside = tokens[:, order]
        rows = inside + order * self.vocab_size
        before = torch.cat([torch.full_like(rows[:, :1], self.start), rows[:, :-1]], dim=1)
        x = self.dropout(self.stream(before, order, label))
        angles = self.angles(self.columns, tokens.device)
        for block in self.blocks:
            x, _ = block(x, angles)
        logits = torch.einsum("bkd,kvd->bkv", self.norm(x), self.head[order]) + self.bias[order]
        return torch.where(self.allowed[order], logits, IMPOSSIBLE)

    def log_prob(self, tokens: Tensor, label: Tensor, order: Tensor) -> Tensor:
        """Log p of the symbols of each row in nats, float32 (B,)."""
        logits = self(tokens, label, order).float()
        return F.log_softmax(logits, dim=-1).gather(2, tokens[:, order].unsqueeze(2)).squeeze(2).sum(1)

    def logits_of(self, x: Tensor, column: Tensor) -> Tensor:
        """Features (N, D) to the logits of one column of each row (N, V); columns are int64 (N,)."""
        # All columns and then the one: weights of a column for each row would be far larger.
        logits = (self.norm(x) @ self.head.flatten(0, 1).T).unflatten(1, (self.columns, self.vocab_size))
        chosen = logits.gather(1, column[:, None, None].expand(-1, 1, self.vocab_size)).squeeze(1)
        return torch.where(self.allowed[column], chosen + self.bias[column], IMPOSSIBLE)


class ColumnsLogProb(nn.Module):
    """Rows as stored to their log probability, or to its density where columns are real numbers.

    Args:
        net: The transformer.
        codec: The codec of one symbol a column.
    """

    def __init__(self, net: ColumnTransformer, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec
        self.random = bool(codec.noise_inputs())
        self.register_buffer("order", torch.arange(net.columns), persistent=False)
        self.order: Tensor

    def forward(self, items: Tensor, *others: Tensor) -> Tensor:
        """Rows float32 (N, K), their dequantisation where there is one, labels where there are classes, to nats."""
        tokens = self.codec.encode(items, others[0] if self.random else None)
        label = others[-1] if self.net.label is not None else tokens.new_zeros(1)
        return self.net.log_prob(tokens, label, self.order) + self.codec.log_det(items)
