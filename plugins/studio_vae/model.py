"""The explorer: a ladder of latents, drawn from coarse to fine, each given those above it.

The evidence lower bound of an item x with latents z_1 ... z_G (Kingma and Welling 2014, arXiv:1312.6114, Eq. 3; for the
ladder Sonderby et al. 2016, arXiv:1602.02282)::

    log p(x) >= E_q log p(x | z) - sum_g KL(q(z_g | x, z_<g) || p(z_g | z_<g))

The encoder reads the item once, from fine to coarse; the decoder runs from coarse to fine and draws a group of latents
at each of its stations. Priors are Gaussian, z = mean + std * e with e from N(0, 1). The posterior is residual (Vahdat
and Kautz 2020, arXiv:2007.03898, section 3.2): q gives e the mean d and the standard deviation s, so that a group's KL
is 0.5 (d^2 + s^2 - 1) - log s, and 0 where the item has nothing to add. What people call the latent is the e of all
groups, N(0, 1) a priori; the sampler and the decoder are one map.

Symbols of the papers and their names here. [K] Kingma and Welling 2014; [N] Vahdat and Kautz 2020, section 3.2;
[F] Kingma et al. 2016, arXiv:1606.04934, appendix C.8; [I] Burda et al. 2016, arXiv:1509.00519::

    p(x | z) [K]                  likelihood      of the decoder's parameters, Bernoulli or a discretised logistic
    z_g; mu_g, sigma_g [N]        Group.forward   z = mean + exp(log std) e, both of Group.prior
    eps [K]                       noise           what a posterior is drawn by
    (z_g - mu_g) / sigma_g [N]    e               what people call the latent, N(0, 1) a priori
    Delta mu / sigma_g [N]        mean            d, of Group.posterior; Eq. 2 of [N] is the KL in elbo_terms
    Delta sigma [N]               log_std         log s, bounded by PosteriorBound
    -L(x) [K], Eq. 3              Terms.bound     reconstruction plus the kl of every group, in nats
    lambda [F]                    free_bits       nats that cost nothing
    A_u [I]                       active_units    latents whose mean varies over items
"""

from __future__ import annotations

import itertools
import math
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.api import Continuous, Described
from studio.nn import (
    Downsample,
    LabelEmbedding,
    PosteriorBound,
    ResidualBlock,
    Upsample,
    conv,
    group_norm,
    halved,
    zero_init,
)
from studio_vae.likelihood import Likelihood

__all__ = ["Group", "LadderVAE", "Terms", "active_units", "build", "elbo_terms", "view_of"]

Size = tuple[int, ...]


class Encoder(nn.Module):
    """Items (B, C, ...) to the features of every level, fine to coarse."""

    def __init__(self, channels_in: int, sizes: list[Size], widths: list[int], blocks: int, context: int) -> None:
        super().__init__()
        ndim = len(sizes[0])
        self.conv_in = conv(ndim, channels_in, widths[0])
        self.down = nn.ModuleList([Downsample(ndim, a, b) for a, b in itertools.pairwise(widths)])
        self.blocks = nn.ModuleList(
            [nn.ModuleList([ResidualBlock(ndim, width, width, context) for _ in range(blocks)]) for width in widths]
        )

    def forward(self, x: Tensor, context: Tensor | None) -> list[Tensor]:
        features = []
        h = self.conv_in(x)
        for level, blocks in enumerate(self.blocks):
            if level:
                h = self.down[level - 1](h)
            for block in cast("nn.ModuleList", blocks):
                h = block(h, context)
            features.append(h)
        return features


class Group(nn.Module):
    """One station of the ladder: a grid of latents drawn given what lies above, and added to it.

    Args:
        ndim: Number of spatial axes, 1 or 2.
        width: Channels of the decoder's and of the encoder's features there.
        channels: Latents at each place.
        context: Width of the context that modulates its blocks.
    """

    def __init__(self, ndim: int, width: int, channels: int, context: int) -> None:
        super().__init__()
        self.channels = channels
        self.block = ResidualBlock(ndim, width, width, context)
        self.prior = zero_init(conv(ndim, width, 2 * channels, kernel=1))
        self.mix = conv(ndim, 2 * width, width)
        self.posterior = zero_init(conv(ndim, width, 2 * channels, kernel=1))
        self.add = conv(ndim, channels, width, kernel=1)
        self.bound = PosteriorBound()

    def infer(self, h: Tensor, features: Tensor) -> Tensor:
        """Decoder's and encoder's features (B, W, ...) to mean and log standard deviation of e, (B, 2, Z, ...)."""
        both = self.posterior(F.silu(self.mix(torch.cat([F.silu(h), F.silu(features)], dim=1))))
        return self.bound(both.unflatten(1, (2, -1)))

    def forward(self, h: Tensor, e: Tensor, context: Tensor) -> Tensor:
        """Features (B, W, ...) and e (B, Z, ...) to features with the latents in them."""
        both = _full(self.prior(h)).unflatten(1, (2, -1))
        # The prior's standard deviation lies between exp(-2) and exp(2).
        z = both[:, 0] + torch.exp(2.0 * torch.tanh(0.5 * both[:, 1])) * e
        return self.block(h + self.add(z.to(h.dtype)), context)


def _full(x: Tensor) -> Tensor:
    """Half precision to float32: KL terms and likelihoods are sums of many small numbers."""
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x


class LadderVAE(nn.Module):
    """Encoder, decoder and likelihood.

    Args:
        shape: Shape of an item in the continuous view, (C, W) or (C, H, W).
        num_classes: Number of classes; 0 for a model without a condition.
        latent_dim: Latents of the first group, which has no place and modulates every block.
        groups: Groups on each level below it; the finest level has none.
        group_channels: Latents of a group at each place.
        channels: Channels of the first level.
        blocks: Residual blocks of each level.
        likelihood: ``bernoulli`` or ``logistic``.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        num_classes: int,
        latent_dim: int,
        groups: int,
        group_channels: int,
        channels: int,
        blocks: int,
        likelihood: str,
    ) -> None:
        super().__init__()
        size, ndim = shape[1:], len(shape) - 1
        levels = 0
        while max(halved(size, levels)[-1]) > 8 and min(halved(size, levels)[-1]) >= 2:
            levels += 1
        sizes = halved(size, levels)
        widths = [channels * min(4, 2**level) for level in range(levels + 1)]
        context = 4 * channels
        self.sizes, self.widths = sizes, widths
        self.latent_dim = latent_dim
        self.label = LabelEmbedding(num_classes, context) if num_classes else None
        labels = context if num_classes else 0
        self.encoder = Encoder(shape[0], sizes, widths, blocks, labels)
        self.norm = group_norm(widths[-1])
        # The class also acts at both ends directly: through zero-initialised modulation alone the latent learns it
        # first, and samples then follow the latent rather than the class (seen on MNIST).
        self.infer_first = nn.Linear(widths[-1] * math.prod(sizes[-1]) + labels, 2 * latent_dim)
        self.bound = PosteriorBound()
        self.start = nn.Linear(latent_dim + labels, widths[-1] * math.prod(sizes[-1]))
        self.modulate = nn.Linear(latent_dim, context)
        self.up = nn.ModuleList([Upsample(ndim, widths[n + 1], widths[n], sizes[n]) for n in range(levels)])
        with_groups = [level > 0 or levels == 0 for level in range(levels + 1)]
        self.stations = nn.ModuleList(
            [
                nn.ModuleList([Group(ndim, widths[n], group_channels, context) for _ in range(groups * with_groups[n])])
                for n in range(levels + 1)
            ]
        )
        self.blocks = nn.ModuleList([ResidualBlock(ndim, widths[n], widths[n], context) for n in range(levels + 1)])
        self.norm_out = group_norm(widths[0])
        self.conv_out = conv(ndim, widths[0], shape[0])
        self.likelihood = Likelihood(likelihood, shape[0], ndim)

    @property
    def group_shapes(self) -> list[Size]:
        """Shape of the e of each group, coarse to fine; the first is (latent_dim,)."""
        shapes: list[Size] = [(self.latent_dim,)]
        for level in reversed(range(len(self.sizes))):
            for group in cast("nn.ModuleList", self.stations[level]):
                shapes.append((cast("Group", group).channels, *self.sizes[level]))
        return shapes

    @property
    def total_dim(self) -> int:
        """Number L of latents of an item."""
        return sum(math.prod(shape) for shape in self.group_shapes)

    def _label(self, label: Tensor) -> Tensor | None:
        return self.label(label) if self.label is not None else None

    def _first(self, features: list[Tensor], labels: Tensor | None) -> Tensor:
        """The posterior of the first group's e, (B, 2, latent_dim)."""
        h = F.silu(self.norm(features[-1])).flatten(1)
        h = h if labels is None else torch.cat([h, labels.expand(h.shape[0], -1)], dim=1)
        return self.bound(self.infer_first(h).unflatten(1, (2, -1)))

    def _begin(self, e: Tensor, labels: Tensor | None) -> tuple[Tensor, Tensor]:
        """The first e (B, latent_dim) to the coarsest features and the context of every block."""
        context = self.modulate(e)
        if labels is None:
            return self.start(e).unflatten(1, (self.widths[-1], *self.sizes[-1])), context
        both = torch.cat([e, labels.expand(e.shape[0], -1)], dim=1)
        return self.start(both).unflatten(1, (self.widths[-1], *self.sizes[-1])), context + labels

    def _end(self, h: Tensor) -> Tensor:
        return _full(self.conv_out(F.silu(self.norm_out(h))))

    def decode(self, latent: Tensor, label: Tensor) -> Tensor:
        """Latents (B, L) and labels (B,) to the parameters of the likelihood, float32 (B, C, ...)."""
        parts = latent.split([math.prod(shape) for shape in self.group_shapes], dim=1)
        h, context = self._begin(parts[0], self._label(label))
        number = 0
        for level in reversed(range(len(self.sizes))):
            for group in cast("nn.ModuleList", self.stations[level]):
                number += 1
                h = group(h, parts[number].unflatten(1, self.group_shapes[number]), context)
            h = self.blocks[level](h, context)
            if level:
                h = self.up[level - 1](h)
        return self._end(h)

    def infer(
        self, x: Tensor, label: Tensor, noise: Tensor | None = None, mean: bool = False
    ) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """Read an item and draw its latents.

        Args:
            x: Items (B, C, ...) in [-1, 1].
            label: Labels, int64 (B,).
            noise: Standard normal numbers (B, L) to draw by; drawn here if None.
            mean: Take the means of the posterior rather than draws.

        Returns:
            Parameters of the likelihood (B, C, ...); posteriors of each group's e, (B, 2, ...): mean and log standard
            deviation; and the e drawn.
        """
        labels = self._label(label)
        features = self.encoder(x, labels)
        shapes = self.group_shapes
        given = None if noise is None else noise.split([math.prod(shape) for shape in shapes], dim=1)
        posteriors: list[Tensor] = []
        drawn: list[Tensor] = []

        def draw(posterior: Tensor) -> Tensor:
            number = len(drawn)
            e = posterior[:, 0]
            if not mean:
                normal = torch.randn_like(e) if given is None else given[number].unflatten(1, shapes[number])
                e = e + torch.exp(posterior[:, 1]) * normal
            posteriors.append(posterior)
            drawn.append(e)
            return e

        h, context = self._begin(draw(self._first(features, labels)), labels)
        for level in reversed(range(len(self.sizes))):
            for group in cast("nn.ModuleList", self.stations[level]):
                station = cast("Group", group)
                h = station(h, draw(station.infer(h, features[level])), context)
            h = self.blocks[level](h, context)
            if level:
                h = self.up[level - 1](h)
        return self._end(h), posteriors, drawn


class Terms:
    """The terms of the bound for a batch.

    Attributes:
        reconstruction: -log p(x | z) with one z drawn from q, in nats (B,).
        kl: KL of each group's latents, in nats, a list of (B, group's latents).
        mean: Mean of the first group's posterior (B, latent_dim).
    """

    def __init__(self, reconstruction: Tensor, kl: list[Tensor], mean: Tensor) -> None:
        self.reconstruction = reconstruction
        self.kl = kl
        self.mean = mean

    @property
    def bound(self) -> Tensor:
        """The negative bound of each item in nats, (B,)."""
        return self.reconstruction + torch.stack([kl.sum(1) for kl in self.kl]).sum(0)


def elbo_terms(net: LadderVAE, x: Tensor, label: Tensor) -> Terms:
    """The terms of the bound for items (B, C, ...) in [-1, 1] with labels (B,)."""
    parameters, posteriors, _ = net.infer(x, label)
    kl = []
    for posterior in posteriors:
        mean, log_std = posterior[:, 0].flatten(1), posterior[:, 1].flatten(1)
        kl.append(0.5 * (mean**2 + torch.exp(2.0 * log_std) - 1.0) - log_std)
    return Terms(-net.likelihood.log_prob(parameters, x), kl, posteriors[0][:, 0])


def active_units(mean: Tensor) -> Tensor:
    """Number of latents whose mean varies over items by more than 0.01 (Burda et al. 2016, arXiv:1509.00519)."""
    return (mean.var(0) > 0.01).sum().float()


def likelihood_of(run: Described) -> str:
    """The likelihood that the settings ask for: by default Bernoulli for grey items, the logistic for others."""
    if run.settings.likelihood != "auto":
        return str(run.settings.likelihood)
    return "bernoulli" if run.spec.shape[-1] == 1 else "logistic"


def view_of(run: Described) -> Continuous:
    """The view that the likelihood is one of: drawn as black and white for Bernoulli's."""
    return Continuous(binarise=likelihood_of(run) == "bernoulli")


def build(run: Described) -> LadderVAE:
    """Make the network that the settings and the data ask for, unrun."""
    settings = run.settings
    return LadderVAE(
        shape=run.codec(Continuous()).shape,
        num_classes=len(run.classes),
        latent_dim=settings.latent_dim,
        groups=settings.groups,
        group_channels=settings.group_channels,
        channels=settings.channels,
        blocks=settings.blocks,
        likelihood=likelihood_of(run),
    )
