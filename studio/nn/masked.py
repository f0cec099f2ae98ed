"""The transformer without a mask over time: each symbol from all others, of which some are masked.

It is the causal transformer whose blocks look both ways (Devlin et al. 2019, arXiv:1810.04805), over a vocabulary with
one symbol more, which stands for what is masked.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from studio.nn.causal import CausalTransformer
from studio.nn.transformer import rotary_angles

__all__ = ["MaskedTransformer"]


class MaskedTransformer(nn.Module):
    """Symbols, some of them masked, to the logits of each.

    Args:
        length: Number L of symbols in an item, at most.
        vocab_size: Number V of different symbols; V itself stands for what is masked.
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
        self.body = CausalTransformer(length, vocab_size, num_classes, dim, depth, heads, dropout)

    def forward(self, tokens: Tensor, label: Tensor, seen: Tensor) -> Tensor:
        """Logits of each symbol.

        Args:
            tokens: Symbols, V where masked, int64 (B, l).
            label: Labels (B,).
            seen: Places that belong to the item, bool (B, l); at least one of each row.

        Returns:
            Logits (B, l, V).
        """
        body = self.body
        places = torch.arange(tokens.shape[1], device=tokens.device)
        x = body.dropout(body.stream(tokens, places, label))
        angles = rotary_angles(places, body.head_dim)
        for block in body.blocks:
            x, _ = block(x, angles, causal=False, seen=seen)
        logits: Tensor = body.head(body.norm(x))
        return logits
