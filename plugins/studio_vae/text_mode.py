"""Texts: a few latents for every few tokens, and a decoder that writes token by token."""

from __future__ import annotations

import math
from typing import Any

from studio.api import (
    Batch,
    Described,
    Likelihood,
    Session,
    Tokens,
    Trained,
    items_input,
    noise_input,
)
from studio.nn import (
    Sampler,
    SequenceAutoencoder,
    SequenceEncode,
    SequenceLogWeight,
    Transform,
    hide_labels,
    muon_and_adamw,
    sequence_decoder,
    sequence_sampler,
    warmup_linear,
)
from studio_vae.model import active_units

__all__ = ["TextMode"]

_HEADS = 4


def _build(run: Described, codec: Any) -> SequenceAutoencoder:
    settings = run.settings
    return SequenceAutoencoder(
        codec.shape[0],
        codec.vocab_size,
        len(run.classes),
        # Whole pairs of features for each head.
        dim=max(2 * _HEADS, settings.channels - settings.channels % (2 * _HEADS)),
        depth=settings.blocks,
        heads=_HEADS,
        dropout=settings.dropout,
        latent_dim=settings.latent_dim,
    )


class TextMode:
    """The mode of texts."""

    prior_advice = "train longer, or lower free_bits"

    def train(self, session: Session) -> None:
        """Maximise the evidence lower bound with free bits, hidden tokens and a warm-up of the KL term."""
        settings = session.settings
        codec = session.codec(Tokens())
        net = session.module("net", _build(session, codec), ema=0.99)
        muon, adamw = muon_and_adamw(net, net.matrices(), settings.lr, 0.1)
        schedule = warmup_linear(0.02)
        session.optimizer("muon", muon, lr_schedule=schedule)
        session.optimizer("adamw", adamw, lr_schedule=schedule)

        def measure(batch: Batch) -> dict[str, Any]:
            model, tokens = session.averaged("net"), codec.encode(batch.items)
            cost = model.cost(tokens, batch.label)
            loss = cost.reconstruction + cost.kl
            values = {
                "loss": loss,
                "reconstruction": cost.reconstruction,
                "kl": cost.kl,
                "bits_per_byte": loss / (codec.bytes_of(tokens).mean().clamp(min=1.0) * math.log(2.0)),
            }
            if bool((tokens != tokens[:1]).any()):
                # Of the first stretch, which every text has.
                values["active_units"] = active_units(model.infer(tokens)[:, 0, 0])
            return values

        session.validation(measure)
        for batch in session.batches():
            tokens = codec.encode(batch.items)
            label = hide_labels(batch.label, settings.label_dropout)
            weight = min(1.0, session.progress / settings.kl_warmup) if settings.kl_warmup else 1.0
            with session.autocast():
                cost = net.cost(tokens, label, settings.free_bits, weight, settings.word_dropout)
            session.step(muon, adamw, cost.loss)
            session.log(loss=cost.reconstruction + cost.kl, reconstruction=cost.reconstruction, kl=cost.kl)

    def sample(self, trained: Trained) -> Sampler:
        """Draw the latents from the prior, and write token by token."""
        codec = trained.codec(Tokens())
        net = trained.module("net", _build(trained, codec))
        return sequence_sampler(net, codec, math.prod(net.latent_shape), trained.label_inputs())

    def encode(self, trained: Trained) -> Transform:
        """Texts to the mean of their latents."""
        codec = trained.codec(Tokens())
        module = SequenceEncode(trained.module("net", _build(trained, codec)), codec)
        return Transform([items_input(trained.spec)], module, output="latent", opset=23)

    def decode(self, trained: Trained) -> Transform:
        """Latents to texts, of the likeliest token at each place."""
        codec = trained.codec(Tokens())
        net = trained.module("net", _build(trained, codec))
        return sequence_decoder(net, codec, math.prod(net.latent_shape), trained.label_inputs())

    def log_prob(self, trained: Trained) -> Transform:
        """Texts to the importance weights of their likelihood."""
        codec = trained.codec(Tokens())
        net = trained.module("net", _build(trained, codec))
        inputs = [items_input(trained.spec), noise_input((math.prod(net.latent_shape),)), *trained.label_inputs()]
        likelihood = Likelihood(kind="bound", protocol=codec.likelihood_protocol, dims=codec.dims)
        return Transform(inputs, SequenceLogWeight(net, codec), output="log_prob", opset=23, likelihood=likelihood)
