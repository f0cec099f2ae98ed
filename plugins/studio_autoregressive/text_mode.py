"""Texts: token by token, from the first to the end, and given the whole of their source where they have one.

The factors are those of images in raster order; the end of a text is a symbol like any other, and what lies behind it
is none, in the likelihood and in samples alike.
"""

from __future__ import annotations

import math
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
    source_input,
)
from studio.nn import (
    CausalTransformer,
    HearingTokenStep,
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
from studio_autoregressive.translator import Translator

__all__ = ["TextInit", "TextLogProb", "TextMode"]

_GIVEN = (
    "Known tokens of the text; -1 = free. It writes from the beginning to the end, so what is known further on has no "
    "say in what is written before it."
)
# Texts of like length are worked on together, in so many groups of a batch: short ones then wait for no long one.
_GROUPS = 4
Net = CausalTransformer | Translator


def _build(run: Described, codec: Any) -> Net:
    settings = run.settings
    if settings.patch or settings.levels:
        raise SettingsError("levels and patch are for images; leave them empty for texts.")
    make = Translator if run.spec.source_shape else CausalTransformer
    return make(
        length=codec.shape[0],
        vocab_size=codec.vocab_size,
        num_classes=len(run.classes),
        dim=settings.dim,
        depth=settings.depth,
        heads=settings.heads,
        dropout=settings.dropout,
    )


def _log_prob(net: Net, tokens: Tensor, label: Tensor, source: Tensor | None, end: int) -> Tensor:
    """Log p of each text in nats, its end counted, float32 (N,), for symbols (N, l), labels (N,), sources (N, s)."""
    logits = net(tokens, label) if source is None else net(tokens, source, label)
    chosen = F.log_softmax(logits.float(), dim=-1).gather(2, tokens.unsqueeze(2)).squeeze(2)
    return torch.where(until_end(tokens, end), chosen, 0.0).sum(1)


def _of_batch(net: Net, tokens: Tensor, label: Tensor, source: Tensor | None, end: int) -> Tensor:
    """As ``_log_prob``, in groups of like length where a processor gains by it."""
    groups = _GROUPS if tokens.device.type == "cpu" else 1
    found = []
    for rows, some in by_length(tokens, end, groups):
        heard = None
        if source is not None:
            heard = source[rows]
            heard = heard[:, : int(until_end(heard, end).sum(1).max())]
        found.append((rows, _log_prob(net, some, label[rows], heard, end)))
    order = torch.cat([rows for rows, _ in found]).argsort()
    return torch.cat([values for _, values in found])[order]


class TextLogProb(nn.Module):
    """Texts as stored to their log probability.

    Args:
        net: The transformer.
        codec: Turns items into symbols.
    """

    def __init__(self, net: Net, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec

    def forward(self, items: Tensor, *others: Tensor) -> Tensor:
        """Texts int16 (N, L), sources (N, S) where there are such, labels where there are classes, to nats (N,)."""
        tokens, rest = self.codec.encode(items), list(others)
        source = self.codec.encode(rest.pop(0)) if isinstance(self.net, Translator) else None
        return _log_prob(self.net, tokens, rest[0] if rest else tokens[:, 0], source, self.codec.end)


class TextInit(nn.Module):
    """The inputs to the state before the first token and the constants of the loop, the encoded source first.

    Args:
        net: The transformer.
        codec: Turns items into symbols.
    """

    def __init__(self, net: Translator, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec
        self.begin = TokenInit(net.decoder, codec, end=codec.end)

    def forward(
        self,
        noise: Tensor,
        temperature: Tensor,
        top_k: Tensor,
        top_p: Tensor,
        given: Tensor,
        source: Tensor,
        *label: Tensor,
    ) -> tuple[Tensor, ...]:
        """As ``TokenInit``, with sources (N, S) behind what is known; see ``TokenStep`` for what it gives."""
        memory, mask = self.net.encode(self.codec.encode(source))
        # Copies: the capture of a step would look at what a view is a part of.
        heard = [tensor.clone() for cache in self.net.decoder.remember(memory) for tensor in cache]
        values = self.begin(noise, temperature, top_k, top_p, given, *label)
        count = token_state(self.net.decoder)
        return *values[:count], *heard, mask, *values[count:]


class TextMode:
    """The mode of texts."""

    def train(self, session: Session) -> None:
        """Minimise -log p of a token."""
        settings = session.settings
        codec = session.codec(Tokens())
        net = session.module("net", _build(session, codec), ema=0.99)
        muon, adamw = muon_and_adamw(net, _matrices_of(net), settings.lr, settings.weight_decay)
        schedule = warmup_linear(0.02)
        session.optimizer("muon", muon, lr_schedule=schedule)
        session.optimizer("adamw", adamw, lr_schedule=schedule)

        def encoded(batch: Batch) -> tuple[Tensor, Tensor | None]:
            return codec.encode(batch.items), None if batch.source is None else codec.encode(batch.source)

        def measure(batch: Batch) -> dict[str, Any]:
            tokens, source = encoded(batch)
            loss = -_of_batch(session.averaged("net"), tokens, batch.label, source, codec.end).mean()
            return {
                "loss": loss,
                "bits_per_byte": loss / (codec.bytes_of(tokens).mean().clamp(min=1.0) * math.log(2.0)),
            }

        session.validation(measure)
        for batch in session.batches():
            tokens, source = encoded(batch)
            label = hide_labels(batch.label, settings.label_dropout)
            with session.autocast():
                log_prob = _of_batch(net, tokens, label, source, codec.end)
            # Nats of a text grow with its length; the gradient is clipped at a fixed norm, so it is taken of a token's.
            session.step(muon, adamw, -log_prob.sum() / until_end(tokens, codec.end).sum())
            session.log(loss=-log_prob.mean())

    def sample(self, trained: Trained) -> Sampler:
        """Write token by token, with a cache of keys and values; the source is encoded once."""
        codec = trained.codec(Tokens())
        net = trained.module("net", _build(trained, codec))
        length = codec.shape[0]
        inputs = [*token_inputs(length, codec.vocab_size), given_input(trained.spec, _GIVEN)]
        inputs += _source_inputs(trained) + trained.label_inputs()
        inputs.append(
            scalar_input("length", length, 1, length, "Most tokens of a sample, its end counted.", whole=True)
        )
        init: nn.Module
        if isinstance(net, Translator):
            decoder, init = net.decoder, TextInit(net, codec)
        else:
            decoder, init = net, TokenInit(net, codec, end=codec.end)
        make = HearingTokenStep if isinstance(net, Translator) else TokenStep
        return Sampler(
            inputs,
            init,
            TokenFinish(),
            codec,
            [Stage(make(decoder, codec.patterns, codec.end), trip="length")],
            num_state=token_state(decoder),
            opset=23,
            certified=TokenLogits(),
        )

    def log_prob(self, trained: Trained) -> Transform:
        """Texts to their exact log probability, given their sources where they have such."""
        codec = trained.codec(Tokens())
        net = trained.module("net", _build(trained, codec))
        return Transform(
            [items_input(trained.spec), *_source_inputs(trained), *trained.label_inputs()],
            TextLogProb(net, codec),
            output="log_prob",
            opset=23,
            likelihood=Likelihood(kind="exact", protocol=codec.likelihood_protocol, dims=codec.dims),
        )


def _matrices_of(net: Net) -> list[nn.Parameter]:
    if isinstance(net, Translator):
        return matrices_of(net.encoder) + matrices_of(net.decoder.blocks)
    return matrices_of(net.blocks)


def _source_inputs(trained: Trained) -> list[Any]:
    return [source_input(trained.spec)] if trained.spec.source_shape else []
