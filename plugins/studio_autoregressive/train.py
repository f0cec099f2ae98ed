"""The autoregressive family's training loop: the likelihood itself, with Muon for the matrices of the blocks."""

from __future__ import annotations

import math
from typing import Any

import torch

from studio.api import Batch, Session
from studio.nn import hide_labels, matrices_of, muon_and_adamw, warmup_linear
from studio_autoregressive.model import build, palette_of, token_view
from studio_autoregressive.palette import Palette

__all__ = ["train"]

_FITTED_TO = 4096


def train(session: Session) -> None:
    """Minimise -log p."""
    settings = session.settings
    palette = session.module("palette", Palette())
    if not palette.levels():
        palette.fill(palette_of(session, session.sample_of_items(_FITTED_TO)))
    view = token_view(session, palette)
    codec = session.codec(view)
    net = session.module("net", build(session, view), ema=0.995)
    muon, adamw = muon_and_adamw(net, matrices_of(net.blocks), settings.lr, settings.weight_decay)
    schedule = warmup_linear(0.02)
    session.optimizer("muon", muon, lr_schedule=schedule)
    session.optimizer("adamw", adamw, lr_schedule=schedule)
    bits = codec.dims * math.log(2.0)

    def measure(batch: Batch) -> dict[str, Any]:
        tokens = codec.encode(batch.items)
        model = session.averaged("net")
        loss = -model.log_prob(tokens, batch.label).mean()
        result = {"loss": loss, "bits_per_dim": loss / bits}
        if session.classes:
            result["loss_without_class"] = -model.log_prob(tokens, torch.full_like(batch.label, -1)).mean()
        return result

    session.validation(measure)
    for batch in session.batches():
        tokens = codec.encode(batch.items)
        label = hide_labels(batch.label, settings.label_dropout)
        with session.autocast():
            loss = -net.log_prob(tokens, label).mean()
        # Nats of an item grow with its size; the gradient is clipped at a fixed norm, so it is taken of a symbol's.
        session.step(muon, adamw, loss / tokens.shape[1])
        session.log(loss=loss)
