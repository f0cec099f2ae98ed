"""The encoder-decoder Transformer: each token of a text given those before it and the whole of its source.

log p(y | x) = sum_l log p(y_l | y_1 ... y_(l-1), x) (Vaswani et al. 2017, arXiv:1706.03762, sections 3.1 and 3.2.3),
with one table of embeddings for both, as both are in the same tokens.

Symbols of the paper and their names here::

    x_1 ... x_n        source      symbols of what is translated, int64 (B, S)
    z                  memory      what the encoder makes of it, (B, S, D)
    y_1 ... y_m        tokens      symbols of the translation, int64 (B, L)
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from studio.nn import CausalTransformer, RMSNorm, TransformerBlock, rotary_angles, until_end

__all__ = ["Translator"]


class Translator(nn.Module):
    """An encoder, and a decoder that attends to what it makes.

    Args:
        length: Places L of a translation.
        vocab_size: Number V of symbols, the last of which is the end.
        num_classes: Number of classes; 0 for a model without.
        dim: Width of both streams.
        depth: Number of blocks of each.
        heads: Heads of each attention.
        dropout: Share of values dropped on the way back into the stream.
    """

    def __init__(
        self, length: int, vocab_size: int, num_classes: int, dim: int, depth: int, heads: int, dropout: float
    ) -> None:
        super().__init__()
        self.end = vocab_size - 1
        self.decoder = CausalTransformer(length, vocab_size, num_classes, dim, depth, heads, dropout, memory_dim=dim)
        self.dropout = nn.Dropout(dropout)
        self.encoder = nn.ModuleList([TransformerBlock(dim, heads, dropout=dropout) for _ in range(depth)])
        self.norm = RMSNorm(dim)

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """Sources int64 (B, S) to the memory (B, S, D) and which of it counts, bool (B, S): up to the end."""
        seen = until_end(source, self.end)
        x = self.dropout(self.decoder.embed(source))
        angles = rotary_angles(torch.arange(source.shape[1], device=source.device), self.decoder.head_dim)
        for block in self.encoder:
            x, _ = block(x, angles, causal=False, seen=seen)
        return self.norm(x), seen

    def forward(self, tokens: Tensor, source: Tensor, label: Tensor) -> Tensor:
        """Symbols (B, l), sources (B, s) and labels (B,) to logits (B, l, V)."""
        logits: Tensor = self.decoder(tokens, label, *self.encode(source))
        return logits
