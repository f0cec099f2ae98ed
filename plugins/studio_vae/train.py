"""The explorer's training loop: the evidence lower bound with free bits and a warm-up of the KL term."""

from __future__ import annotations

from typing import Any

import torch

from studio.api import Batch, Continuous, Session
from studio.nn import hide_labels, sample_distance, warmup_cosine
from studio_vae.maps import decode_mean
from studio_vae.model import active_units, build, elbo_terms, view_of

__all__ = ["train"]


def train(session: Session) -> None:
    """Maximise the evidence lower bound."""
    settings = session.settings
    codec, plain_codec = session.codec(view_of(session)), session.codec(Continuous())
    net = session.module("net", build(session), ema=0.998)
    optimizer = torch.optim.AdamW(net.parameters(), lr=settings.lr, betas=(0.9, 0.99), weight_decay=0.01)
    session.optimizer("net", optimizer, lr_schedule=warmup_cosine(0.02))

    def measure(batch: Batch) -> dict[str, Any]:
        model, plain = session.averaged("net"), plain_codec.encode(batch.items)
        terms = elbo_terms(model, codec.encode(batch.items), batch.label)
        latent = torch.randn(len(plain), model.total_dim, device=plain.device)
        rebuilt, _, _ = model.infer(plain, batch.label, mean=True)
        values = {
            "loss": terms.bound.mean(),
            "reconstruction": terms.reconstruction.mean(),
            "kl": (terms.bound - terms.reconstruction).mean(),
            **{f"kl_group_{number}": kl.sum(1).mean() for number, kl in enumerate(terms.kl)},
        }
        if bool((plain != plain[:1]).any()):
            # Where items do not differ, as a single one does not, a latent need not either, and there is no spread.
            values["active_units"] = active_units(terms.mean)
            # Samples much farther from the data than reconstructions: the prior draws latents that no item has.
            values["reconstruction_distance"] = sample_distance(plain, model.likelihood.mean(rebuilt))
            values["sample_distance"] = sample_distance(plain, decode_mean(model, latent, [batch.label]))
        return values

    session.validation(measure)
    for batch in session.batches():
        x = codec.encode(batch.items)
        label = hide_labels(batch.label, settings.label_dropout)
        with session.autocast():
            terms = elbo_terms(net, x, label)
        weight = min(1.0, session.progress / settings.kl_warmup) if settings.kl_warmup else 1.0
        # Free bits (Kingma et al. 2016, arXiv:1606.04934, appendix C.8): below them a latent's mean KL has no gradient.
        # A group on a grid shares one allowance, so that places where nothing happens may stay silent.
        first = terms.kl[0].mean(0).clamp(min=settings.free_bits).sum()
        rest = [kl.sum(1).mean().clamp(min=settings.free_bits) for kl in terms.kl[1:]]
        cost = first + sum(rest)
        loss = terms.reconstruction.mean() + weight * cost
        # Nats of an item grow with its size; the gradient is clipped at a fixed norm, so it is taken of a value's.
        session.step(optimizer, loss / x[0].numel())
        session.log(
            loss=loss,
            reconstruction=terms.reconstruction.mean(),
            kl=(terms.bound - terms.reconstruction).mean(),
        )
