"""What a sequence autoencoder becomes in a file: latents to symbols in one loop, items to latents, and likelihoods.

Whatever draws the latents, a normal prior, a flow or a generator, the loop is the same: what the decoder makes of them
travels in the state, behind that of a loop without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from studio.core.manifest import Input, latent_input, noise_input, scalar_input
from studio.nn.sampler import Sampler, Stage, Transform
from studio.nn.sequence_autoencoder import SequenceAutoencoder
from studio.nn.token_sampler import (
    AllEnded,
    TokenFinish,
    TokenInit,
    TokenLogits,
    TokenStep,
    token_inputs,
    token_state,
)

__all__ = [
    "DrawnSequence",
    "LikeliestSequence",
    "RememberingTokenStep",
    "SequenceBegin",
    "SequenceEncode",
    "SequenceLogWeight",
    "sequence_decoder",
    "sequence_sampler",
    "sequence_state",
]


def sequence_state(net: SequenceAutoencoder) -> int:
    """Number of tensors in the state of the loop."""
    return token_state(net.decoder) + 1


class SequenceBegin(nn.Module):
    """Latents to the state before the first symbol.

    Args:
        net: The autoencoder.
    """

    def __init__(self, net: SequenceAutoencoder) -> None:
        super().__init__()
        self.net = net
        self.begin = TokenInit(net.decoder, end=net.end)

    def forward(self, latent: Tensor, uniform: Tensor) -> tuple[Tensor, ...]:
        """Latents (N, S, K) and the numbers that draw symbols (N, L) to the state of a ``RememberingTokenStep``."""
        blank = uniform[:1, 0]
        state = self.begin(uniform, blank, blank, blank)[: token_state(self.net.decoder)]
        return *state, self.net.remember(latent)[:, : self.net.length]


class RememberingTokenStep(TokenStep):
    """A step whose state ends with what is added to the stream at each place, (N, L, D)."""

    def forward(self, i: Tensor, before: Tensor, tokens: Tensor, logits: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        """The state before place i to the state after it."""
        count = 2 * len(self.net.blocks)
        caches, memory, constants = rest[:count], rest[count], rest[count + 1 :]
        drawn = self.draw(i, before, tokens, caches, constants, added=memory.index_select(1, i.reshape(1)))
        return *drawn, memory


class DrawnSequence(nn.Module):
    """Noise to the state before the first symbol, and the constants that draw a symbol at each place.

    Args:
        net: The autoencoder.
        way: What makes the autoencoder's latents (N, S * K) of normal noise and of labels; None where it is them.
    """

    def __init__(self, net: SequenceAutoencoder, way: nn.Module | None = None) -> None:
        super().__init__()
        self.begin = SequenceBegin(net)
        self.way = way

    def forward(
        self, noise: Tensor, temperature: Tensor, top_k: Tensor, top_p: Tensor, latent: Tensor, *label: Tensor
    ) -> tuple[Tensor, ...]:
        """Uniform numbers (N, L), the scalars, normal noise (N, ...), and labels where there are classes."""
        if self.way is not None:
            latent = self.way(latent, *label)
        state = self.begin(latent.reshape(-1, *self.begin.net.latent_shape), noise)
        return *state, noise, temperature, top_k, top_p, *label


class LikeliestSequence(nn.Module):
    """Latents to the state before the first symbol, and the constants that take the likeliest symbol at each place.

    Args:
        net: The autoencoder.
        way: As of a ``DrawnSequence``.
    """

    def __init__(self, net: SequenceAutoencoder, way: nn.Module | None = None) -> None:
        super().__init__()
        self.begin = SequenceBegin(net)
        self.way = way

    def forward(self, latent: Tensor, *label: Tensor) -> tuple[Tensor, ...]:
        """Latents (N, ...), and labels where there are classes."""
        net = self.begin.net
        if self.way is not None:
            latent = self.way(latent, *label)
        # Of the latents, so that none of them is a constant of the graph, of which two parts would share one.
        uniform = (latent.flatten(1)[:, :1] * 0.0).expand(-1, net.length)
        temperature, top_k, top_p = uniform[0, 0], uniform[0, 0].to(torch.int64), uniform[0, net.length - 1]
        state = self.begin(latent.reshape(-1, *net.latent_shape), uniform)
        return *state, uniform, temperature, top_k, top_p, *label


def sequence_sampler(
    net: SequenceAutoencoder, codec: Any, latent_dim: int, labels: Sequence[Input], way: nn.Module | None = None
) -> Sampler:
    """Draw latents, and write symbol by symbol.

    Args:
        net: The autoencoder.
        codec: Turns symbols into items.
        latent_dim: Numbers of the normal noise of an item.
        labels: The input of labels where there are classes.
        way: As of a ``DrawnSequence``.
    """
    length = codec.shape[0]
    inputs = [
        *token_inputs(length, codec.vocab_size),
        noise_input((latent_dim,), "noise.latent"),
        *labels,
        scalar_input("length", length, 1, length, "Most tokens of a sample, its end counted.", whole=True),
    ]
    return Sampler(
        inputs,
        DrawnSequence(net, way),
        TokenFinish(),
        codec,
        [_writing(net, "length")],
        num_state=sequence_state(net),
        opset=23,
        certified=TokenLogits(),
    )


def sequence_decoder(
    net: SequenceAutoencoder, codec: Any, latent_dim: int, labels: Sequence[Input], way: nn.Module | None = None
) -> Transform:
    """Latents to items, of the likeliest symbol at each place; the arguments are those of ``sequence_sampler``."""
    return Transform(
        [latent_input((latent_dim,)), *labels],
        LikeliestSequence(net, way),
        TokenFinish(),
        codec,
        [_writing(net, codec.shape[0])],
        sequence_state(net),
        opset=23,
    )


def _writing(net: SequenceAutoencoder, trip: int | str) -> Stage:
    return Stage(RememberingTokenStep(net.decoder, end=net.end), trip, until=AllEnded(net.end))


class SequenceEncode(nn.Module):
    """Items as stored to the mean of their latents.

    Args:
        net: The autoencoder.
        codec: Turns items into symbols.
    """

    def __init__(self, net: SequenceAutoencoder, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec

    def forward(self, items: Tensor, *label: Tensor) -> Tensor:
        """Items (N, L) to latents (N, S * K)."""
        return self.net.infer(self.codec.encode(items))[:, 0].flatten(1)


class SequenceLogWeight(nn.Module):
    """Items as stored to log p(x, z) / q(z | x) with z drawn by the noise (Burda et al. 2016, arXiv:1509.00519, Eq. 8).

    Args:
        net: The autoencoder.
        codec: Turns items into symbols.
        prior: Latents (N, S, K), labels (N,), symbols (N, L) and the end to how many nats likelier the latents are than
            under N(0, 1), (N,); None where that is the prior.
    """

    def __init__(self, net: SequenceAutoencoder, codec: Any, prior: nn.Module | None = None) -> None:
        super().__init__()
        self.net = net
        self.codec = codec
        self.prior = prior

    def forward(self, items: Tensor, noise: Tensor, *label: Tensor) -> Tensor:
        """Items (N, L), normal noise (N, S * K), labels where there are classes, to nats (N,)."""
        tokens = self.codec.encode(items)
        labels = label[0] if label else tokens[:, 0]
        posterior = self.net.infer(tokens)
        noise = noise.reshape(-1, *self.net.latent_shape)
        z = posterior[:, 0] + torch.exp(posterior[:, 1]) * noise
        # Of the two normal densities the factors 2 pi cancel.
        ratio = (0.5 * noise**2 + posterior[:, 1] - 0.5 * z**2).sum((1, 2))
        nats = self.net.log_prob(tokens, z, labels) + ratio
        return nats if self.prior is None else nats + self.prior(z, labels, tokens, self.net.end)
