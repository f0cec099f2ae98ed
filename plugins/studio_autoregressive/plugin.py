"""The autoregressive family's declaration; mode.py leads to the mathematics, imported inside the hooks only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from studio.api import Described, Estimate, Family, FamilySettings, Preset, Session, Trained, hookimpl, setting

if TYPE_CHECKING:
    from studio.nn import Sampler, Transform
    from studio_autoregressive.mode import Mode


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
    label_smoothing: float = setting(
        0.0,
        help="Texts: share of the loss that asks for all tokens alike, against certainty; of use for translations.",
        minimum=0,
        maximum=0.9,
        advanced=True,
    )
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
    conditions=("none", "class", "sequence"),
    views=("tokens", "sequence"),
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
        Preset(
            name="cpu",
            modality="table",
            title="CPU, ten minutes",
            summary="A small Transformer over the columns, in any order.",
            settings={"train.minutes": 10, "train.batch_size": 256, "train.preview_count": 256},
        ),
        Preset(
            name="seconds",
            modality="table",
            title="CPU, one minute",
            summary="A first look, good enough for points.",
            settings={
                "train.minutes": 1,
                "train.batch_size": 512,
                "train.preview_count": 256,
                "dim": 64,
                "depth": 2,
            },
        ),
        Preset(
            name="cpu",
            modality="text",
            condition="sequence",
            title="CPU, ten minutes",
            summary="A small translator that a laptop trains over a coffee.",
            settings={
                "train.minutes": 10,
                "train.batch_size": 64,
                "train.preview_count": 8,
                "depth": 3,
                "dropout": 0.1,
                "label_smoothing": 0.1,
                "lr": 7e-3,
            },
        ),
        Preset(
            name="cpu",
            modality="text",
            title="CPU, ten minutes",
            summary="A small language model that a laptop trains over a coffee.",
            settings={
                "train.minutes": 10,
                "train.batch_size": 64,
                "train.preview_count": 16,
                "dim": 192,
                "dropout": 0.1,
            },
        ),
        Preset(
            name="gpu",
            modality="text",
            title="GPU",
            summary="A deeper and wider language model for a data-centre GPU.",
            settings={
                "train.minutes": 6,
                "train.batch_size": 256,
                "train.preview_count": 16,
                "dim": 512,
                "depth": 8,
                "heads": 8,
                "dropout": 0.1,
                "lr": 2e-3,
            },
        ),
        Preset(
            name="play",
            modality="table",
            title="Beside the other families",
            summary="A Transformer so small that points in the plane are learned before one's eyes.",
            settings={
                "train.steps": 1000,
                "train.batch_size": 256,
                "dim": 32,
                "depth": 1,
                "levels": 64,
            },
            largest=2,
        ),
    ),
    paper="Vaswani et al. 2017, arXiv:1706.03762; van den Oord et al. 2016, arXiv:1601.06759",
)


def _mode_of(run: Described) -> Mode:
    from studio_autoregressive.mode import mode_of

    return mode_of(run)


class AutoregressivePlugin:
    """The hooks of the family."""

    @hookimpl
    def studio_families(self) -> list[Family]:
        """Declare the family."""
        return [FAMILY]

    @hookimpl
    def studio_train(self, session: Session) -> None:
        """Maximise the likelihood of each symbol given those before it."""
        _mode_of(session).train(session)

    @hookimpl
    def studio_sample(self, trained: Trained) -> Sampler:
        """Draw symbol by symbol, with a cache of keys and values."""
        return _mode_of(trained).sample(trained)

    @hookimpl
    def studio_log_prob(self, trained: Trained) -> Transform:
        """Items to their log probability."""
        return _mode_of(trained).log_prob(trained)

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
