"""The variational autoencoder of sequences of symbols: a few latent numbers for every few symbols, and back.

The encoder looks both ways and joins each stretch of symbols to a normal posterior (Kingma and Welling 2014,
arXiv:1312.6114). The decoder writes symbol by symbol (Bowman et al. 2016, arXiv:1511.06349); the latents of a stretch
are added to its stream at the places of that stretch, so that what is said where need not be found first. In training
some of the symbols before are hidden from it (the same, section 3.2), for one that sees all of them needs no latent.

Behind the end of a sequence no latent says anything: there the posterior is the prior, N(0, 1), and costs nothing.

Symbols of the paper and their names here::

    x            tokens        symbols, int64 (B, L), the end and what fills the sequence behind it counted
    z            latent        S stretches of K numbers, (B, S, K)
    q(z | x)     posterior     mean and log standard deviation, (B, 2, S, K)
    p(x | z)     log_prob      in nats, the end counted, (B,)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nn.causal import CausalTransformer
from studio.nn.codec import by_length, until_end
from studio.nn.posterior import PosteriorBound, normal_kl
from studio.nn.transformer import RMSNorm, TransformerBlock, matrices_of, rotary_angles

__all__ = ["SequenceAutoencoder", "SequenceCost"]

# Sequences of like length are worked on together, in so many groups of a batch, where a processor gains by it.
_GROUPS = 4


class SequenceCost(NamedTuple):
    """What a batch costs.

    Attributes:
        loss: What is minimised, in nats of a symbol.
        reconstruction: Mean of -log p(x | z) in nats.
        kl: Mean KL of a sequence in nats; with the reconstruction it is the bound.
    """

    loss: Tensor
    reconstruction: Tensor
    kl: Tensor


class SequenceAutoencoder(nn.Module):
    """Encoder and decoder.

    Args:
        length: Most symbols L of a sequence, its end counted.
        vocab_size: Number V of symbols, the last of which is the end.
        num_classes: Number of classes; 0 for a model without a condition.
        dim: Width of the streams.
        depth: Blocks of the decoder; the encoder has half as many.
        heads: Heads of each attention.
        dropout: Share of values dropped on the way back into the stream.
        latent_dim: Latent numbers K of a stretch.
        stretch: Symbols of a stretch.

    Attributes:
        latent_shape: (S, K).
    """

    def __init__(
        self,
        length: int,
        vocab_size: int,
        num_classes: int,
        dim: int,
        depth: int,
        heads: int,
        dropout: float,
        latent_dim: int,
        stretch: int = 4,
    ) -> None:
        super().__init__()
        self.end, self.length, self.stretch = vocab_size - 1, length, stretch
        self.latent_shape = (-(-length // stretch), latent_dim)
        self.decoder = CausalTransformer(length, vocab_size, num_classes, dim, depth, heads, dropout)
        self.dropout = nn.Dropout(dropout)
        self.encoder = nn.ModuleList([TransformerBlock(dim, heads, dropout=dropout) for _ in range(max(1, depth // 2))])
        self.norm = RMSNorm(dim)
        self.infer_latent = nn.Linear(stretch * dim, 2 * latent_dim)
        self.bound = PosteriorBound()
        self.widen = nn.Linear(latent_dim, 2 * dim)
        self.spread = nn.Linear(2 * dim, stretch * dim)

    def matrices(self) -> list[nn.Parameter]:
        """The matrices of the blocks, which are Muon's."""
        return matrices_of(self.encoder) + matrices_of(self.decoder.blocks)

    def infer(self, tokens: Tensor) -> Tensor:
        """Sequences (B, l) to mean and log standard deviation of the latents of their stretches, (B, 2, s, K)."""
        tokens = F.pad(tokens, (0, -tokens.shape[1] % self.stretch), value=self.end)
        seen = until_end(tokens, self.end)
        x = self.dropout(self.decoder.embed(tokens))
        angles = rotary_angles(torch.arange(tokens.shape[1], device=tokens.device), self.decoder.head_dim)
        for block in self.encoder:
            x, _ = block(x, angles, causal=False, seen=seen)
        x = torch.where(seen.unsqueeze(2), self.norm(x), 0.0).unflatten(1, (-1, self.stretch)).flatten(2)
        parameters = self.infer_latent(x).unflatten(2, (2, -1)).transpose(1, 2)
        said = seen[:, :: self.stretch, None].unsqueeze(1)
        return torch.where(said, self.bound(parameters), 0.0)

    def remember(self, latent: Tensor) -> Tensor:
        """Latents (B, s, K) to what is added to the decoder's stream at each place, (B, s * stretch, D)."""
        return self.spread(F.silu(self.widen(latent))).unflatten(2, (self.stretch, -1)).flatten(1, 2)

    def logits(self, tokens: Tensor, latent: Tensor, label: Tensor, hidden: float = 0.0) -> Tensor:
        """Logits of each symbol from those before it and the latents of its stretch and of those before, (B, l, V).

        Args:
            tokens: Symbols (B, l).
            latent: Latents (B, s, K) of at least so many stretches.
            label: Labels (B,).
            hidden: Share of the symbols before that are hidden.
        """
        decoder = self.decoder
        start = torch.full_like(tokens[:, :1], decoder.vocab_size)
        before = torch.cat([start, tokens[:, :-1]], dim=1)
        if hidden:
            before = torch.where(torch.rand(before.shape, device=before.device) < hidden, decoder.vocab_size, before)
        places = torch.arange(tokens.shape[1], device=tokens.device)
        x = decoder.stream(before, places, label) + self.remember(latent)[:, : tokens.shape[1]]
        x, angles = decoder.dropout(x), rotary_angles(places, decoder.head_dim)
        for block in decoder.blocks:
            x, _ = block(x, angles)
        logits: Tensor = decoder.head(decoder.norm(x))
        return logits

    def log_prob(self, tokens: Tensor, latent: Tensor, label: Tensor, hidden: float = 0.0) -> Tensor:
        """Log p(x | z) in nats, float32 (B,); arguments as those of ``logits``."""
        logits = self.logits(tokens, latent, label, hidden).float()
        chosen = F.log_softmax(logits, dim=-1).gather(2, tokens.unsqueeze(2)).squeeze(2)
        return torch.where(until_end(tokens, self.end), chosen, 0.0).sum(1)

    def draw(self, posterior: Tensor) -> Tensor:
        """A z from each posterior (B, 2, s, K); (B, s, K)."""
        return posterior[:, 0] + torch.exp(posterior[:, 1]) * torch.randn_like(posterior[:, 0])

    def cost(
        self, tokens: Tensor, label: Tensor, free_bits: float = 0.0, weight: float = 1.0, hidden: float = 0.0
    ) -> SequenceCost:
        """The cost of sequences, with one z drawn for each.

        Args:
            tokens: Symbols (B, L).
            label: Labels (B,).
            free_bits: Nats of each latent number of a stretch that cost nothing in the loss (Kingma et al. 2016,
                arXiv:1606.04934, appendix C.8).
            weight: Weight of the KL term in the loss.
            hidden: Share of the symbols before that are hidden from the decoder.
        """
        groups = _GROUPS if tokens.device.type == "cpu" else 1
        log_prob, kl, said, symbols = ([] for _ in range(4))
        for rows, some in by_length(tokens, self.end, groups):
            posterior = self.infer(some)
            log_prob.append(self.log_prob(some, self.draw(posterior), label[rows], hidden).sum())
            kl.append(normal_kl(posterior).sum((0, 1)))
            seen = until_end(some, self.end)
            said.append(seen[:, :: self.stretch].sum())
            symbols.append(seen.sum())
        reconstruction, each = -torch.stack(log_prob).sum(), torch.stack(kl).sum(0)
        stretches = torch.stack(said).sum()
        charged = (each / stretches).clamp(min=free_bits).sum() * stretches
        # Nats grow with the length; the gradient is clipped at a fixed norm, so it is taken of a symbol's.
        loss = (reconstruction + weight * charged) / torch.stack(symbols).sum()
        return SequenceCost(loss, reconstruction / len(tokens), each.sum() / len(tokens))
