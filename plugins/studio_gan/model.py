"""After R3GAN (Huang et al. 2024, arXiv:2501.05441): its loss, and two plainer networks without normalisation.

The generator turns noise and class into an item, the discriminator an item and its class into a score. The score means
nothing by itself: the loss compares a real item with a generated one of the same class, and zero-centred gradient
penalties on both kinds of item make the game converge (Proposition 2 of the paper).

Symbols of the paper and their names here; [P] is Miyato and Koyama 2018, arXiv:1802.05637::

    z                     noise                standard normal noise, (B, L)
    G_theta(z)            Generator            fake items; x are real ones
    D_psi(x)              Discriminator        score of an item
    -f(t), Eq. 2          relativistic_loss    softplus(-t) of a difference t of scores; f is RpGAN's
    R_1, R_2; Eq. 3       gradient_penalty     of real and of fake items, without gamma / 2
    gamma                 gamma                weight of both penalties
    phi(x) [P], Eq. 3     project              features of an item
    psi, V [P], Eq. 3     direction, label     what they are projected on, in common and by class
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.api import Continuous, Described, TableSpec
from studio.nn import LabelEmbedding, conv, halved
from studio_gan.layers import SLOPE, Block, Bounded, he_init
from studio_gan.row_nets import RowDiscriminator, RowGenerator

__all__ = [
    "Discriminator",
    "Generator",
    "build_discriminator",
    "build_generator",
    "gradient_penalty",
    "relativistic_loss",
    "view_of",
]

# Blocks of the nets for rows for one of the settings': they have one level only.
_ROW_BLOCKS = 2


def relativistic_loss(better: Tensor, worse: Tensor) -> Tensor:
    """Mean of softplus(worse - better) over pairs (Eq. 2 of the paper); log 2 where the scores are equal.

    Args:
        better: Scores (B,) that shall become the larger: of real items for the discriminator, of generated ones for
            the generator.
        worse: Scores (B,) of their partners.
    """
    return F.softplus(worse - better).mean()


def gradient_penalty(score: Tensor, x: Tensor) -> Tensor:
    """Squared norm of each item's gradient of its score: R1 on real items, R2 on generated ones (Eq. 3).

    Args:
        score: Scores (B,), each of its own item alone, which holds as no layer mixes the items of a batch.
        x: Items (B, C, H, W), with a gradient.

    Returns:
        Squared norms (B,), through which gradients flow to the weights.
    """
    (gradient,) = torch.autograd.grad(score.sum(), x, create_graph=True)
    return gradient.square().flatten(1).sum(1)


class Down(nn.Module):
    """Halve the size by bilinear resampling, which is the mean of 2 x 2 values; odd sizes are rounded up."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv = he_init(conv(2, channels_in, channels_out, kernel=1), gain=1.0)

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, C, H, W) to features (B, C', ceil(H / 2), ceil(W / 2))."""
        return self.conv(F.avg_pool2d(x, 2, ceil_mode=True))


class Up(nn.Module):
    """Double the size by bilinear resampling, cut to the size wanted."""

    def __init__(self, channels_in: int, channels_out: int, size: tuple[int, ...]) -> None:
        super().__init__()
        self.conv = he_init(conv(2, channels_in, channels_out, kernel=1), gain=1.0)
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, C, H, W) to features (B, C', *size)."""
        return cut(F.interpolate(self.conv(x), scale_factor=2.0, mode="bilinear", align_corners=False), self.size)


def cut(x: Tensor, size: tuple[int, ...]) -> Tensor:
    """The upper left part of features (B, C, H, W) that has the size (H', W')."""
    for axis, side in enumerate(size):
        if x.shape[2 + axis] != side:
            x = torch.narrow(x, 2 + axis, 0, side)
    return x


def plan(size: tuple[int, ...], patch: int, channels: int) -> tuple[list[tuple[int, ...]], list[int]]:
    """Sizes and channels of the levels, from the finest to one of at most 4 x 4, or one cell thin.

    Args:
        size: (H, W) of the items.
        patch: Pixels a side that the finest level takes as one cell.
        channels: Channels of the finest level; each level below has twice, at most four times.
    """
    grid = tuple(-(-side // patch) for side in size)
    levels = 0
    while max(halved(grid, levels)[-1]) > 4 and min(halved(grid, levels)[-1]) >= 2:
        levels += 1
    return halved(grid, levels), [channels * min(4, 2**level) for level in range(levels + 1)]


class Generator(nn.Module):
    """Noise and class to items.

    Args:
        shape: Shape of an item, (C, H, W).
        num_classes: Number of classes; 0 for a model without a condition.
        latent_dim: Width L of the noise.
        channels: Channels of the finest level.
        blocks: Residual blocks of each level.
        patch: Pixels a side that the finest level makes at once.
    """

    def __init__(
        self, shape: tuple[int, ...], num_classes: int, latent_dim: int, channels: int, blocks: int, patch: int
    ) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.size = shape[1:]
        sizes, widths = plan(self.size, patch, channels)
        depth = blocks * len(widths)
        self.label = LabelEmbedding(num_classes, latent_dim) if num_classes else None
        self.start = (widths[-1], *sizes[-1])
        condition = latent_dim if num_classes else 0
        self.project = he_init(nn.Linear(latent_dim + condition, math.prod(self.start)), gain=1.0)
        self.layers = nn.Sequential()
        for level in reversed(range(len(widths))):
            self.layers.extend(Block(2, widths[level], depth) for _ in range(blocks))
            if level:
                self.layers.append(Up(widths[level], widths[level - 1], sizes[level - 1]))
        self.conv_out = he_init(conv(2, widths[0], shape[0] * patch**2), gain=0.5)
        self.shuffle = nn.PixelShuffle(patch)

    def forward(self, noise: Tensor, label: Tensor) -> Tensor:
        """Noise (B, L) and labels (B,), -1 for any, to items float32 (B, C, H, W) in [-1, 1]."""
        z = noise if self.label is None else torch.cat([noise, self.label(label)], dim=1)
        h = self.layers(self.project(z).unflatten(1, self.start))
        x = self.shuffle(self.conv_out(F.leaky_relu(h, SLOPE)))
        x = cut(x, self.size).float()
        return Bounded.apply(x) if self.training else x.clamp(-1.0, 1.0)


class Discriminator(nn.Module):
    """Items and classes to scores; the class comes in by projection (Miyato and Koyama 2018, arXiv:1802.05637, Eq. 3).

    The score has no bias: the loss sees differences only, and one would never learn.

    Args:
        shape: Shape of an item, (C, H, W).
        num_classes: Number of classes; 0 for a model without a condition.
        channels: Channels of the finest level.
        blocks: Residual blocks of each level.
        patch: Pixels a side that the finest level takes as one cell.
    """

    def __init__(self, shape: tuple[int, ...], num_classes: int, channels: int, blocks: int, patch: int) -> None:
        super().__init__()
        sizes, widths = plan(shape[1:], patch, channels)
        depth = blocks * len(widths)
        self.patch = patch
        self.missing = [-side % patch for side in shape[1:]]
        self.conv_in = he_init(conv(2, shape[0] * patch**2, widths[0]), gain=1.0)
        self.layers = nn.Sequential()
        for level, width in enumerate(widths):
            if level:
                self.layers.append(Down(widths[level - 1], width))
            self.layers.extend(Block(2, width, depth) for _ in range(blocks))
        self.features = 2 * channels
        self.project = he_init(nn.Linear(widths[-1] * math.prod(sizes[-1]), self.features), gain=1.0)
        self.direction = nn.Parameter(torch.randn(self.features))
        self.label = LabelEmbedding(num_classes, self.features) if num_classes else None

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        """Items (B, C, H, W) in [-1, 1] and labels (B,), -1 for unknown, to scores (B,)."""
        if any(self.missing):
            x = F.pad(x, (0, self.missing[1], 0, self.missing[0]))
        h = self.layers(self.conv_in(F.pixel_unshuffle(x, self.patch)))
        h = self.project(F.leaky_relu(h, SLOPE).flatten(1))
        direction = self.direction if self.label is None else self.direction + self.label(label)
        return (h * direction).sum(1) * self.features**-0.5


def view_of(run: Described) -> Continuous:
    """The view that is learned: of tables the rounded numbers spread, so that rounding alone tells nobody apart."""
    rows = isinstance(run.spec, TableSpec)
    return Continuous(dequantise=rows, one_hot=rows)


def build_generator(run: Described) -> Generator | RowGenerator:
    """Make the generator that the settings and the data ask for, unrun."""
    settings, codec, classes = run.settings, run.codec(view_of(run)), len(run.classes)
    if len(codec.shape) == 1:
        depth = _ROW_BLOCKS * settings.blocks
        return RowGenerator(codec.numbers, codec.groups, classes, settings.latent_dim, settings.channels, depth)
    return Generator(codec.shape, classes, settings.latent_dim, settings.channels, settings.blocks, settings.patch)


def build_discriminator(run: Described) -> Discriminator | RowDiscriminator:
    """Make the discriminator that mirrors the generator, unrun."""
    settings, codec, classes = run.settings, run.codec(view_of(run)), len(run.classes)
    if len(codec.shape) == 1:
        return RowDiscriminator(codec.shape[0], classes, settings.channels, _ROW_BLOCKS * settings.blocks)
    return Discriminator(codec.shape, classes, settings.channels, settings.blocks, settings.patch)
