"""The training loop of masked diffusion over texts."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from studio.api import Batch, Session, Tokens
from studio.nn import by_length, hide_labels, matrices_of, muon_and_adamw, until_end, warmup_linear
from studio_diffusion.masked import MaskedText, build_masked

__all__ = ["train_masked"]

# Texts of like length are worked on together, in so many groups of a batch.
_GROUPS = 4


def _terms(model: MaskedText, tokens: Tensor, label: Tensor) -> Tensor:
    """A term of the bound of each text (N,), in groups of like length where a processor gains by it."""
    groups = _GROUPS if tokens.device.type == "cpu" else 1
    found, places = [], []
    for rows, some in by_length(tokens, model.end, groups):
        # Spread evenly over the texts of a group, so that their mean varies less.
        share = (torch.rand(1, device=tokens.device) + torch.arange(len(rows), device=tokens.device) / len(rows)) % 1.0
        order = torch.rand(some.shape, device=tokens.device)
        found.append(model.terms(some, label[rows], share[torch.randperm(len(rows), device=tokens.device)], order))
        places.append(rows)
    return torch.cat(found)[torch.cat(places).argsort()]


def train_masked(session: Session) -> None:
    """Raise the bound on the log probability of texts."""
    settings = session.settings
    codec = session.codec(Tokens())
    model = session.module("net", build_masked(session, codec), ema=0.99)
    muon, adamw = muon_and_adamw(model, matrices_of(model.net.body.blocks), settings.lr, 0.1)
    schedule = warmup_linear(0.02)
    session.optimizer("muon", muon, lr_schedule=schedule)
    session.optimizer("adamw", adamw, lr_schedule=schedule)

    def measure(batch: Batch) -> dict[str, Any]:
        tokens = codec.encode(batch.items)
        loss = -_terms(session.averaged("net"), tokens, batch.label).mean()
        bits = loss / (codec.bytes_of(tokens).mean().clamp(min=1.0) * math.log(2.0))
        return {"loss": loss, "bits_per_byte": bits}

    session.validation(measure)
    for batch in session.batches():
        tokens = codec.encode(batch.items)
        model.count_lengths(tokens, batch.label)
        label = hide_labels(batch.label, settings.label_dropout)
        with session.autocast():
            terms = _terms(model, tokens, label)
        # Nats of a text grow with its length; the gradient is clipped at a fixed norm, so it is taken of a token's.
        session.step(muon, adamw, -terms.sum() / until_end(tokens, codec.end).sum())
        session.log(loss=-terms.mean())
