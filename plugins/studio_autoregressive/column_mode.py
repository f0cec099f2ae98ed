"""Tables: the cells of a row in any order."""

from __future__ import annotations

from typing import Any, Literal

import torch

from studio.api import Batch, Described, Likelihood, Session, SettingsError, Tokens, Trained, given_input, items_input
from studio.nn import Sampler, Stage, Transform, hide_labels, matrices_of, muon_and_adamw, warmup_linear
from studio_autoregressive.column_sampler import ColumnFinish, ColumnInit, ColumnLogits, ColumnStep, column_inputs
from studio_autoregressive.columns import ColumnsLogProb, ColumnTransformer

__all__ = ["ColumnMode"]

_GIVEN = "Known cells of the row; an empty one is free. The others are drawn given them all."
# Bins of a column of numbers, by the most columns for which so many are affordable.
_BINS = ((64, 256), (256, 64))
_FEWEST_BINS = 16


def _view(run: Described) -> Tokens:
    if run.settings.levels is not None:
        return Tokens(levels=run.settings.levels)
    columns = run.spec.shape[0]
    return Tokens(levels=next((bins for most, bins in _BINS if columns <= most), _FEWEST_BINS))


def _build(run: Described, codec: Any) -> ColumnTransformer:
    settings = run.settings
    if settings.patch:
        raise SettingsError("patch = the side of a square of pixels; leave it empty for tables.")
    return ColumnTransformer(
        codec.allowed(), len(run.classes), settings.dim, settings.depth, settings.heads, settings.dropout
    )


class ColumnMode:
    """The mode of tables."""

    def train(self, session: Session) -> None:
        """Minimise -log p in the columns' own order and in others, in turn."""
        settings = session.settings
        codec = session.codec(_view(session))
        net = session.module("net", _build(session, codec), ema=0.995)
        muon, adamw = muon_and_adamw(net, matrices_of(net.blocks), settings.lr, settings.weight_decay)
        schedule = warmup_linear(0.02)
        session.optimizer("muon", muon, lr_schedule=schedule)
        session.optimizer("adamw", adamw, lr_schedule=schedule)
        own = torch.arange(net.columns, device=session.device)
        count = session.state("count", {"steps": 0})

        def measure(batch: Batch) -> dict[str, Any]:
            tokens, model = codec.encode(batch.items), session.averaged("net")
            units = codec.log_det(batch.items)
            values = {
                "loss": -(model.log_prob(tokens, batch.label, own) + units).mean(),
                "loss_backwards": -(model.log_prob(tokens, batch.label, own.flip(0)) + units).mean(),
            }
            if session.classes:
                free = torch.full_like(batch.label, -1)
                values["loss_without_class"] = -(model.log_prob(tokens, free, own) + units).mean()
            return values

        session.validation(measure)
        for batch in session.batches():
            tokens = codec.encode(batch.items)
            label = hide_labels(batch.label, settings.label_dropout)
            count["steps"] += 1
            order = own if count["steps"] % 2 else torch.randperm(net.columns, device=session.device)
            with session.autocast():
                log_prob = net.log_prob(tokens, label, order)
            # The gradient is clipped at a fixed norm, so it is taken of a cell's share.
            session.step(muon, adamw, -log_prob.mean() / net.columns)
            session.log(loss=-(log_prob + codec.log_det(batch.items)).mean())

    def sample(self, trained: Trained) -> Sampler:
        """Draw cell by cell."""
        codec = trained.codec(_view(trained))
        net = trained.module("net", _build(trained, codec))
        inputs = [*column_inputs(net.columns, net.vocab_size), given_input(trained.spec, _GIVEN)]
        inputs += trained.label_inputs()
        return Sampler(
            inputs,
            ColumnInit(net, codec),
            ColumnFinish(len(net.blocks)),
            codec,
            [Stage(ColumnStep(net), trip=net.columns)],
            num_state=3 + 2 * len(net.blocks),
            opset=23,
            certified=ColumnLogits(),
        )

    def log_prob(self, trained: Trained) -> Transform:
        """Rows to their log probability: exact, but a bound where rounded numbers are spread over bins."""
        codec = trained.codec(_view(trained))
        net = trained.module("net", _build(trained, codec))
        draws = codec.noise_inputs()
        kind: Literal["exact", "bound"] = "bound" if draws else "exact"
        return Transform(
            [items_input(trained.spec), *draws, *trained.label_inputs()],
            ColumnsLogProb(net, codec),
            output="log_prob",
            opset=23,
            likelihood=Likelihood(kind=kind, protocol=codec.likelihood_protocol, dims=codec.dims),
        )
