"""The flow family's declaration; the mathematics is in the files beside it, imported inside the hooks only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import model_validator

from studio.api import (
    Described,
    Estimate,
    Family,
    FamilySettings,
    Preset,
    Session,
    TextSpec,
    Trained,
    hookimpl,
    setting,
)

if TYPE_CHECKING:
    from studio.nn import Decoding, Sampler, Transform
    from studio_flow.mode import Mode


class FlowSettings(FamilySettings):
    """Settings of the flow family."""

    kind: Literal["transformer", "coupling"] = setting(
        "transformer",
        help="The transformer flow has the better likelihood and samples; couplings sample in a single pass.",
    )
    dim: int = setting(
        96, help="Width of the transformers, or channels of the couplings' nets.", minimum=8, maximum=2048
    )
    depth: int = setting(
        2, help="Layers of each transformer, or residual blocks of each coupling.", minimum=1, maximum=32
    )
    blocks: int = setting(2, help="Number of flow blocks, or of pairs of couplings.", minimum=1, maximum=32)
    patch: int = setting(4, help="Side of the squares of pixels that the transformer reads.", minimum=1, maximum=16)
    heads: int = setting(4, help="Heads of each attention.", minimum=1, maximum=64, advanced=True)
    bins: int = setting(16, help="Bins of each spline.", minimum=2, maximum=64, advanced=True)
    latent_dim: int = setting(
        16,
        help="Texts: latent numbers of every four tokens, whose distribution is what the flow learns.",
        minimum=1,
        maximum=256,
        advanced=True,
    )
    autoencoder_dim: int = setting(
        192,
        help="Texts: width of the autoencoder, which is learned first.",
        minimum=8,
        maximum=2048,
        multiple_of=8,
        advanced=True,
    )
    autoencoder_depth: int = setting(3, help="Texts: blocks of its decoder.", minimum=1, maximum=32, advanced=True)
    label_dropout: float = setting(
        0.1, help="Share of labels hidden, so that it can also sample any class.", minimum=0, maximum=1, advanced=True
    )
    lr: float = setting(3e-3, help="Step size of Muon and AdamW.", title="Learning rate", above=0, maximum=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.kind == "transformer" and self.dim % (2 * self.heads):
            raise ValueError(f"dim = {self.dim} must be a multiple of twice the heads, {2 * self.heads}")
        return self


FAMILY = Family(
    id="flow",
    title="Normalizing flow",
    summary="An invertible map between items, or the latents of texts, and noise: a close bound on the likelihood.",
    settings=FlowSettings,
    monitor=("loss", "min"),
    conditions=("none", "class"),
    views=("grid", "vector", "sequence"),
    presets=(
        Preset(
            name="cpu",
            title="CPU, ten minutes",
            summary="A small transformer flow that a laptop trains over a coffee.",
            settings={"train.minutes": 10, "train.batch_size": 64},
            estimate=Estimate(minutes=10, memory_mb=885, on="two CPU cores, MNIST, November 2026", shape=(28, 28, 1)),
        ),
        Preset(
            name="quick",
            title="CPU, couplings",
            summary="Samples in a single pass, thousands a second, and less faithfully.",
            settings={
                "train.minutes": 10,
                "train.batch_size": 64,
                "kind": "coupling",
                "dim": 32,
                "depth": 1,
                "blocks": 3,
                "bins": 8,
                "lr": 2e-3,
            },
            estimate=Estimate(minutes=10, memory_mb=1290, on="two CPU cores, MNIST, November 2026", shape=(28, 28, 1)),
        ),
        Preset(
            name="gpu",
            title="GPU",
            summary="A deeper and wider transformer flow on finer patches for a data-centre GPU.",
            settings={
                "train.minutes": 6,
                "train.batch_size": 256,
                "dim": 256,
                "depth": 4,
                "blocks": 4,
                "patch": 2,
                "lr": 2e-3,
            },
        ),
        Preset(
            name="gpu-large",
            title="GPU, an hour",
            summary="The most faithful of this family.",
            settings={
                "train.minutes": 60,
                "train.batch_size": 256,
                "dim": 384,
                "depth": 6,
                "blocks": 6,
                "patch": 2,
                "heads": 6,
                "lr": 1e-3,
            },
        ),
        Preset(
            name="cpu",
            modality="table",
            title="CPU, two minutes",
            summary="Couplings, for points in the plane or in space.",
            settings={
                "train.minutes": 2,
                "train.batch_size": 512,
                "train.preview_count": 256,
                "kind": "coupling",
                "dim": 64,
            },
            largest=3,
        ),
        Preset(
            name="play",
            modality="table",
            title="Beside the other families",
            summary="Couplings so small that points in the plane are learned before one's eyes.",
            settings={
                "train.steps": 1000,
                "train.batch_size": 256,
                "kind": "coupling",
                "dim": 32,
                "depth": 1,
                "bins": 8,
            },
            largest=2,
        ),
        Preset(
            name="cpu",
            modality="table",
            title="CPU, ten minutes",
            summary="Couplings, for rows of mixed columns.",
            settings={
                "train.minutes": 10,
                "train.batch_size": 512,
                "train.preview_count": 256,
                "kind": "coupling",
                "dim": 128,
                "depth": 1,
                "blocks": 4,
                "lr": 2e-3,
            },
        ),
        Preset(
            name="cpu",
            modality="text",
            title="CPU, ten minutes",
            summary="An autoencoder of tokens first, then a flow over its latent, whose likelihood is exact; that of a "
            "text is a bound.",
            settings={
                "train.minutes": 10,
                "train.batch_size": 64,
                "train.preview_count": 16,
            },
        ),
        Preset(
            name="seconds",
            modality="table",
            title="CPU, one minute",
            summary="A first look.",
            settings={
                "train.minutes": 1,
                "train.batch_size": 256,
                "train.preview_count": 256,
                "kind": "coupling",
                "dim": 64,
                "depth": 1,
                "lr": 4e-3,
            },
        ),
    ),
    paper="Zhai et al. 2024, arXiv:2412.06329; Durkan et al. 2019, arXiv:1906.04032",
)


def _mode_of(run: Described) -> Mode:
    if isinstance(run.spec, TextSpec):
        from studio_flow.text_mode import TextMode

        return TextMode()
    from studio_flow.number_mode import NumberMode

    return NumberMode()


class FlowPlugin:
    """The hooks of the family; the mode of the data answers them."""

    @hookimpl
    def studio_families(self) -> list[Family]:
        """Declare the family."""
        return [FAMILY]

    @hookimpl
    def studio_train(self, session: Session) -> None:
        """Maximise the likelihood."""
        _mode_of(session).train(session)

    @hookimpl
    def studio_sample(self, trained: Trained) -> Sampler:
        """Map noise back through the flow."""
        return _mode_of(trained).sample(trained)

    @hookimpl
    def studio_encode(self, trained: Trained) -> Transform:
        """Items to their latent."""
        return _mode_of(trained).encode(trained)

    @hookimpl
    def studio_decode(self, trained: Trained) -> Transform | Decoding:
        """The noise is the latent."""
        return _mode_of(trained).decode(trained)

    @hookimpl
    def studio_log_prob(self, trained: Trained) -> Transform:
        """Items to their density, or to a bound on their probability."""
        return _mode_of(trained).log_prob(trained)

    @hookimpl
    def studio_diagnose(self, session: Session) -> list[str]:
        """Warn where the inverse does not come back, or where nothing is learned."""
        error, loss = session.metrics.get("validation.inverse_error"), session.metrics.get("validation.loss")
        messages = []
        if error is not None and error > 0.02:
            messages.append(
                f"The flow's inverse misses an item by up to {error:.2g} of the range of values: "
                "samples may show specks; lower lr or choose fewer blocks."
            )
        if loss is not None and session.spec.dtype == "uint8" and session.progress >= 0.3 and loss > 7.5:
            messages.append(
                f"The items still cost {loss:.1f} of 8 bits a value: raise lr, or look at the preview of the data."
            )
        return messages


plugin = FlowPlugin()
