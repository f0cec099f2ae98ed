"""What leaves as files: latents to items, items to latents, and items to the importance weight of their likelihood."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from studio_vae.model import LadderVAE

__all__ = ["Decode", "Encode", "LogWeight", "decode_mean"]


def decode_mean(net: LadderVAE, latent: Tensor, label: Any) -> Tensor:
    """Latents (B, L) to the mean of the likelihood; an unconditional net needs no label."""
    parameters = net.decode(latent, label[0] if label else latent.new_zeros(1, dtype=torch.int64))
    return net.likelihood.mean(parameters)


class Decode(nn.Module):
    """Noise, labels where there are classes, and temperature, to the mean of the likelihood."""

    def __init__(self, net: LadderVAE) -> None:
        super().__init__()
        self.net = net

    def forward(self, noise: Tensor, *label_and_temperature: Tensor) -> Tensor:
        """Noise (B, L) to items (B, C, ...) in [-1, 1]."""
        *label, temperature = label_and_temperature
        return decode_mean(self.net, noise * temperature, label)


class Encode(nn.Module):
    """Items as stored, and labels where there are classes, to the mean of their latents."""

    def __init__(self, net: LadderVAE, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec

    def forward(self, items: Tensor, *label: Tensor) -> Tensor:
        """Items uint8 (B, H, W, C) to latents (B, L)."""
        labels = label[0] if label else items.new_zeros(1, dtype=torch.int64)
        _, _, drawn = self.net.infer(self.codec.encode(items), labels, mean=True)
        return torch.cat([e.flatten(1) for e in drawn], dim=1)


class LogWeight(nn.Module):
    """Items to log p(x, z) / q(z | x) with z drawn by the noise (Burda et al. 2016, arXiv:1509.00519, Eq. 8)."""

    def __init__(self, net: LadderVAE, codec: Any, binarised: bool) -> None:
        super().__init__()
        self.net = net
        self.codec = codec
        self.binarised = binarised

    def forward(self, items: Tensor, *others: Tensor) -> Tensor:
        """Items uint8 (N, H, W, C), their binarisation's draw where there is one, noise (N, L), labels, to nats."""
        binarisation, (noise, *label) = (others[0], others[1:]) if self.binarised else (None, others)
        labels = label[0] if label else items.new_zeros(1, dtype=torch.int64)
        x = self.codec.encode(items, binarisation)
        parameters, posteriors, drawn = self.net.infer(x, labels, noise)
        weight = self.net.likelihood.log_prob(parameters, x)
        for posterior, e in zip(posteriors, drawn, strict=True):
            mean, log_std = posterior[:, 0], posterior[:, 1]
            # Of the two normal densities the factors 2 pi cancel.
            ratio = 0.5 * ((e - mean) * torch.exp(-log_std)) ** 2 + log_std - 0.5 * e**2
            weight = weight + ratio.flatten(1).sum(1)
        return weight
