"""The variational autoencoder: a residual convolutional encoder and decoder around a Gaussian latent.

The evidence lower bound of an item x with latent z (Kingma and Welling 2014, arXiv:1312.6114, Eq. 3)::

    log p(x) >= E_q(z|x) log p(x | z) - KL(q(z | x) || N(0, I))

with a diagonal Gaussian q. All terms are in nats per item.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.api import Continuous, Described
from studio.nn import Downsample, LabelEmbedding, ResidualBlock, Upsample, conv, group_norm, halved

__all__ = ["VAE", "Decode", "DecodeLatent", "Encode", "Finish", "active_units", "build", "elbo_terms"]


Size = tuple[int, ...]


class Encoder(nn.Module):
    """Items (B, C, ...) in [-1, 1] to mean and log standard deviation of the latent, each (B, L)."""

    def __init__(
        self,
        channels_in: int,
        sizes: list[Size],
        widths: list[int],
        blocks: int,
        latent_dim: int,
        context: int,
    ) -> None:
        super().__init__()
        ndim = len(sizes[0])
        self.conv_in = conv(ndim, channels_in, widths[0])
        self.layers = nn.ModuleList()
        for level, width in enumerate(widths):
            if level:
                self.layers.append(Downsample(ndim, widths[level - 1], width))
            self.layers.extend(ResidualBlock(ndim, width, width, context) for _ in range(blocks))
        self.norm_out = group_norm(widths[-1])
        # The class also acts at both ends directly: through zero-initialised modulation alone the latent learns it
        # first, and samples then follow the latent rather than the class (seen on MNIST).
        self.out = nn.Linear(widths[-1] * math.prod(sizes[-1]) + context, 2 * latent_dim)

    def forward(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        h = self.conv_in(x)
        for layer in self.layers:
            h = layer(h, context) if isinstance(layer, ResidualBlock) else layer(h)
        h = F.silu(self.norm_out(h)).flatten(1)
        both = self.out(h if context is None else torch.cat([h, context], dim=1)).float().unflatten(1, (2, -1))
        # A soft bound keeps the standard deviation between e**-5 and e**2, so that no KL term can explode.
        return both[:, 0], 3.5 * torch.tanh(both[:, 1] / 3.5) - 1.5


class Decoder(nn.Module):
    """Latents (B, L) to the parameters of the likelihood (B, C, ...); the latent also modulates every block."""

    def __init__(
        self,
        channels_out: int,
        sizes: list[Size],
        widths: list[int],
        blocks: int,
        latent_dim: int,
        context: int,
        conditional: bool,
    ) -> None:
        super().__init__()
        ndim = len(sizes[0])
        self.start = (widths[-1], *sizes[-1])
        self.project = nn.Linear(latent_dim + (context if conditional else 0), math.prod(self.start))
        self.modulate = nn.Linear(latent_dim, context)
        self.layers = nn.ModuleList()
        for level in reversed(range(len(widths))):
            self.layers.extend(ResidualBlock(ndim, widths[level], widths[level], context) for _ in range(blocks))
            if level:
                self.layers.append(Upsample(ndim, widths[level], widths[level - 1], sizes[level - 1]))
        self.norm_out = group_norm(widths[0])
        self.conv_out = conv(ndim, widths[0], channels_out)

    def forward(self, z: Tensor, context: Tensor | None) -> Tensor:
        modulation = self.modulate(z) if context is None else self.modulate(z) + context
        h = self.project(z if context is None else torch.cat([z, context], dim=1)).unflatten(1, self.start)
        for layer in self.layers:
            h = layer(h, modulation) if isinstance(layer, ResidualBlock) else layer(h)
        return self.conv_out(F.silu(self.norm_out(h)))


class VAE(nn.Module):
    """Encoder, decoder and likelihood.

    Args:
        shape: Shape of an item in the continuous view, (C, W) or (C, H, W).
        num_classes: Number of classes; 0 for a model without a condition.
        latent_dim: Width L of the latent.
        channels: Channels of the first level.
        blocks: Residual blocks of each level.
        likelihood: ``bernoulli`` or ``logistic``.
    """

    def __init__(
        self, shape: tuple[int, ...], num_classes: int, latent_dim: int, channels: int, blocks: int, likelihood: str
    ) -> None:
        super().__init__()
        size = shape[1:]
        levels = 0
        while max(halved(size, levels)[-1]) > 8 and min(halved(size, levels)[-1]) >= 2:
            levels += 1
        sizes = halved(size, levels)
        widths = [channels * min(4, 2**level) for level in range(levels + 1)]
        context = 4 * channels
        self.latent_dim = latent_dim
        self.likelihood = likelihood
        self.label = LabelEmbedding(num_classes, context) if num_classes else None
        label_width = context if num_classes else 0
        self.encoder = Encoder(shape[0], sizes, widths, blocks, latent_dim, label_width)
        self.decoder = Decoder(shape[0], sizes, widths, blocks, latent_dim, context, conditional=num_classes > 0)
        # One learned scale for each channel (the idea of sigma-VAE, Rybkin et al. 2021, arXiv:2006.13202).
        scales = torch.full((shape[0], *([1] * len(size))), -2.0)
        self.log_scale = nn.Parameter(scales) if likelihood == "logistic" else None

    def encode(self, x: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Items (B, C, ...) in [-1, 1] and labels (B,) to mean and log standard deviation of q(z | x), each (B, L)."""
        return self.encoder(x, self.label(label) if self.label is not None else None)

    def decode(self, z: Tensor, label: Tensor) -> Tensor:
        """Latents (B, L) and labels (B,) to the parameters of the likelihood, float32 (B, C, ...)."""
        return self.decoder(z, self.label(label) if self.label is not None else None).float()

    def mean(self, parameters: Tensor) -> Tensor:
        """The mean of the likelihood, in [-1, 1]."""
        return torch.tanh(0.5 * parameters) if self.likelihood == "bernoulli" else parameters.clamp(-1.0, 1.0)

    def log_likelihood(self, parameters: Tensor, x: Tensor) -> Tensor:
        """Log p(x | z) in nats for each item, shape (B,).

        Bernoulli: the values of x in [0, 1] are probabilities of a dynamically binarised item, and this is the
        expectation over its binarisations. Logistic: the probability of the 8-bit grey level.
        """
        if self.log_scale is None:
            target = x * 0.5 + 0.5
            return -F.binary_cross_entropy_with_logits(parameters, target, reduction="none").flatten(1).sum(1)
        return discretised_logistic(x, parameters, self.log_scale).flatten(1).sum(1)


def discretised_logistic(x: Tensor, mean: Tensor, log_scale: Tensor) -> Tensor:
    """Log probability of the 8-bit level at x under a logistic (Salimans et al. 2017, arXiv:1701.05517, Eq. 2).

    Args:
        x: Levels k / 127.5 - 1, any shape.
        mean: Mean of the logistic, same shape.
        log_scale: Logarithm of its scale, broadcast; cut below at -7.

    Returns:
        log probability of each value; over the 256 levels the probabilities add to 1.
    """
    inverse = torch.exp(-log_scale.clamp(min=-7.0))
    centred = x - mean
    upper = inverse * (centred + 1.0 / 255.0)
    lower = inverse * (centred - 1.0 / 255.0)
    # The outermost levels take the whole tail beyond them.
    at_low = upper - F.softplus(upper)
    at_high = -F.softplus(lower)
    between = torch.sigmoid(upper) - torch.sigmoid(lower)
    # Far from the mean the difference cancels to 0; the density times the width of a level is then exact enough.
    middle = inverse * centred
    far = middle - log_scale.clamp(min=-7.0) - 2.0 * F.softplus(middle) + math.log(2.0 / 255.0)
    inside = torch.where(between > 1e-5, torch.log(between.clamp(min=1e-12)), far)
    return torch.where(x < -0.999, at_low, torch.where(x > 0.999, at_high, inside))


def elbo_terms(net: VAE, x: Tensor, label: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The terms of the bound for a batch.

    Args:
        net: The model.
        x: Items (B, C, ...) in [-1, 1].
        label: Labels, int64 (B,).

    Returns:
        -log p(x | z) with one z drawn from q, in nats (B,); KL of each latent number, in nats (B, L); mean of q (B, L).
    """
    mean, log_std = net.encode(x, label)
    z = mean + torch.exp(log_std) * torch.randn_like(mean)
    kl = 0.5 * (mean**2 + torch.exp(2.0 * log_std) - 1.0) - log_std
    return -net.log_likelihood(net.decode(z, label), x), kl, mean


def active_units(mean: Tensor) -> Tensor:
    """Number of latent numbers whose mean varies over items by more than 0.01 (Burda et al. 2016, arXiv:1509.00519)."""
    return (mean.var(0) > 0.01).sum().float()


class Decode(nn.Module):
    """Noise, labels where there are classes, and temperature, to the mean of the likelihood."""

    def __init__(self, net: VAE) -> None:
        super().__init__()
        self.net = net

    def forward(self, noise: Tensor, *label_and_temperature: Tensor) -> Tensor:
        """Noise (B, L) to items (B, C, ...) in [-1, 1]."""
        *label, temperature = label_and_temperature
        return decode_mean(self.net, noise * temperature, label)


class DecodeLatent(nn.Module):
    """Latents, and labels where there are classes, to the mean of the likelihood."""

    def __init__(self, net: VAE) -> None:
        super().__init__()
        self.net = net

    def forward(self, latent: Tensor, *label: Tensor) -> Tensor:
        """Latents (B, L) to items (B, C, ...) in [-1, 1]."""
        return decode_mean(self.net, latent, label)


def decode_mean(net: VAE, z: Tensor, label: Any) -> Tensor:
    """Latents (B, L) to the mean of the likelihood; an unconditional net needs no label."""
    return net.mean(net.decode(z, label[0] if label else z.new_zeros(1, dtype=torch.int64)))


class Encode(nn.Module):
    """Items as stored, and labels where there are classes, to the mean of their latent."""

    def __init__(self, net: VAE, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec

    def forward(self, items: Tensor, *label: Tensor) -> Tensor:
        """Items uint8 (B, H, W, C) to latents (B, L)."""
        labels = label[0] if label else items.new_zeros(1, dtype=torch.int64)
        mean, _ = self.net.encode(self.codec.encode(items), labels)
        return mean


class Finish(nn.Identity):
    """The items are finished already."""


def build(run: Described) -> VAE:
    """Make the network that the settings and the data ask for, unrun."""
    settings = run.settings
    likelihood = settings.likelihood
    if likelihood == "auto":
        likelihood = "bernoulli" if run.spec.shape[-1] == 1 else "logistic"
    return VAE(
        shape=run.codec(Continuous()).shape,
        num_classes=len(run.classes),
        latent_dim=settings.latent_dim,
        channels=settings.channels,
        blocks=settings.blocks,
        likelihood=likelihood,
    )
