"""The diffusion family's training loop: denoise items at random noise levels, then choose the average to keep."""

from __future__ import annotations

from typing import Any

import torch

from studio.api import Batch, Session
from studio.nn import hide_labels, warmup_cosine
from studio_diffusion.averages import SHARES, Choice, Follower
from studio_diffusion.likelihood import LevelDecoder
from studio_diffusion.mixed import build_mixed, is_mixed
from studio_diffusion.model import EDM, LOWEST_RATIO, RectifiedFlow, build, moments_of, view_of

__all__ = ["train"]

# Values of each held-out batch to which the likelihood's last step is fitted.
_FITTED_TO = 4096


def train(session: Session) -> None:
    """Minimise the formulation's loss."""
    settings = session.settings
    codec = session.codec(view_of(session))
    moments = moments_of(codec.encode(session.sample_of_items(1024)))
    chosen = settings.average == "chosen"
    built = build_mixed(session, codec, moments) if is_mixed(codec) else build(session, moments)
    net = session.module("net", built, ema=None if chosen else 0.9995)
    followers = [Follower(net, share) for share in SHARES] if chosen else []
    for number, follower in enumerate(followers):
        session.module(f"average{number}", follower.module)
    choice = session.module("choice", Choice())
    # The last step of the likelihood, of items whose values have levels.
    decoder = session.module("decoder", LevelDecoder()) if codec.levels == 256 else None
    optimizer = torch.optim.AdamW(net.parameters(), lr=settings.lr, betas=(0.9, 0.99), weight_decay=0.01)
    session.optimizer("net", optimizer, lr_schedule=warmup_cosine(0.03))

    def kept() -> Any:
        return session.averaged(f"average{int(choice.index)}" if chosen else "net")

    def measure(batch: Batch) -> dict[str, Any]:
        return {"loss": kept().loss(net.centred(codec.encode(batch.items)), batch.label)}

    # After the last batch the averages are compared, and the likelihood's last step is fitted, which takes two.
    session.validation(measure, closing=2 + (len(SHARES) if chosen else 0))
    done = session.state("steps", {"count": 0})
    for batch in session.batches():
        x = net.centred(codec.encode(batch.items))
        label = hide_labels(batch.label, settings.label_dropout)
        with session.autocast():
            loss = net.loss(x, label)
        session.step(optimizer, loss)
        done["count"] += 1
        for follower in followers:
            follower.update(done["count"])
        session.log(loss=loss)
    if chosen:
        losses = [_held_out_loss(session, number, codec) for number in range(len(SHARES))]
        choice.index.fill_(min(range(len(SHARES)), key=losses.__getitem__))
        session.log(average=SHARES[int(choice.index)])
    if decoder is not None:
        _fit_decoder(session, decoder, kept(), codec)


def _held_out_loss(session: Session, number: int, codec: Any) -> float:
    """Loss of one average on held-out items, on the same noise for each."""
    net = session.averaged(f"average{number}")
    return session.held_out_mean(lambda batch: net.loss(net.centred(codec.encode(batch.items)), batch.label))


def _fit_decoder(session: Session, decoder: LevelDecoder, net: EDM | RectifiedFlow, codec: Any) -> None:
    """Fit the last step of the likelihood to some held-out values and what the denoiser makes of them."""
    denoised, levels = [], []

    def collect(batch: Batch) -> float:
        view = codec.encode(batch.items)
        x = net.centred(view)
        ratio = torch.full((len(x),), LOWEST_RATIO, device=x.device)
        places = torch.randint(view.numel(), (_FITTED_TO,), device=x.device)
        item = net.to_view(net.denoise(x, ratio, torch.randn_like(x), batch.label))
        denoised.append(item.flatten()[places])
        levels.append(view.flatten()[places])
        return 0.0

    # Called for what it collects: the nets are then in eval mode, and the random numbers leave no trace.
    session.held_out_mean(collect)
    decoder.fit(torch.cat(denoised), torch.cat(levels))
