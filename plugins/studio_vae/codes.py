"""The sampler mode: an autoencoder with a small grid of discrete codes, and a transformer that writes such grids.

The codes are quantised without a code book (Mentzer et al. 2023, arXiv:2309.15505): each channel is bounded and rounded
to a few levels, with the gradient passed straight through. The prior is learned in a second phase, on the codes of the
trained autoencoder (van den Oord et al. 2017, arXiv:1711.00937, section 3.3). The code of an item is certain, so that

    log p(x) >= log p(x | code(x)) + log p(code(x)),

the bound of a posterior that is a single point.
"""

from __future__ import annotations

import math
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.api import Continuous, Described
from studio.nn import CausalTransformer, LabelEmbedding, ResidualBlock, Upsample, conv, group_norm, halved
from studio_vae.likelihood import Likelihood
from studio_vae.model import Encoder, likelihood_of

__all__ = [
    "LEVELS",
    "CodeFinish",
    "CodeLogProb",
    "CodecVAE",
    "DecodeCodes",
    "EncodeCodes",
    "build_codec",
    "build_prior",
]

# 8 * 5 * 5 * 5 = 1000 codes, the paper's recommendation for about 2^10 (Table 1).
LEVELS = (8, 5, 5, 5)


class Quantiser(nn.Module):
    """Bounded, rounded channels (arXiv:2309.15505, section 3.1).

    Levels are the whole numbers from 0. Where there is an even number of them the middle of the range lies between two,
    on the edge where rounding flips; there the bound is shifted, so that features of 0 lie on a level.
    """

    def __init__(self) -> None:
        super().__init__()
        levels = torch.tensor(LEVELS, dtype=torch.float32)
        places = [math.prod(LEVELS[:n]) for n in range(len(LEVELS))]
        self.register_buffer("levels", levels, persistent=False)
        self.register_buffer("places", torch.tensor(places), persistent=False)
        self.levels: Tensor
        self.places: Tensor
        even = torch.tensor([0.5 * (1 - level % 2) for level in LEVELS])
        # Saved with the weights, for codes mean nothing under another.
        self.register_buffer("shift", torch.atanh(even / (0.5 * (levels - 1.0))))
        self.shift: Tensor

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, 4, ...) to codes in [-1, 1] of the same shape, and their numbers int64 (B, P)."""
        levels, shift = (value.reshape(-1, *([1] * (z.ndim - 2))) for value in (self.levels, self.shift))
        bounded = 0.5 * (levels - 1.0) * (1.0 + torch.tanh(z + shift))
        level = bounded + (torch.round(bounded) - bounded).detach()
        whole = torch.round(bounded.detach()).to(torch.int64).flatten(2).transpose(1, 2)
        return level / (0.5 * (levels - 1.0)) - 1.0, (whole * self.places).sum(-1)

    def codes_of(self, numbers: Tensor) -> Tensor:
        """Numbers int64 (B, P) to codes (B, 4, P) in [-1, 1]."""
        levels = self.levels.to(torch.int64)
        level = torch.fmod(torch.div(numbers.unsqueeze(-1), self.places, rounding_mode="floor"), levels)
        return (level.to(torch.float32) / (0.5 * (self.levels - 1.0)) - 1.0).transpose(1, 2)


class CodecVAE(nn.Module):
    """Encoder to codes and decoder from them; the class modulates both.

    Args:
        shape: Shape of an item in the continuous view, (C, W) or (C, H, W).
        num_classes: Number of classes; 0 for a model without a condition.
        channels: Channels of the first level.
        blocks: Residual blocks of each level.
        likelihood: ``bernoulli`` or ``logistic``.
    """

    def __init__(self, shape: tuple[int, ...], num_classes: int, channels: int, blocks: int, likelihood: str) -> None:
        super().__init__()
        size, ndim = shape[1:], len(shape) - 1
        levels = 0
        while max(halved(size, levels)[-1]) > 8 and min(halved(size, levels)[-1]) >= 2:
            levels += 1
        sizes = halved(size, levels)
        widths = [channels * min(4, 2**level) for level in range(levels + 1)]
        context = 4 * channels if num_classes else 0
        self.grid = sizes[-1]
        self.label = LabelEmbedding(num_classes, context) if num_classes else None
        self.encoder = Encoder(shape[0], sizes, widths, blocks, context)
        self.norm = group_norm(widths[-1])
        self.code = conv(ndim, widths[-1], len(LEVELS), kernel=1)
        self.quantiser = Quantiser()
        self.conv_in = conv(ndim, len(LEVELS), widths[-1])
        self.blocks = nn.ModuleList(
            [
                nn.ModuleList([ResidualBlock(ndim, width, width, context) for _ in range(blocks)])
                for width in reversed(widths)
            ]
        )
        self.up = nn.ModuleList([Upsample(ndim, widths[n], widths[n - 1], sizes[n - 1]) for n in range(levels, 0, -1)])
        self.norm_out = group_norm(widths[0])
        self.conv_out = conv(ndim, widths[0], shape[0])
        self.likelihood = Likelihood(likelihood, shape[0], ndim)

    @property
    def code_shape(self) -> tuple[int, ...]:
        """Shape of an item's codes, (4, ...)."""
        return (len(LEVELS), *self.grid)

    def encode(self, x: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Items (B, C, ...) and labels (B,) to codes (B, 4, ...) in [-1, 1] and their numbers (B, P)."""
        context = self.label(label) if self.label is not None else None
        h = self.encoder(x, context)[-1]
        codes, numbers = self.quantiser(self.code(F.silu(self.norm(h))).float())
        return codes, numbers

    def decode(self, codes: Tensor, label: Tensor) -> Tensor:
        """Codes (B, 4, ...) and labels (B,) to the parameters of the likelihood, float32 (B, C, ...)."""
        context = self.label(label) if self.label is not None else None
        h = self.conv_in(codes)
        for number, blocks in enumerate(self.blocks):
            for block in cast("nn.ModuleList", blocks):
                h = block(h, context)
            if number < len(self.up):
                h = self.up[number](h)
        return self.conv_out(F.silu(self.norm_out(h))).float()


def bound(net: CodecVAE, prior: CausalTransformer, x: Tensor, label: Tensor) -> Tensor:
    """The bound of log p(x) in nats, (B,), for items (B, C, ...) and labels (B,)."""
    codes, numbers = net.encode(x, label)
    return net.likelihood.log_prob(net.decode(codes, label), x) + prior.log_prob(numbers, label)


class CodeFinish(nn.Module):
    """The codes that the prior wrote to the mean of the likelihood."""

    def __init__(self, net: CodecVAE, inputs_before_label: int) -> None:
        super().__init__()
        self.net = net
        self.skip = inputs_before_label

    def forward(self, before: Tensor, numbers: Tensor, *rest: Tensor) -> Tensor:
        """The loop's state and constants, of which the numbers (N, P) and the labels count, to items (N, C, ...)."""
        label = rest[self.skip] if len(rest) > self.skip else numbers.new_zeros(1)
        codes = self.net.quantiser.codes_of(numbers).reshape(-1, *self.net.code_shape)
        return self.net.likelihood.mean(self.net.decode(codes, label))


class EncodeCodes(nn.Module):
    """Items as stored, and labels where there are classes, to their codes."""

    def __init__(self, net: CodecVAE, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec

    def forward(self, items: Tensor, *label: Tensor) -> Tensor:
        """Items uint8 (B, H, W, C) to codes (B, 4 * P) in [-1, 1]."""
        labels = label[0] if label else items.new_zeros(1, dtype=torch.int64)
        return self.net.encode(self.codec.encode(items), labels)[0].flatten(1)


class DecodeCodes(nn.Module):
    """Codes, and labels where there are classes, to the mean of the likelihood; codes between the levels pass too."""

    def __init__(self, net: CodecVAE) -> None:
        super().__init__()
        self.net = net

    def forward(self, latent: Tensor, *label: Tensor) -> Tensor:
        """Codes (B, 4 * P) to items (B, C, ...) in [-1, 1]."""
        labels = label[0] if label else latent.new_zeros(1, dtype=torch.int64)
        codes = latent.reshape(-1, *self.net.code_shape)
        return self.net.likelihood.mean(self.net.decode(codes, labels))


class CodeLogProb(nn.Module):
    """Items to the bound of their log probability."""

    def __init__(self, net: CodecVAE, prior: CausalTransformer, codec: Any, binarised: bool) -> None:
        super().__init__()
        self.net = net
        self.prior = prior
        self.codec = codec
        self.binarised = binarised

    def forward(self, items: Tensor, *others: Tensor) -> Tensor:
        """Items uint8 (N, H, W, C), their binarisation's draw where there is one, and labels, to nats (N,)."""
        binarisation, label = (others[0], others[1:]) if self.binarised else (None, others)
        labels = label[0] if label else items.new_zeros(1, dtype=torch.int64)
        return bound(self.net, self.prior, self.codec.encode(items, binarisation), labels)


def build_codec(run: Described) -> CodecVAE:
    """Make the autoencoder that the settings and the data ask for, unrun."""
    settings = run.settings
    shape = run.codec(Continuous()).shape
    return CodecVAE(shape, len(run.classes), settings.channels, settings.blocks, likelihood_of(run))


def build_prior(run: Described, net: CodecVAE) -> CausalTransformer:
    """Make the transformer over the codes of an autoencoder, unrun."""
    settings = run.settings
    return CausalTransformer(
        math.prod(net.grid), math.prod(LEVELS), len(run.classes), settings.prior_dim, settings.prior_depth, 4, 0.0
    )
