"""The VAE of tables: residual nets of linear layers, and a likelihood of its own for each column.

The encoder reads the continuous view; the decoder gives, for each column, the logits of its symbols: of categories, of
values, or of the bins in which a number lies (the softmax for each column is that of Xu et al. 2019, arXiv:1907.00503,
TVAE, with bins in place of a mixture of normals). What people call the latent is N(0, 1) a priori.

Symbols of the papers and their names here, as in model.py; [X] Xu et al. 2019, section 4.4::

    p(c_i | z) [X]      logits     log of it for each symbol of each column, before the softmax
    q(z | r) [X]        posterior  mean and log standard deviation of the latent, from the row r
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nn import IMPOSSIBLE, LabelEmbedding, PosteriorBound, ResidualBlock, group_norm

__all__ = [
    "ColumnDecode",
    "ColumnEncode",
    "ColumnLogWeight",
    "ColumnLogits",
    "ColumnSymbols",
    "ColumnVAE",
    "Likeliest",
]


class ColumnVAE(nn.Module):
    """Encoder and decoder.

    Args:
        values: Number K' of values of the continuous view.
        allowed: Which symbols each column can have, bool (K, V).
        sizes: Number of symbols of each column.
        num_classes: Number of classes; 0 for a model without a condition.
        latent_dim: Width L of the latent.
        channels: Width of both nets.
        blocks: Residual blocks of each.
    """

    def __init__(
        self,
        values: int,
        allowed: Tensor,
        sizes: tuple[int, ...],
        num_classes: int,
        latent_dim: int,
        channels: int,
        blocks: int,
    ) -> None:
        super().__init__()
        self.latent_dim, self.sizes = latent_dim, sizes
        self.register_buffer("allowed", allowed, persistent=False)
        self.allowed: Tensor
        context = channels if num_classes else 0
        self.label = LabelEmbedding(num_classes, context) if num_classes else None
        self.read = nn.Linear(values, channels)
        self.encoder = nn.ModuleList([ResidualBlock(0, channels, channels, context) for _ in range(blocks)])
        self.read_norm, self.infer_latent = group_norm(channels), nn.Linear(channels, 2 * latent_dim)
        self.bound = PosteriorBound()
        self.start = nn.Linear(latent_dim + context, channels)
        self.decoder = nn.ModuleList([ResidualBlock(0, channels, channels, context) for _ in range(blocks)])
        self.norm, self.head = group_norm(channels), nn.Linear(channels, sum(sizes))

    def _label(self, label: Tensor, count: int) -> Tensor | None:
        return None if self.label is None else self.label(label).expand(count, -1)

    def infer(self, x: Tensor, label: Tensor) -> Tensor:
        """Rows of the view (B, K') and labels (B,) to mean and log standard deviation of the latent, (B, 2, L)."""
        context, h = self._label(label, x.shape[0]), self.read(x)
        for block in self.encoder:
            h = block(h, context)
        return self.bound(self.infer_latent(F.silu(self.read_norm(h))).unflatten(1, (2, -1)))

    def decode(self, latent: Tensor, label: Tensor) -> Tensor:
        """Latents (B, L) and labels (B,) to the logits of the symbols of each column, float32 (B, K, V)."""
        context = self._label(label, latent.shape[0])
        h = self.start(latent if context is None else torch.cat([latent, context], dim=1))
        for block in self.decoder:
            h = block(h, context)
        parts = self.head(F.silu(self.norm(h))).float().split(self.sizes, dim=1)
        most = self.allowed.shape[1]
        # Padded to one width; what no column can have is impossible.
        return torch.stack([F.pad(part, (0, most - part.shape[1]), value=IMPOSSIBLE) for part in parts], dim=1)

    @staticmethod
    def log_prob(logits: Tensor, tokens: Tensor) -> Tensor:
        """Log p(symbols | z) of rows in nats, (B,), from logits (B, K, V) and symbols (B, K)."""
        return F.log_softmax(logits, dim=-1).gather(2, tokens.unsqueeze(2)).squeeze(2).sum(1)


class ColumnDecode(nn.Module):
    """Noise to the logits of every column."""

    def __init__(self, net: ColumnVAE) -> None:
        super().__init__()
        self.net = net

    def forward(self, noise: Tensor, *others: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Noise (N, L), uniform numbers (N, K) twice, labels if any, temperature; to logits and those numbers."""
        draws, within, *label, temperature = others
        labels = label[0] if label else noise.new_zeros(1, dtype=torch.int64)
        return self.net.decode(noise * temperature, labels), draws, within


class ColumnSymbols(nn.Module):
    """Draw the symbol of each column, by inverting its cumulative distribution."""

    def forward(self, logits: Tensor, draws: Tensor, within: Tensor) -> Tensor:
        """Logits (N, K, V) and uniform numbers (N, K) twice to symbols with a share in [0, 1), float32 (N, K)."""
        cumulative = torch.softmax(logits, dim=2).cumsum(2)
        most = (logits > 0.5 * IMPOSSIBLE).sum(2) - 1
        drawn = (cumulative <= (draws * cumulative[..., -1]).unsqueeze(2)).sum(2)
        return drawn.minimum(most).to(torch.float32) + within


class ColumnLogits(nn.Module):
    """The logits, by which a file is certified: a symbol has no nearness."""

    def forward(self, logits: Tensor, draws: Tensor, within: Tensor) -> Tensor:
        """Logits (N, K, V)."""
        return logits


class ColumnEncode(nn.Module):
    """Rows as stored, and labels where there are classes, to the mean of their latent."""

    def __init__(self, net: ColumnVAE, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec

    def forward(self, items: Tensor, *label: Tensor) -> Tensor:
        """Rows float32 (N, K) to latents (N, L)."""
        labels = label[0] if label else items.new_zeros(1, dtype=torch.int64)
        return self.net.infer(self.codec.encode(items), labels)[:, 0]


class Likeliest(nn.Module):
    """Latents to the likeliest symbol of each column, and the middle of its bin."""

    def __init__(self, net: ColumnVAE) -> None:
        super().__init__()
        self.net = net

    def forward(self, latent: Tensor, *label: Tensor) -> Tensor:
        """Latents (N, L), labels if any, to symbols with a share of one half, float32 (N, K)."""
        labels = label[0] if label else latent.new_zeros(1, dtype=torch.int64)
        return self.net.decode(latent, labels).argmax(2).to(torch.float32) + 0.5


class ColumnLogWeight(nn.Module):
    """Rows to log p(x, z) / q(z | x) with z drawn by the noise (Burda et al. 2016, arXiv:1509.00519, Eq. 8)."""

    def __init__(self, net: ColumnVAE, codec: Any, tokens: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec
        self.tokens = tokens
        self.random = bool(tokens.noise_inputs())

    def forward(self, items: Tensor, *others: Tensor) -> Tensor:
        """Rows float32 (N, K), their dequantisation where there is one, noise (N, L), labels if any, to nats (N,)."""
        draws, (noise, *label) = (others[0], others[1:]) if self.random else (None, others)
        labels = label[0] if label else items.new_zeros(1, dtype=torch.int64)
        posterior = self.net.infer(self.codec.encode(items), labels)
        z = posterior[:, 0] + torch.exp(posterior[:, 1]) * noise
        reconstruction = self.net.log_prob(self.net.decode(z, labels), self.tokens.encode(items, draws))
        # Of the two normal densities the factors 2 pi cancel.
        ratio = (0.5 * noise**2 + posterior[:, 1] - 0.5 * z**2).sum(1)
        return reconstruction + ratio + self.tokens.log_det(items)
