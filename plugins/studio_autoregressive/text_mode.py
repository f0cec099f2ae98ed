"""Texts: token by token, from the first to the end.

The factors are those of images in raster order; the end of a text is a symbol like any other, and what lies behind it
is none, in the likelihood and in samples alike.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.api import (
    Batch,
    Described,
    Likelihood,
    Session,
    SettingsError,
    Tokens,
    Trained,
    given_input,
    items_input,
    scalar_input,
)
from studio.nn import (
    CausalTransformer,
    Sampler,
    Stage,
    TokenFinish,
    TokenInit,
    TokenLogits,
    TokenStep,
    Transform,
    by_length,
    hide_labels,
    matrices_of,
    muon_and_adamw,
    token_inputs,
    token_state,
    until_end,
    warmup_linear,
)

__all__ = ["TextLogProb", "TextMode"]

_GIVEN = (
    "Known tokens of the text; -1 = free. It writes from the beginning to the end, so what is known further on has no "
    "say in what is written before it."
)
# Texts of like length are worked on together, in so many groups of a batch: short ones then wait for no long one.
_GROUPS = 4


def _build(run: Described, codec: Any) -> CausalTransformer:
    settings = run.settings
    if settings.patch or settings.levels:
        raise SettingsError("levels and patch are for images; leave them empty for texts.")
    return CausalTransformer(
        length=codec.shape[0],
        vocab_size=codec.vocab_size,
        num_classes=len(run.classes),
        dim=settings.dim,
        depth=settings.depth,
        heads=settings.heads,
        dropout=settings.dropout,
    )


def _log_prob(net: CausalTransformer, tokens: Tensor, label: Tensor, end: int) -> Tensor:
    """Log p of each text in nats, its end counted, float32 (N,), for symbols (N, l) and labels (N,)."""
    logits = net(tokens, label).float()
    chosen = F.log_softmax(logits, dim=-1).gather(2, tokens.unsqueeze(2)).squeeze(2)
    return torch.where(until_end(tokens, end), chosen, 0.0).sum(1)


def _of_batch(net: CausalTransformer, tokens: Tensor, label: Tensor, end: int) -> Tensor:
    """As ``_log_prob``, in groups of like length where a processor gains by it."""
    groups = _GROUPS if tokens.device.type == "cpu" else 1
    found = [(rows, _log_prob(net, some, label[rows], end)) for rows, some in by_length(tokens, end, groups)]
    order = torch.cat([rows for rows, _ in found]).argsort()
    return torch.cat([values for _, values in found])[order]


class TextLogProb(nn.Module):
    """Texts as stored to their log probability.

    Args:
        net: The transformer.
        codec: Turns items into symbols.
    """

    def __init__(self, net: CausalTransformer, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec

    def forward(self, items: Tensor, *label: Tensor) -> Tensor:
        """Texts int16 (N, L), labels where there are classes, to nats (N,)."""
        tokens = self.codec.encode(items)
        return _log_prob(self.net, tokens, label[0] if label else tokens[:, 0], self.codec.end)


class TextMode:
    """The mode of texts."""

    def train(self, session: Session) -> None:
        """Minimise -log p of a token."""
        settings = session.settings
        codec = session.codec(Tokens())
        net = session.module("net", _build(session, codec), ema=0.99)
        muon, adamw = muon_and_adamw(net, matrices_of(net.blocks), settings.lr, settings.weight_decay)
        schedule = warmup_linear(0.02)
        session.optimizer("muon", muon, lr_schedule=schedule)
        session.optimizer("adamw", adamw, lr_schedule=schedule)

        def measure(batch: Batch) -> dict[str, Any]:
            tokens, model = codec.encode(batch.items), session.averaged("net")
            loss = -_of_batch(model, tokens, batch.label, codec.end).mean()
            return {"loss": loss, "bits_per_byte": _bits_per_byte(loss, codec.bytes_of(tokens).mean())}

        session.validation(measure)
        for batch in session.batches():
            tokens = codec.encode(batch.items)
            label = hide_labels(batch.label, settings.label_dropout)
            with session.autocast():
                log_prob = _of_batch(net, tokens, label, codec.end)
            # Nats of a text grow with its length; the gradient is clipped at a fixed norm, so it is taken of a token's.
            session.step(muon, adamw, -log_prob.sum() / until_end(tokens, codec.end).sum())
            session.log(loss=-log_prob.mean())

    def sample(self, trained: Trained) -> Sampler:
        """Write token by token, with a cache of keys and values."""
        codec = trained.codec(Tokens())
        net = trained.module("net", _build(trained, codec))
        length = codec.shape[0]
        inputs = [*token_inputs(length, net.vocab_size), given_input(trained.spec, _GIVEN)]
        inputs += trained.label_inputs()
        inputs.append(
            scalar_input("length", length, 1, length, "Most tokens of a sample, its end counted.", whole=True)
        )
        return Sampler(
            inputs,
            TokenInit(net, codec, end=codec.end),
            TokenFinish(),
            codec,
            [Stage(TokenStep(net, codec.patterns, end=codec.end), trip="length")],
            num_state=token_state(net),
            opset=23,
            certified=TokenLogits(),
        )

    def log_prob(self, trained: Trained) -> Transform:
        """Texts to their exact log probability."""
        codec = trained.codec(Tokens())
        net = trained.module("net", _build(trained, codec))
        return Transform(
            [items_input(trained.spec), *trained.label_inputs()],
            TextLogProb(net, codec),
            output="log_prob",
            opset=23,
            likelihood=Likelihood(kind="exact", protocol=codec.likelihood_protocol, dims=codec.dims),
        )


def _bits_per_byte(nats: Tensor, size: Tensor) -> Tensor:
    """Nats of a text to bits for each of its bytes."""
    return nats / (size.clamp(min=1.0) * torch.log(torch.tensor(2.0)))
