"""The autoregressive model: a decoder-only Transformer over the symbols of an item, in raster order.

It is exact (van den Oord et al. 2016, arXiv:1601.06759, Eq. 1, for pixels). Small patches of pixels of few levels as
one symbol shorten the sequence and change nothing in the likelihood: a softmax over all patterns of a patch is a joint
distribution of its values. Grey has two levels where the data have two, else 4, so that 2 x 2 pixels are 256 symbols.
Colour has 8 levels a channel and so 512 colours, the number that Image GPT models (Chen et al. 2020, section 3.1).

Symbols of the paper and their names here::

    x_1 ... x_{n^2}             tokens        symbols of an item, int64 (B, L); n^2 is the length L
    x_1 ... x_{i-1}             before        what stands before place i, in CausalTransformer.stream
    p(x_i | x_1 ... x_{i-1})    logits        log of it, before the softmax over vocab_size symbols
    p(x), Eq. 1                 log_prob      its logarithm: the sum over the places, in nats
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from studio.api import Described, Tokens
from studio.nn import CausalTransformer
from studio_autoregressive.palette import Palette, fit_palette, has_two_levels

__all__ = ["LogProb", "build", "palette_of", "token_view"]

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


def palette_of(run: Described, items: Tensor) -> tuple[int, ...]:
    """The value of each level that the settings ask for, or that suit the training items, uint8 (N, H, W, C)."""
    levels = run.settings.levels
    if levels is None:
        two = run.spec.shape[-1] == 1 and has_two_levels(items)
        levels = 2 if two else 4 if run.spec.shape[-1] == 1 else 8
    # Two levels are drawn, not rounded to, and all levels are the values themselves.
    return (0, 255) if levels == 2 else fit_palette(items, levels)


def token_view(run: Described, palette: Palette) -> Tokens:
    """The view of these levels, in the patches that the settings ask for or the largest of at most 512 patterns."""
    values, channels = palette.levels(), run.spec.shape[-1]
    patch = run.settings.patch
    if patch is None:
        patch = max(side for side in range(4) if side == 0 or len(values) ** (side**2 * channels) <= _MOST_PATTERNS)
    return Tokens(levels=len(values), patch=patch, palette=values)


def build(run: Described, view: Tokens) -> CausalTransformer:
    """Make the network that the settings and the view ask for, unrun."""
    settings = run.settings
    codec = run.codec(view)
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
