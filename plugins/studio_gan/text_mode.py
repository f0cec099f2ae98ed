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
)
from studio.nn import (
    AutoencoderPhase,
    Sampler,
    SequenceAutoencoder,
    Transform,
    sequence_decoder,
    sequence_sampler,
)
from studio_gan.latent import LatentGenerator, LatentView, blurred
from studio_gan.row_nets import RowDiscriminator, RowGenerator
from studio_gan.sampler import Score
from studio_gan.train import Game

__all__ = ["TextMode"]

_HEADS, _BLOCKS = 4, 2
_AUTOENCODER_LR = 4e-3


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
        first = AutoencoderPhase(session, _autoencoder(session, codec), codec, _AUTOENCODER_LR)
        net, trained = first.net, first.averaged
        view = LatentView(trained, codec)
        game = Game(
            session, view, _generator(session, net), _discriminator(session, net), blurred, begin=AutoencoderPhase.SHARE
        )

        def measure(batch: Batch) -> dict[str, Any]:
            cost = trained.cost(codec.encode(batch.items), batch.label)
            # In the first phase the generator has learned nothing, and its distance says so.
            return {"reconstruction": cost.reconstruction, "kl": cost.kl, **game.meters.measure(batch)}

        session.validation(measure)
        for cost in first.costs(settings.label_dropout):
            session.log(reconstruction=cost.reconstruction, kl=cost.kl)
        for batch in session.batches(phase="game", share=1.0 - AutoencoderPhase.SHARE):
            game.step(batch)

    def sample(self, trained: Trained) -> Sampler:
        """Turn normal noise into a latent, and write token by token."""
        codec, net, generator = self._nets(trained)
        return sequence_sampler(net, codec, generator.latent_dim, trained.label_inputs(), LatentGenerator(generator))

    def decode(self, trained: Trained) -> Transform:
        """Noise to texts, of the likeliest token at each place."""
        codec, net, generator = self._nets(trained)
        return sequence_decoder(net, codec, generator.latent_dim, trained.label_inputs(), LatentGenerator(generator))

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
