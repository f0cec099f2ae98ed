"""The autoregressive model: a decoder-only Transformer over the symbols of an item, in raster order.

It is exact (van den Oord et al. 2016, arXiv:1601.06759, Eq. 1, for pixels). Small patches of pixels of few levels as
one symbol shorten the sequence and change nothing in the likelihood: a softmax over all patterns of a patch is a joint
distribution of its values. Colour has 8 levels a channel and so 512 colours, the number that Image GPT models (Chen et
al. 2020, section 3.1).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from studio.api import Described, Tokens
from studio.nn import CausalTransformer

__all__ = ["LogProb", "build", "token_view"]

_MOST_PATTERNS = 512


class LogProb(nn.Module):
    """Items as stored to their log probability."""

    def __init__(self, net: CausalTransformer, codec: Any, random: bool) -> None:
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
    """The view that the settings ask for, or that suits the data: the largest patches of at most 512 patterns."""
    channels = run.spec.shape[-1]
    levels = run.settings.levels or (2 if channels == 1 else 8)
    patch = run.settings.patch
    if patch is None:
        patch = max(side for side in range(4) if side == 0 or levels ** (side**2 * channels) <= _MOST_PATTERNS)
    return Tokens(levels=levels, patch=patch)


def build(run: Described) -> CausalTransformer:
    """Make the network that the settings and the data ask for, unrun."""
    settings = run.settings
    codec = run.codec(token_view(run))
    return CausalTransformer(
        length=codec.shape[0],
        vocab_size=codec.vocab_size,
        num_classes=len(run.classes),
        dim=settings.dim,
        depth=settings.depth,
        heads=settings.heads,
        dropout=settings.dropout,
        allowed=codec.allowed(),
    )
