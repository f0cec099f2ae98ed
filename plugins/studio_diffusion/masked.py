"""Masked diffusion of texts: tokens are masked in an order by chance, and drawn again given all that is there.

References:
    [A] Hoogeboom et al. 2022, arXiv:2110.02037, Eq. 6: the bound over orders and steps.
    [B] Sahoo et al. 2024, arXiv:2406.07524 (MDLM), section 3.4; [C] Shi et al. 2024, arXiv:2406.04329 (MD4), Eq. 6:
        the same bound in continuous time, in which the number of masked tokens is binomial.

Symbols of the papers and their names here::

    x                  tokens      symbols of a text, int64 (B, L)
    D - t + 1  [A]     count       number of masked tokens of a text, uniform from 1 to its length
    m  [B], [C]        masked      the symbol V of what is masked

The length of a text is drawn first, from how often each occurs, and is part of the likelihood: so no place behind the
end is worked on, and a text with gaps keeps its length.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.api import Described, SettingsError
from studio.nn import MaskedTransformer, until_end

__all__ = ["MaskedBound", "MaskedText", "build_masked"]

# Added to the counts of lengths, so that every length is possible.
_SMOOTHING = 0.1


class MaskedText(nn.Module):
    """The model: a transformer over masked texts, and how often each length occurs.

    Args:
        net: The transformer, over V symbols of which the last is the end.
        length: Places L of an item.
        num_classes: Number of classes; 0 for a model without a condition.
    """

    def __init__(self, net: MaskedTransformer, length: int, num_classes: int) -> None:
        super().__init__()
        self.net = net
        self.end, self.mask = net.vocab_size - 1, net.vocab_size
        self.num_classes = num_classes
        # How many texts of each class, and of all, had so many tokens.
        self.register_buffer("lengths", torch.full((num_classes + 1, length + 1), _SMOOTHING))
        self.lengths: Tensor

    @torch.no_grad()
    def count_lengths(self, tokens: Tensor, label: Tensor) -> None:
        """Count the lengths of texts (N, L) of the classes (N,)."""
        length = (until_end(tokens, self.end) & (tokens != self.end)).sum(1)
        one = torch.ones_like(length, dtype=self.lengths.dtype)
        self.lengths[self.num_classes].scatter_add_(0, length, one)
        if self.num_classes:
            known = label >= 0
            self.lengths.index_put_((label[known], length[known]), one[known], accumulate=True)

    def shares(self, label: Tensor) -> Tensor:
        """Share of the texts of each class (N,) that has each length, (N, L + 1)."""
        counts = self.lengths.index_select(0, self.row_of(label))
        return counts / counts.sum(1, keepdim=True)

    def row_of(self, label: Tensor) -> Tensor:
        """Which lengths are those of a class, (N,); those of all where it is none."""
        return torch.where(label < 0, self.num_classes, label.clamp(max=self.num_classes))

    def terms(self, tokens: Tensor, label: Tensor, share: Tensor, order: Tensor) -> Tensor:
        """One term of the bound on log p(x) from below, for each text: its mean over the draws is the bound.

        Args:
            tokens: Symbols (B, l), with at least one place behind the longest text or the end there.
            label: Labels (B,).
            share: Uniform numbers that choose how many tokens are masked, (B,).
            order: Uniform numbers that choose which, (B, l).

        Returns:
            Nats, float32 (B,).
        """
        inside = until_end(tokens, self.end) & (tokens != self.end)
        length = inside.sum(1)
        count = torch.minimum(torch.floor(share * length).long() + 1, length)
        # The tokens of a text by their numbers of the order; places behind it come last.
        rank = _rank(torch.where(inside, order, 2.0))
        masked = inside & (rank < count[:, None])
        # An empty text has no place to look at; what it would be told is not counted.
        seen = inside | (length[:, None] == 0)
        logits = self.net(torch.where(masked, self.mask, tokens), label, seen).float()
        # No token behind which the text would end is drawn: its length is given.
        logits = torch.cat([logits[:, :, : self.end], torch.full_like(logits[:, :, self.end :], -1e9)], dim=2)
        chosen = F.log_softmax(logits, dim=-1).gather(2, tokens.clamp(max=self.end - 1).unsqueeze(2)).squeeze(2)
        missed = torch.where(masked, chosen, 0.0).sum(1) * length / count.clamp(min=1)
        return missed + self.shares(label).gather(1, length[:, None]).squeeze(1).log()


def _rank(order: Tensor) -> Tensor:
    """The place of each number among those of its row, int64 (B, l)."""
    return (order[:, :, None] > order[:, None, :]).sum(2)


class MaskedBound(nn.Module):
    """Texts as stored to a term of the bound on their log probability.

    Args:
        model: The model.
        codec: Turns items into symbols.
    """

    def __init__(self, model: MaskedText, codec: Any) -> None:
        super().__init__()
        self.model = model
        self.codec = codec

    def forward(self, items: Tensor, share: Tensor, order: Tensor, *label: Tensor) -> Tensor:
        """Texts int16 (N, L), uniform numbers (N, 1) and (N, L), labels where there are classes, to nats (N,)."""
        tokens = self.codec.encode(items)
        return self.model.terms(tokens, label[0] if label else -torch.ones_like(tokens[:, 0]), share[:, 0], order)


def build_masked(run: Described, codec: Any) -> MaskedText:
    """Make the model that the settings and the data ask for, unrun.

    Raises:
        SettingsError: If the settings do not fit.
    """
    settings = run.settings
    if settings.channels % (2 * settings.heads):
        raise SettingsError(f"channels = {settings.channels} must be a multiple of {2 * settings.heads} for texts.")
    (length,) = codec.shape
    classes = len(run.classes)
    net = MaskedTransformer(
        length, codec.vocab_size, classes, settings.channels, settings.depth, settings.heads, settings.dropout
    )
    return MaskedText(net, length, classes)
