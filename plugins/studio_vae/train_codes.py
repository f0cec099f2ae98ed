"""The sampler mode's training: the autoencoder, then the prior over its codes, as two phases of one run."""

from __future__ import annotations

from typing import Any

import torch

from studio.api import Batch, Session
from studio.nn import matrices_of, warmup_cosine, warmup_linear
from studio_vae.codes import bound, build_codec, build_prior
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
    session.optimizer("codec", adamw, lr_schedule=lambda p: first(min(1.0, p / _CODEC_SHARE)))
    matrices = matrices_of(prior.blocks)
    taken = {id(matrix) for matrix in matrices}
    rest = [parameter for parameter in prior.parameters() if id(parameter) not in taken]
    muon = torch.optim.Muon(matrices, lr=settings.lr, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    rest_adamw = torch.optim.AdamW(rest, lr=settings.lr, betas=(0.9, 0.99), weight_decay=0.0)
    for name, optimizer in (("prior", muon), ("prior_rest", rest_adamw)):
        session.optimizer(
            name, optimizer, lr_schedule=lambda p: second(max(0.0, p - _CODEC_SHARE) / (1.0 - _CODEC_SHARE))
        )

    def hide(label: torch.Tensor) -> torch.Tensor:
        return torch.where(torch.rand(label.shape, device=label.device) < settings.label_dropout, -1, label)

    def measure(batch: Batch) -> dict[str, Any]:
        # The whole bound in both phases: in the first the prior is still uniform over the codes.
        x = codec.encode(batch.items)
        model, learned = session.averaged("codec"), session.averaged("prior")
        codes, numbers = model.encode(x, batch.label)
        cost = -model.likelihood.log_prob(model.decode(codes, batch.label), x).mean()
        total = -bound(model, learned, x, batch.label).mean()
        return {"loss": total, "reconstruction": cost, "code": total - cost, "codes_used": _share_used(numbers)}

    session.validation(measure)
    for batch in session.batches(phase="codec", share=_CODEC_SHARE):
        x, label = codec.encode(batch.items), hide(batch.label)
        with session.autocast():
            codes, _ = net.encode(x, label)
            loss = -net.likelihood.log_prob(net.decode(codes, label), x).mean()
        session.step(adamw, loss)
        session.log(loss=loss)
    trained = session.averaged("codec")
    for batch in session.batches(phase="prior", share=1.0 - _CODEC_SHARE):
        label = hide(batch.label)
        with torch.no_grad():
            _, numbers = trained.encode(codec.encode(batch.items), label)
        with session.autocast():
            loss = -prior.log_prob(numbers, label).mean()
        session.step(muon, rest_adamw, loss / numbers.shape[1])
        session.log(code_loss=loss)


def _share_used(numbers: torch.Tensor) -> torch.Tensor:
    """Number of different codes in a batch as a share of those there could be."""
    return torch.tensor(len(torch.unique(numbers)) / min(1000, numbers.numel()))
