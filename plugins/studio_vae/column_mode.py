"""Tables: rows from a latent by a softmax for each column."""

from __future__ import annotations

from typing import Any

import torch

from studio.api import (
    Batch,
    Continuous,
    Described,
    Likelihood,
    Session,
    Tokens,
    Trained,
    items_input,
    latent_input,
    noise_input,
    temperature_input,
)
from studio.nn import Sampler, Transform, hide_labels, normal_kl, sample_distance, warmup_cosine
from studio_vae.columns import (
    ColumnDecode,
    ColumnEncode,
    ColumnLogits,
    ColumnLogWeight,
    ColumnSymbols,
    ColumnVAE,
    Likeliest,
)
from studio_vae.model import active_units

__all__ = ["ColumnMode"]

# Bins of a column of numbers, by the most columns for which so many are affordable.
_BINS = ((64, 128), (256, 64))
_FEWEST_BINS = 16


def _tokens(run: Described) -> Tokens:
    columns = run.spec.shape[0]
    return Tokens(levels=next((bins for most, bins in _BINS if columns <= most), _FEWEST_BINS))


def _build(run: Described) -> ColumnVAE:
    settings, tokens = run.settings, run.codec(_tokens(run))
    return ColumnVAE(
        run.codec(Continuous()).shape[0],
        tokens.allowed(),
        tokens.sizes,
        len(run.classes),
        settings.latent_dim,
        settings.channels,
        settings.blocks,
    )


class ColumnMode:
    """The mode of tables."""

    prior_advice = "train longer, or raise channels"

    def train(self, session: Session) -> None:
        """Maximise the evidence lower bound with free bits and a warm-up of the KL term."""
        settings = session.settings
        codec, tokens = session.codec(Continuous()), session.codec(_tokens(session))
        net = session.module("net", _build(session), ema=0.998)
        optimizer = torch.optim.AdamW(net.parameters(), lr=settings.lr, betas=(0.9, 0.99), weight_decay=0.01)
        session.optimizer("net", optimizer, lr_schedule=warmup_cosine(0.02))

        def terms(model: Any, batch: Batch, label: torch.Tensor) -> tuple[torch.Tensor, ...]:
            """-log p(x | z) and KL of each latent number, with one z drawn from q; and the posterior."""
            posterior = model.infer(codec.encode(batch.items), label)
            z = posterior[:, 0] + torch.exp(posterior[:, 1]) * torch.randn_like(posterior[:, 0])
            log_prob = model.log_prob(model.decode(z, label), tokens.encode(batch.items))
            return -log_prob - tokens.log_det(batch.items), normal_kl(posterior), posterior

        def measure(batch: Batch) -> dict[str, Any]:
            model = session.averaged("net")
            reconstruction, kl, posterior = terms(model, batch, batch.label)
            values = {
                "loss": (reconstruction + kl.sum(1)).mean(),
                "reconstruction": reconstruction.mean(),
                "kl": kl.sum(1).mean(),
            }
            x = codec.encode(batch.items)
            if bool((x != x[:1]).any()):
                values["active_units"] = active_units(posterior[:, 0])
                latent = torch.randn_like(posterior[:, 0])
                for name, z in (("reconstruction_distance", posterior[:, 0]), ("sample_distance", latent)):
                    values[name] = sample_distance(x, codec.encode(_drawn(model, tokens, z, batch.label)))
            return values

        session.validation(measure)
        for batch in session.batches():
            label = hide_labels(batch.label, settings.label_dropout)
            with session.autocast():
                reconstruction, kl, _ = terms(net, batch, label)
            weight = min(1.0, session.progress / settings.kl_warmup) if settings.kl_warmup else 1.0
            # Free bits (Kingma et al. 2016, arXiv:1606.04934, appendix C.8), as with images.
            cost = kl.mean(0).clamp(min=settings.free_bits).sum()
            # The gradient is clipped at a fixed norm, so it is taken of a cell's share.
            session.step(optimizer, (reconstruction.mean() + weight * cost) / tokens.dims)
            session.log(
                loss=(reconstruction + kl.sum(1)).mean(), reconstruction=reconstruction.mean(), kl=kl.sum(1).mean()
            )

    def sample(self, trained: Trained) -> Sampler:
        """Decode normal noise and draw each cell, in one pass."""
        net, codec = trained.module("net", _build(trained)), trained.codec(_tokens(trained))
        inputs = [
            noise_input((net.latent_dim,)),
            noise_input(codec.shape, "noise.symbols", "uniform"),
            noise_input(codec.shape, "noise.within", "uniform"),
            *trained.label_inputs(),
            temperature_input(),
        ]
        return Sampler(inputs, ColumnDecode(net), ColumnSymbols(), codec, certified=ColumnLogits())

    def encode(self, trained: Trained) -> Transform:
        """Rows to the mean of their latents."""
        inputs = [items_input(trained.spec), *trained.label_inputs()]
        module = ColumnEncode(trained.module("net", _build(trained)), trained.codec(Continuous()))
        return Transform(inputs, module, output="latent")

    def decode(self, trained: Trained) -> Transform:
        """Latents to their likeliest rows."""
        net = trained.module("net", _build(trained))
        inputs = [latent_input((net.latent_dim,)), *trained.label_inputs()]
        return Transform(inputs, Likeliest(net), codec=trained.codec(_tokens(trained)))

    def log_prob(self, trained: Trained) -> Transform:
        """Rows to the importance weights of their likelihood."""
        net, tokens = trained.module("net", _build(trained)), trained.codec(_tokens(trained))
        inputs = [items_input(trained.spec), *tokens.noise_inputs(), noise_input((net.latent_dim,))]
        likelihood = Likelihood(kind="bound", protocol=tokens.likelihood_protocol, dims=tokens.dims)
        module = ColumnLogWeight(net, trained.codec(Continuous()), tokens)
        return Transform([*inputs, *trained.label_inputs()], module, output="log_prob", likelihood=likelihood)


def _drawn(net: ColumnVAE, tokens: Any, latent: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    """Rows as stored from latents (B, L)."""
    logits = net.decode(latent, label)
    draws, within = torch.rand(2, *logits.shape[:2], device=latent.device)
    return tokens.settle(tokens.decode(ColumnSymbols()(logits, draws, within)))
