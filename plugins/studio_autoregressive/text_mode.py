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
    AllEnded,
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
from studio_autoregressive.beam_search import beams_input
from studio_autoregressive.translation import translating
from studio_autoregressive.translator import Translator

__all__ = ["ByToken", "TextLogProb", "TextMode", "TokenLogProbs"]

_GIVEN = (
    "Known tokens of the text; -1 = free. It writes from the beginning to the end, so what is known further on has no "
    "say in what is written before it."
)
_SEARCHED = "0 searches for the likeliest translation; above 0 translations vary, the more the higher."
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


def _log_probs(net: Net, tokens: Tensor, label: Tensor, source: Tensor | None) -> Tensor:
    """Log p of every symbol at each place given what stands before it, float32 (N, l, V).

    Args:
        net: The transformer.
        tokens: Symbols (N, l).
        label: Labels (N,).
        source: Sources (N, s); None without.
    """
    logits = net(tokens, label) if source is None else net(tokens, source, label)
    return F.log_softmax(logits.float(), dim=-1)


def _chosen(log_probs: Tensor, tokens: Tensor, end: int) -> Tensor:
    """Log p (N, l) of the symbols (N, l) that stand there; 0 behind the end, which is no symbol."""
    chosen = log_probs.gather(2, tokens.unsqueeze(2)).squeeze(2)
    return torch.where(until_end(tokens, end), chosen, 0.0)


def _of_batch(
    net: Net, tokens: Tensor, label: Tensor, source: Tensor | None, end: int, smoothing: float = 0.0
) -> tuple[Tensor, Tensor]:
    """Log p of each text in nats, its end counted, and the same smoothed, float32 (N,).

    Worked out in groups of like length where a processor gains by it.

    Args:
        net: The transformer.
        tokens: Symbols (N, L).
        label: Labels (N,).
        source: Sources (N, S); None without.
        end: The symbol that a text ends with.
        smoothing: Share of each symbol's own log p that is given to the mean of all symbols' in the second (Szegedy et
            al. 2016, arXiv:1512.00567, section 7).
    """
    groups = _GROUPS if tokens.device.type == "cpu" else 1
    found = []
    for rows, some in by_length(tokens, end, groups):
        heard = None
        if source is not None:
            heard = source[rows]
            heard = heard[:, : int(until_end(heard, end).sum(1).max())]
        log_probs = _log_probs(net, some, label[rows], heard)
        chosen = _chosen(log_probs, some, end)
        smoothed = chosen
        if smoothing:
            smoothed = chosen.lerp(torch.where(until_end(some, end), log_probs.mean(2), 0.0), smoothing)
        found.append((rows, chosen.sum(1), smoothed.sum(1)))
    rows, exact, blurred = (torch.cat(values) for values in zip(*found, strict=True))
    order = rows.argsort()
    return exact[order], blurred[order]


class TokenLogProbs(nn.Module):
    """Texts as stored to the log probability of every symbol at each place.

    Args:
        net: The transformer.
        codec: Turns items into symbols.
    """

    def __init__(self, net: Net, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec

    def forward(self, items: Tensor, *others: Tensor) -> tuple[Tensor, Tensor]:
        """Texts int16 (N, L), sources (N, S) where there are such, labels where there are classes.

        Returns:
            Log probabilities given what stands before, (N, L, V), and symbols (N, L).
        """
        tokens, rest = self.codec.encode(items), list(others)
        source = self.codec.encode(rest.pop(0)) if isinstance(self.net, Translator) else None
        return _log_probs(self.net, tokens, rest[0] if rest else tokens[:, 0], source), tokens


class TextLogProb(nn.Module):
    """The log probabilities of symbols to that of the text, its end counted.

    Args:
        end: The symbol that a text ends with.
    """

    def __init__(self, end: int) -> None:
        super().__init__()
        self.end = end

    def forward(self, log_probs: Tensor, tokens: Tensor) -> Tensor:
        """Log probabilities (N, L, V) and symbols (N, L) to nats (N,)."""
        return _chosen(log_probs, tokens, self.end).sum(1)


class ByToken(nn.Module):
    """The log probabilities of symbols as they are."""

    def forward(self, log_probs: Tensor, tokens: Tensor) -> Tensor:
        """Log probabilities (N, L, V)."""
        return log_probs


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
            loss = -_of_batch(session.averaged("net"), tokens, batch.label, source, codec.end)[0].mean()
            return {
                "loss": loss,
                "bits_per_byte": loss / (codec.bytes_of(tokens).mean().clamp(min=1.0) * math.log(2.0)),
            }

        session.validation(measure)
        for batch in session.batches():
            tokens, source = encoded(batch)
            label = hide_labels(batch.label, settings.label_dropout)
            with session.autocast():
                log_prob, smoothed = _of_batch(net, tokens, label, source, codec.end, settings.label_smoothing)
            # Nats of a text grow with its length; the gradient is clipped at a fixed norm, so it is taken of a token's.
            session.step(muon, adamw, -smoothed.sum() / until_end(tokens, codec.end).sum())
            session.log(loss=-log_prob.mean())

    def sample(self, trained: Trained) -> Sampler:
        """Write token by token, with a cache of keys and values; the source is encoded once."""
        codec = trained.codec(Tokens())
        net = trained.module("net", _build(trained, codec))
        length = codec.shape[0]
        most = scalar_input("length", length, 1, length, "Most tokens of a sample, its end counted.", whole=True)
        known = given_input(trained.spec, _GIVEN)
        if isinstance(net, Translator):
            noise, _, *limits = token_inputs(length, codec.vocab_size)
            drawn = [noise, scalar_input("temperature", 0.0, 0.0, 2.0, _SEARCHED), *limits]
            inputs = [*drawn, known, source_input(trained.spec), *trained.label_inputs(), beams_input(), most]
            return translating(net, codec, inputs)
        inputs = [*token_inputs(length, codec.vocab_size), known, *trained.label_inputs(), most]
        return Sampler(
            inputs,
            TokenInit(net, codec, end=codec.end),
            TokenFinish(),
            codec,
            [Stage(TokenStep(net, codec.patterns, codec.end), trip="length", until=AllEnded(codec.end))],
            num_state=token_state(net),
            opset=23,
            certified=TokenLogits(),
        )

    def log_prob(self, trained: Trained) -> Transform:
        """Texts to their exact log probability, given their sources where they have such."""
        codec = trained.codec(Tokens())
        net = trained.module("net", _build(trained, codec))
        return Transform(
            [items_input(trained.spec), *_source_inputs(trained), *trained.label_inputs()],
            TokenLogProbs(net, codec),
            TextLogProb(codec.end),
            num_state=2,
            output="log_prob",
            opset=23,
            likelihood=Likelihood(kind="exact", protocol=codec.likelihood_protocol, dims=codec.dims),
            by_token=ByToken(),
        )


def _matrices_of(net: Net) -> list[nn.Parameter]:
    if isinstance(net, Translator):
        return matrices_of(net.encoder) + matrices_of(net.decoder.blocks)
    return matrices_of(net.blocks)


def _source_inputs(trained: Trained) -> list[Any]:
    return [source_input(trained.spec)] if trained.spec.source_shape else []
