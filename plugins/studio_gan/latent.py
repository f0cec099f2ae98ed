"""The latent of an autoencoder of tokens as what the two networks play with."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from studio.nn import SequenceAutoencoder
from studio_gan.row_nets import RowGenerator

__all__ = ["LatentGenerator", "LatentView", "blurred"]

# Latents beyond this are cut: the view reaches from -1 to 1.
_REACH = 4.0
# Noise on what the discriminator sees, in the latent's unit: the decoder bears that of the posterior anyway, and what
# differs by less need not be told apart.
_BLUR = 0.3


class LatentView(nn.Module):
    """The mean of an item's latent, 0 behind its end, as a vector in [-1, 1].

    Args:
        net: The autoencoder.
        codec: Turns items into symbols.

    Attributes:
        shape: (S * K,).
    """

    def __init__(self, net: SequenceAutoencoder, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec
        stretches, numbers = net.latent_shape
        self.shape: tuple[int, ...] = (stretches * numbers,)

    def encode(self, items: Tensor, noise: Tensor | None = None) -> Tensor:
        """Items (B, L) to vectors (B, S * K)."""
        return (self.net.infer(self.codec.encode(items))[:, 0].flatten(1) / _REACH).clamp(-1.0, 1.0)


def blurred(x: Tensor, probability: float) -> Tensor:
    """What the discriminator sees of vectors (B, K): all of them with some noise."""
    return x + (_BLUR / _REACH) * torch.randn_like(x)


class LatentGenerator(nn.Module):
    """Noise, and labels where there are classes, to latents of the autoencoder.

    Args:
        generator: The generator.
    """

    def __init__(self, generator: RowGenerator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, noise: Tensor, *label: Tensor) -> Tensor:
        """Normal noise (N, L) to latents (N, S * K)."""
        labels = label[0] if label else noise.new_zeros(1, dtype=torch.int64)
        latent: Tensor = _REACH * self.generator(noise, labels)
        return latent
