"""The autoregressive family's declaration; model.py holds the mathematics, imported inside the hooks only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from studio.api import (
    Estimate,
    Family,
    FamilySettings,
    Likelihood,
    Preset,
    Session,
    Trained,
    given_input,
    hookimpl,
    items_input,
    setting,
)

if TYPE_CHECKING:
    from studio.nn import Sampler, Transform


class AutoregressiveSettings(FamilySettings):
    """Settings of the autoregressive family."""

    levels: int | None = setting(
        None,
        help="Levels of each channel: 2 draws each pixel black or white with its intensity as probability, 256 "
        "keeps all and takes long; empty for 2 with images of black and white, 4 with grey ones and 8 with colour.",
        minimum=2,
        maximum=256,
    )
    patch: int | None = setting(
        None,
        help="Side of the square of pixels that makes one symbol, 0 for each channel by itself; empty for the "
        "largest of at most 512 patterns.",
        minimum=0,
        maximum=3,
        advanced=True,
    )
    dim: int = setting(128, help="Width of the Transformer.", minimum=8, maximum=4096)
    depth: int = setting(4, help="Number of blocks.", minimum=1, maximum=64)
    heads: int = setting(4, help="Heads of each attention.", minimum=1, maximum=64, advanced=True)
    dropout: float = setting(0.0, help="Share of values dropped in each block.", minimum=0, maximum=0.9, advanced=True)
    label_dropout: float = setting(
        0.1, help="Share of labels hidden, so that it can also sample any class.", minimum=0, maximum=1, advanced=True
    )
    lr: float = setting(4e-3, help="Step size of Muon and AdamW.", title="Learning rate", above=0, maximum=1)
    weight_decay: float = setting(
        0.1, help="Pull of Muon's matrices towards zero.", minimum=0, maximum=10, advanced=True
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.dim % (2 * self.heads):
            raise ValueError(f"dim = {self.dim} must be a multiple of twice the heads, {2 * self.heads}")
        return self


FAMILY = Family(
    id="autoregressive",
    title="Autoregressive Transformer",
    summary="Writes an item symbol by symbol: the exact likelihood, and completes what you begin.",
    settings=AutoregressiveSettings,
    monitor=("loss", "min"),
    conditions=("none", "class"),
    views=("tokens",),
    presets=(
        Preset(
            name="cpu",
            title="CPU, ten minutes",
            summary="A small Transformer that a laptop trains over a coffee.",
            settings={"train.minutes": 10, "train.batch_size": 64},
            estimate=Estimate(minutes=10, memory_mb=1090, on="two CPU cores, MNIST, November 2026", shape=(28, 28, 1)),
        ),
        Preset(
            name="gpu",
            title="GPU",
            summary="A deeper and wider Transformer for a data-centre GPU.",
            settings={
                "train.minutes": 6,
                "train.batch_size": 256,
                "dim": 384,
                "depth": 8,
                "heads": 6,
                "dropout": 0.1,
                "lr": 2e-3,
            },
        ),
        Preset(
            name="gpu-large",
            title="GPU, an hour",
            summary="The most faithful of this family; finer symbols, and regularised for many passes over the data.",
            settings={
                "train.minutes": 60,
                "train.batch_size": 256,
                "dim": 512,
                "depth": 12,
                "heads": 8,
                "dropout": 0.2,
                "lr": 1e-3,
            },
        ),
    ),
    paper="Vaswani et al. 2017, arXiv:1706.03762; van den Oord et al. 2016, arXiv:1601.06759",
)


_GIVEN = (
    "Known values of the item, kept at the model's own levels; -1 = free. It draws from the top left to the bottom "
    "right, so what is known further down has no say in what is drawn above it."
)


class AutoregressivePlugin:
    """The hooks of the family."""

    @hookimpl
    def studio_families(self) -> list[Family]:
        """Declare the family."""
        return [FAMILY]

    @hookimpl
    def studio_train(self, session: Session) -> None:
        """Maximise the likelihood of each symbol given those before it."""
        from studio_autoregressive.train import train

        train(session)

    @hookimpl
    def studio_sample(self, trained: Trained) -> Sampler:
        """Draw symbol by symbol, with a cache of keys and values."""
        from studio.nn import Sampler, Stage, TokenFinish, TokenInit, TokenLogits, TokenStep, token_inputs, token_state
        from studio_autoregressive.model import build, token_view
        from studio_autoregressive.palette import Palette

        view = token_view(trained, trained.module("palette", Palette()))
        net, codec = trained.module("net", build(trained, view)), trained.codec(view)
        inputs = [*token_inputs(codec.shape[0], net.vocab_size), given_input(trained.spec, _GIVEN)]
        inputs += trained.label_inputs()
        return Sampler(
            inputs,
            TokenInit(net, codec),
            TokenFinish(),
            codec,
            [Stage(TokenStep(net, codec.patterns), trip=codec.shape[0])],
            num_state=token_state(net),
            opset=23,
            certified=TokenLogits(),
        )

    @hookimpl
    def studio_log_prob(self, trained: Trained) -> Transform:
        """Items to their exact log probability."""
        from studio.nn import Transform
        from studio_autoregressive.model import LogProb, build, token_view
        from studio_autoregressive.palette import Palette

        view = token_view(trained, trained.module("palette", Palette()))
        net, codec = trained.module("net", build(trained, view)), trained.codec(view)
        inputs = [items_input(trained.spec), *codec.noise_inputs()]
        inputs += trained.label_inputs()
        return Transform(
            inputs,
            LogProb(net, codec, random=bool(codec.noise_inputs())),
            output="log_prob",
            opset=23,
            likelihood=Likelihood(kind="exact", protocol=codec.likelihood_protocol, dims=codec.dims),
        )

    @hookimpl
    def studio_diagnose(self, session: Session) -> list[str]:
        """Warn where it learns by heart: held-out items cost far more than those it trains on."""
        held_out, seen = session.metrics.get("validation.loss"), session.metrics.get("loss")
        if held_out is None or seen is None or session.progress < 0.3 or held_out < 1.15 * seen:
            return []
        return [
            f"Held-out items cost {held_out:.0f} nats, those it trains on {seen:.0f} (over-fitting): "
            "raise dropout, choose a smaller dim or depth, or give it more data; the best checkpoint is kept."
        ]


plugin = AutoregressivePlugin()
