"""The VAE's training loop: the evidence lower bound with free bits and a warm-up of the KL term."""

from __future__ import annotations

from typing import Any

import torch

from studio.api import Batch, Continuous, Session
from studio.nn import warmup_cosine
from studio_vae.model import active_units, build, elbo_terms

__all__ = ["train"]


def train(session: Session) -> None:
    """Maximise the evidence lower bound."""
    settings = session.settings
    codec = session.codec(Continuous())
    net = session.module("net", build(session), ema=0.998)
    optimizer = torch.optim.AdamW(net.parameters(), lr=settings.lr, betas=(0.9, 0.99), weight_decay=0.01)
    session.optimizer("net", optimizer, lr_schedule=warmup_cosine(0.02))

    def measure(batch: Batch) -> dict[str, Any]:
        x = codec.encode(batch.items)
        reconstruction, kl, mean = elbo_terms(session.averaged("net"), x, batch.label)
        return {
            "loss": (reconstruction + kl.sum(1)).mean(),
            "reconstruction": reconstruction.mean(),
            "kl": kl.sum(1).mean(),
            "active_units": active_units(mean),
        }

    session.validation(measure)
    for batch in session.batches():
        x = codec.encode(batch.items)
        hidden = torch.rand(batch.label.shape, device=x.device) < settings.label_dropout
        label = torch.where(hidden, -1, batch.label)
        with session.autocast():
            reconstruction, kl, _ = elbo_terms(net, x, label)
        weight = min(1.0, session.progress / settings.kl_warmup) if settings.kl_warmup else 1.0
        # Free bits (Kingma et al. 2016, arXiv:1606.04934, appendix C.8): below them the mean KL has no gradient.
        cost = kl.mean(0).clamp(min=settings.free_bits).sum()
        loss = reconstruction.mean() + weight * cost
        session.step(optimizer, loss)
        session.log(loss=loss, reconstruction=reconstruction.mean(), kl=kl.sum(1).mean())
