"""The diffusion family's training loop: denoise items at random noise levels, then choose the average to keep."""

from __future__ import annotations

from typing import Any

import torch

from studio.api import Batch, Continuous, Session
from studio.nn import warmup_cosine
from studio_diffusion.averages import SHARES, Choice, Follower
from studio_diffusion.model import EDM, RectifiedFlow, build

__all__ = ["train"]


def train(session: Session) -> None:
    """Minimise the formulation's loss."""
    settings = session.settings
    codec = session.codec(Continuous())
    sigma_data = float(codec.encode(session.sample_of_items(1024)).std().clamp(min=0.05))
    chosen = settings.average == "chosen"
    net = session.module("net", build(session, sigma_data), ema=None if chosen else 0.9995)
    followers = [Follower(net, share) for share in SHARES] if chosen else []
    for number, follower in enumerate(followers):
        session.module(f"average{number}", follower.module)
    choice = session.module("choice", Choice())
    optimizer = torch.optim.AdamW(net.parameters(), lr=settings.lr, betas=(0.9, 0.99), weight_decay=0.01)
    session.optimizer("net", optimizer, lr_schedule=warmup_cosine(0.03))

    def kept() -> EDM | RectifiedFlow:
        return session.averaged(f"average{int(choice.index)}" if chosen else "net")

    def measure(batch: Batch) -> dict[str, Any]:
        return {"loss": kept().loss(codec.encode(batch.items), batch.label)}

    session.validation(measure)
    done = session.state("steps", {"count": 0})
    for batch in session.batches():
        x = codec.encode(batch.items)
        hidden = torch.rand(batch.label.shape, device=x.device) < settings.label_dropout
        with session.autocast():
            loss = net.loss(x, torch.where(hidden, -1, batch.label))
        session.step(optimizer, loss)
        done["count"] += 1
        for follower in followers:
            follower.update(done["count"])
        session.log(loss=loss)
    if chosen:
        losses = [_held_out_loss(session, number, codec) for number in range(len(SHARES))]
        choice.index.fill_(min(range(len(SHARES)), key=losses.__getitem__))
        session.log(average=SHARES[int(choice.index)])


def _held_out_loss(session: Session, number: int, codec: Any) -> float:
    """Loss of one average on held-out items, on the same noise for each."""
    net = session.averaged(f"average{number}")
    return session.held_out_mean(lambda batch: net.loss(codec.encode(batch.items), batch.label))
