"""The flow family's training loop: the likelihood itself."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from studio.api import Batch, Session
from studio.nn import hide_labels, matrices_of, muon_and_adamw, warmup_linear
from studio_flow.coupling_flow import CouplingFlow
from studio_flow.model import VIEW, build, log_prob, to_unit
from studio_flow.sampler import run_stages
from studio_flow.transformer_flow import TransformerFlow

__all__ = ["inverse_error", "train"]

_INVERTED = 4


@torch.no_grad()
def inverse_error(net: Any, unit: Tensor, label: Tensor) -> Tensor:
    """Largest distance between items in [0, 1] and what comes back of them through the flow and its inverse."""
    u, _ = net(unit, label)
    back = net.inverse(u, label) if isinstance(net, CouplingFlow) else run_stages(net, u, label)
    return (back - unit).abs().max()


def train(session: Session) -> None:
    """Minimise -log p."""
    settings = session.settings
    codec = session.codec(VIEW)
    net = session.module("net", build(session), ema=0.995)
    optimizers = _optimizers(session, net)
    # Bits a value of levels; nats an item of real numbers, whose density has the unit of its columns.
    unit = codec.dims * math.log(2.0) if codec.levels else 1.0

    def measure(batch: Batch) -> dict[str, Any]:
        view = codec.encode(batch.items)
        model = session.averaged("net")
        loss = -log_prob(model, codec, batch.items, view, batch.label).mean() / unit
        result = {
            "loss": loss,
            "inverse_error": inverse_error(model, to_unit(view[:_INVERTED]), batch.label[:_INVERTED]),
        }
        if session.classes:
            free = torch.full_like(batch.label, -1)
            result["loss_without_class"] = -log_prob(model, codec, batch.items, view, free).mean() / unit
        return result

    session.validation(measure)
    for batch in session.batches():
        view = codec.encode(batch.items)
        label = hide_labels(batch.label, settings.label_dropout)
        with session.autocast():
            loss = -log_prob(net, codec, batch.items, view, label).mean() / unit
        session.step(*optimizers, loss)
        session.log(loss=loss)


def _optimizers(session: Session, net: TransformerFlow | CouplingFlow) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of transformers and AdamW for the rest; AdamW alone for convolutions."""
    lr, schedule = session.settings.lr, warmup_linear(0.03)
    if isinstance(net, CouplingFlow):
        adamw = torch.optim.AdamW(net.parameters(), lr=lr, betas=(0.9, 0.99), weight_decay=0.0)
        return [session.optimizer("adamw", adamw, lr_schedule=schedule)]
    muon, adamw = muon_and_adamw(net, [w for block in net.flow_blocks() for w in matrices_of(block.blocks)], lr)
    return [
        session.optimizer("adamw", adamw, lr_schedule=schedule),
        session.optimizer("muon", muon, lr_schedule=schedule),
    ]
