"""The diffusion family's training loop: denoise items at random noise levels."""

from __future__ import annotations

from typing import Any

import torch

from studio.api import Batch, Continuous, Session
from studio.nn import warmup_cosine
from studio_diffusion.model import build

__all__ = ["train"]


def train(session: Session) -> None:
    """Minimise the formulation's loss."""
    settings = session.settings
    codec = session.codec(Continuous())
    sigma_data = float(codec.encode(session.sample_of_items(1024)).std().clamp(min=0.05))
    net = session.module("net", build(session, sigma_data), ema=0.9995)
    optimizer = torch.optim.AdamW(net.parameters(), lr=settings.lr, betas=(0.9, 0.99), weight_decay=0.01)
    session.optimizer("net", optimizer, lr_schedule=warmup_cosine(0.03))

    def measure(batch: Batch) -> dict[str, Any]:
        return {"loss": session.averaged("net").loss(codec.encode(batch.items), batch.label)}

    session.validation(measure)
    for batch in session.batches():
        x = codec.encode(batch.items)
        hidden = torch.rand(batch.label.shape, device=x.device) < settings.label_dropout
        with session.autocast():
            loss = net.loss(x, torch.where(hidden, -1, batch.label))
        session.step(optimizer, loss)
        session.log(loss=loss)
