"""Texts: an autoencoder of tokens is learned first, then the flow over its latent, as two phases of one run."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from studio.api import (
    Batch,
    Described,
    Likelihood,
    Session,
    SettingsError,
    Tokens,
    Trained,
    items_input,
    latent_input,
    noise_input,
    scalar_input,
)
from studio.nn import (
    AllEnded,
    AutoencoderPhase,
    RememberingTokenStep,
    Sampler,
    SequenceAutoencoder,
    SequenceBegin,
    SequenceEncode,
    SequenceLogWeight,
    Stage,
    TokenFinish,
    TokenLogits,
    Transform,
    by_length,
    hide_labels,
    matrices_of,
    muon_and_adamw,
    token_inputs,
    warmup_linear,
)
from studio_flow.latent_flow import LatentEncode, LatentFlow, LatentInit, LatentStep, LatentToTokens
from studio_flow.sampler import stages_of

__all__ = ["TextMode"]

_HEADS = 4
# Texts of like length are worked on together, in so many groups of a batch.
_GROUPS = 4


def _autoencoder(run: Described, codec: Any) -> SequenceAutoencoder:
    settings = run.settings
    if settings.kind != "transformer":
        raise SettingsError("kind = coupling is for images and tables; choose kind = transformer for texts.")
    return SequenceAutoencoder(
        codec.shape[0],
        codec.vocab_size,
        len(run.classes),
        dim=settings.autoencoder_dim,
        depth=settings.autoencoder_depth,
        heads=_HEADS,
        dropout=0.0,
        latent_dim=settings.latent_dim,
    )


def _flow(run: Described, net: SequenceAutoencoder) -> LatentFlow:
    settings = run.settings
    return LatentFlow(
        net.latent_shape,
        net.stretch,
        len(run.classes),
        blocks=settings.blocks,
        dim=settings.dim,
        depth=settings.depth,
        heads=settings.heads,
        bins=settings.bins,
    )


class TextMode:
    """The mode of texts."""

    def train(self, session: Session) -> None:
        """Learn the autoencoder, then the flow."""
        settings = session.settings
        codec = session.codec(Tokens())
        first = AutoencoderPhase(session, _autoencoder(session, codec), codec, settings.lr)
        flow = session.module("flow", _flow(session, first.net), ema=0.99)
        schedule = warmup_linear(0.03)
        matrices = [w for block in flow.flow_blocks() for w in matrices_of(block.blocks)]
        optimizers = muon_and_adamw(flow, matrices, settings.lr)
        for name, optimizer in zip(("flow_muon", "flow_adamw"), optimizers, strict=True):
            session.optimizer(name, optimizer, lr_schedule=lambda p: schedule(_of_second(p)))

        def measure(batch: Batch) -> dict[str, Any]:
            # The bound of the text in both phases: in the first the flow is still the prior N(0, 1).
            model, prior, tokens = first.averaged, session.averaged("flow"), codec.encode(batch.items)
            cost = model.cost(tokens, batch.label)
            kl = cost.kl - _gain(prior, model, tokens, batch.label)
            loss = cost.reconstruction + kl
            bits = loss / (codec.bytes_of(tokens).mean().clamp(min=1.0) * math.log(2.0))
            return {"loss": loss, "reconstruction": cost.reconstruction, "kl": kl, "bits_per_byte": bits}

        session.validation(measure)
        for cost in first.costs(settings.label_dropout):
            session.log(loss=cost.reconstruction + cost.kl, reconstruction=cost.reconstruction, kl=cost.kl)
        trained = first.averaged
        for batch in session.batches(phase="flow", share=1.0 - AutoencoderPhase.SHARE):
            label = hide_labels(batch.label, settings.label_dropout)
            tokens = codec.encode(batch.items)
            with session.autocast():
                gain = _gain(flow, trained, tokens, label)
            session.step(*optimizers, -gain / flow.latent_shape[1])
            session.log(likelier_than_normal=gain)

    def sample(self, trained: Trained) -> Sampler:
        """Map noise back through the flow to a latent, and write token by token."""
        codec, net, flow = self._nets(trained)
        length = codec.shape[0]
        inputs = [
            noise_input((math.prod(net.latent_shape),), "noise.latent"),
            *token_inputs(length, codec.vocab_size),
            *trained.label_inputs(),
            scalar_input("length", length, 1, length, "Most tokens of a sample, its end counted.", whole=True),
        ]
        stages = _stages(flow, net, trip="length")
        finish, logits = TokenFinish(), TokenLogits()
        init = LatentInit(flow, length)
        return Sampler(inputs, init, finish, codec, stages, num_state=1, opset=20, certified=logits)

    def encode(self, trained: Trained) -> Transform:
        """Texts to the flow's latent of the mean of theirs."""
        codec, net, flow = self._nets(trained)
        inputs = [items_input(trained.spec), *trained.label_inputs()]
        return Transform(inputs, LatentEncode(flow, SequenceEncode(net, codec)), output="latent", opset=20)

    def decode(self, trained: Trained) -> Transform:
        """Latents to texts, of the likeliest token at each place."""
        codec, net, flow = self._nets(trained)
        inputs = [latent_input((math.prod(net.latent_shape),)), *trained.label_inputs()]
        init = LatentInit(flow, codec.shape[0], likeliest=True)
        stages = _stages(flow, net, trip=codec.shape[0])
        return Transform(inputs, init, TokenFinish(), codec, stages, num_state=1, opset=20)

    def log_prob(self, trained: Trained) -> Transform:
        """Texts to the importance weights of their likelihood, of which the flow's own is that of the latent."""
        codec = trained.codec(Tokens())
        net = trained.module("autoencoder", _autoencoder(trained, codec))
        flow = trained.module("flow", _flow(trained, net))
        module = SequenceLogWeight(net, codec, flow)
        inputs = [items_input(trained.spec), noise_input((math.prod(net.latent_shape),)), *trained.label_inputs()]
        likelihood = Likelihood(kind="bound", protocol=codec.likelihood_protocol, dims=codec.dims)
        return Transform(inputs, module, output="log_prob", opset=23, likelihood=likelihood)

    @staticmethod
    def _nets(trained: Trained) -> tuple[Any, SequenceAutoencoder, LatentFlow]:
        """The codec, the autoencoder, and the flow in float64, as its inverse is steep where a density is low."""
        codec = trained.codec(Tokens())
        net = trained.module("autoencoder", _autoencoder(trained, codec))
        return codec, net, trained.module("flow", _flow(trained, net)).double()


def _of_second(progress: float) -> float:
    """How far the second phase is."""
    return max(0.0, progress - AutoencoderPhase.SHARE) / (1.0 - AutoencoderPhase.SHARE)


def _gain(flow: LatentFlow, net: SequenceAutoencoder, tokens: Tensor, label: Tensor) -> Tensor:
    """How many nats likelier the latents of texts (B, L) are than under N(0, 1), on average."""
    groups = _GROUPS if tokens.device.type == "cpu" else 1
    found = []
    for rows, some in by_length(tokens, net.end, groups):
        with torch.no_grad():
            latent = net.draw(net.infer(some))
        found.append(flow(latent, label[rows], some, net.end).sum())
    return torch.stack(found).sum() / len(tokens)


def _stages(flow: LatentFlow, net: SequenceAutoencoder, trip: int | str) -> list[Stage]:
    """The loops of the flow, and that over the tokens."""
    stages = [Stage(LatentStep(stage.step), stage.trip, stage.enter) for stage in stages_of(flow.flow_blocks())]
    step, enter = RememberingTokenStep(net.decoder, end=net.end), LatentToTokens(SequenceBegin(net))
    return [*stages, Stage(step, trip, enter, AllEnded(net.end))]
