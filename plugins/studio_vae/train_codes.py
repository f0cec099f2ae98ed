"""The sampler mode's training: the autoencoder, then the prior over its codes, as two phases of one run."""

from __future__ import annotations

import math
from typing import Any

import torch

from studio.api import Batch, Continuous, Session
from studio.nn import (
    CausalTransformer,
    hide_labels,
    matrices_of,
    muon_and_adamw,
    sample_distance,
    warmup_cosine,
    warmup_linear,
)
from studio_vae.codes import LEVELS, CodecVAE, bound, build_codec, build_prior
from studio_vae.model import view_of

__all__ = ["train_codes"]

_CODEC_SHARE = 0.5


def train_codes(session: Session) -> None:
    """Minimise the reconstruction's cost, then the codes'."""
    settings = session.settings
    codec = session.codec(view_of(session))
    net = session.module("codec", build_codec(session), ema=0.998)
    prior = session.module("prior", build_prior(session, net), ema=0.995)
    adamw = torch.optim.AdamW(net.parameters(), lr=settings.lr, betas=(0.9, 0.99), weight_decay=0.01)
    first, second = warmup_cosine(0.02), warmup_linear(0.02)
    plain_codec, measured = session.codec(Continuous()), {"at": 0.0}
    session.optimizer("codec", adamw, lr_schedule=lambda p: first(min(1.0, p / _CODEC_SHARE)))
    muon, rest_adamw = muon_and_adamw(prior, matrices_of(prior.blocks), settings.lr)
    for name, optimizer in (("prior", muon), ("prior_rest", rest_adamw)):
        session.optimizer(
            name, optimizer, lr_schedule=lambda p: second(max(0.0, p - _CODEC_SHARE) / (1.0 - _CODEC_SHARE))
        )

    def measure(batch: Batch) -> dict[str, Any]:
        # The whole bound in both phases: in the first the prior is still uniform over the codes.
        x = codec.encode(batch.items)
        model, learned = session.averaged("codec"), session.averaged("prior")
        codes, numbers = model.encode(x, batch.label)
        cost = -model.likelihood.log_prob(model.decode(codes, batch.label), x).mean()
        total = -bound(model, learned, x, batch.label).mean()
        values = {"loss": total, "reconstruction": cost, "code": total - cost, "codes_used": _share_used(numbers)}
        plain = plain_codec.encode(batch.items)
        if not bool((plain != plain[:1]).any()):
            # Where items do not differ there is no spread to measure by.
            return values
        values["reconstruction_distance"] = sample_distance(plain, _mean(model, numbers, batch.label))
        if session.progress > _CODEC_SHARE and measured["at"] != session.progress:
            # Samples are drawn for the first batch of each validation: they take a pass for every symbol.
            measured["at"] = session.progress
            values["sample_distance"] = sample_distance(plain, _mean(model, _draw(learned, batch.label), batch.label))
        return values

    session.validation(measure)
    for batch in session.batches(phase="codec", share=_CODEC_SHARE):
        x, label = codec.encode(batch.items), hide_labels(batch.label, settings.label_dropout)
        with session.autocast():
            codes, _ = net.encode(x, label)
            loss = -net.likelihood.log_prob(net.decode(codes, label), x).mean()
        # Nats of an item grow with its size; the gradient is clipped at a fixed norm, so it is taken of a value's.
        session.step(adamw, loss / x[0].numel())
        session.log(loss=loss)
    trained = session.averaged("codec")
    for batch in session.batches(phase="prior", share=1.0 - _CODEC_SHARE):
        label = hide_labels(batch.label, settings.label_dropout)
        with torch.no_grad():
            _, numbers = trained.encode(codec.encode(batch.items), label)
        with session.autocast():
            loss = -prior.log_prob(numbers, label).mean()
        session.step(muon, rest_adamw, loss / numbers.shape[1])
        session.log(code_loss=loss)


def _share_used(numbers: torch.Tensor) -> torch.Tensor:
    """Number of different codes in a batch as a share of those there could be."""
    return torch.tensor(len(torch.unique(numbers)) / min(math.prod(LEVELS), numbers.numel()))


def _mean(net: CodecVAE, numbers: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    """Numbers of codes (B, P) to the mean of the likelihood, (B, C, ...) in [-1, 1]."""
    codes = net.quantiser.codes_of(numbers).reshape(-1, *net.code_shape)
    return net.likelihood.mean(net.decode(codes, label))


def _draw(prior: CausalTransformer, label: torch.Tensor) -> torch.Tensor:
    """Numbers of codes (B, P) from the prior, for labels (B,)."""
    numbers = label.new_zeros(len(label), prior.place.num_embeddings)
    for place in range(numbers.shape[1]):
        probability = torch.softmax(prior(numbers[:, : place + 1], label)[:, place].float(), dim=1)
        numbers[:, place] = torch.multinomial(probability, 1)[:, 0]
    return numbers
