"""Texts: an autoencoder of tokens is learned first, then the two networks play in its latent, in one run.

After Zhao et al. 2018 (ARAE, arXiv:1706.04223), with the autoencoder fixed while they play, and R3GAN's loss.
"""

from __future__ import annotations

import math
from typing import Any

from studio.api import (
    Batch,
    Described,
    Session,
    Tokens,
    Trained,
    items_input,
    latent_input,
    noise_input,
    scalar_input,
)
from studio.nn import (
    AllEnded,
    LikeliestSequence,
    RememberingTokenStep,
    Sampler,
    SequenceAutoencoder,
    Stage,
    TokenFinish,
    TokenLogits,
    Transform,
    hide_labels,
    muon_and_adamw,
    sequence_state,
    token_inputs,
    warmup_linear,
)
from studio_gan.latent import LatentBegin, LatentGenerator, LatentView, blurred
from studio_gan.row_nets import RowDiscriminator, RowGenerator
from studio_gan.sampler import Score
from studio_gan.train import Game

__all__ = ["TextMode"]

_AUTOENCODER_SHARE = 0.6
_HEADS, _BLOCKS = 4, 2
_AUTOENCODER_LR = 4e-3
# As in the VAE: nats of each latent number that cost nothing, tokens hidden, and the share in which the KL term rises.
_FREE_BITS, _WORD_DROPOUT, _KL_WARMUP = 0.6, 0.3, 0.1


def _autoencoder(run: Described, codec: Any) -> SequenceAutoencoder:
    settings = run.settings
    return SequenceAutoencoder(
        codec.shape[0],
        codec.vocab_size,
        len(run.classes),
        dim=settings.autoencoder_dim,
        depth=settings.autoencoder_depth,
        heads=_HEADS,
        dropout=0.0,
        latent_dim=settings.text_latent_dim,
    )


def _generator(run: Described, net: SequenceAutoencoder) -> RowGenerator:
    settings, numbers = run.settings, math.prod(net.latent_shape)
    depth = _BLOCKS * settings.blocks
    return RowGenerator(numbers, (), len(run.classes), settings.latent_dim, settings.channels, depth)


def _discriminator(run: Described, net: SequenceAutoencoder) -> RowDiscriminator:
    settings, numbers = run.settings, math.prod(net.latent_shape)
    return RowDiscriminator(numbers, len(run.classes), settings.channels, _BLOCKS * settings.blocks)


class TextMode:
    """The mode of texts."""

    def train(self, session: Session) -> None:
        """Learn the autoencoder, then let the two networks play."""
        settings = session.settings
        codec = session.codec(Tokens())
        net = session.module("autoencoder", _autoencoder(session, codec), ema=0.99)
        schedule = warmup_linear(0.02)
        optimizers = muon_and_adamw(net, net.matrices(), _AUTOENCODER_LR)
        for name, optimizer in zip(("autoencoder_muon", "autoencoder_adamw"), optimizers, strict=True):
            session.optimizer(name, optimizer, lr_schedule=lambda p: schedule(min(1.0, p / _AUTOENCODER_SHARE)))
        trained: Any = session.averaged("autoencoder")
        view = LatentView(trained, codec)
        game = Game(
            session, view, _generator(session, net), _discriminator(session, net), blurred, begin=_AUTOENCODER_SHARE
        )

        def measure(batch: Batch) -> dict[str, Any]:
            cost = trained.cost(codec.encode(batch.items), batch.label)
            # In the first phase the generator has learned nothing, and its distance says so.
            return {"reconstruction": cost.reconstruction, "kl": cost.kl, **game.meters.measure(batch)}

        session.validation(measure)
        for batch in session.batches(phase="autoencoder", share=_AUTOENCODER_SHARE):
            tokens, label = codec.encode(batch.items), hide_labels(batch.label, settings.label_dropout)
            weight = min(1.0, session.progress / (_KL_WARMUP * _AUTOENCODER_SHARE))
            with session.autocast():
                cost = net.cost(tokens, label, _FREE_BITS, weight, _WORD_DROPOUT)
            session.step(*optimizers, cost.loss)
            session.log(reconstruction=cost.reconstruction, kl=cost.kl)
        for batch in session.batches(phase="game", share=1.0 - _AUTOENCODER_SHARE):
            game.step(batch)

    def sample(self, trained: Trained) -> Sampler:
        """Turn normal noise into a latent, and write token by token."""
        codec, net, generator = self._nets(trained)
        length = codec.shape[0]
        inputs = [
            *token_inputs(length, codec.vocab_size),
            noise_input((generator.latent_dim,), "noise.latent"),
            *trained.label_inputs(),
            scalar_input("length", length, 1, length, "Most tokens of a sample, its end counted.", whole=True),
        ]
        return Sampler(
            inputs,
            LatentBegin(net, generator),
            TokenFinish(),
            codec,
            [Stage(RememberingTokenStep(net.decoder, end=codec.end), "length", until=AllEnded(codec.end))],
            num_state=sequence_state(net),
            opset=23,
            certified=TokenLogits(),
        )

    def decode(self, trained: Trained) -> Transform:
        """Noise to texts, of the likeliest token at each place."""
        codec, net, generator = self._nets(trained)
        return Transform(
            [latent_input((generator.latent_dim,)), *trained.label_inputs()],
            LikeliestSequence(net, LatentGenerator(generator)),
            TokenFinish(),
            codec,
            [Stage(RememberingTokenStep(net.decoder, end=codec.end), codec.shape[0], until=AllEnded(codec.end))],
            sequence_state(net),
            opset=23,
        )

    def discriminate(self, trained: Trained) -> Transform:
        """The discriminator's score of an item's latent."""
        codec, net, _ = self._nets(trained)
        scorer = trained.module("discriminator", _discriminator(trained, net))
        inputs = [items_input(trained.spec), *trained.label_inputs()]
        return Transform(inputs, Score(scorer, LatentView(net, codec)), output="score", opset=23)

    @staticmethod
    def _nets(trained: Trained) -> tuple[Any, SequenceAutoencoder, RowGenerator]:
        codec = trained.codec(Tokens())
        net = trained.module("autoencoder", _autoencoder(trained, codec))
        return codec, net, trained.module("generator", _generator(trained, net))
