"""The diffusion family's declaration; the mathematics is in the files beside it, imported inside the hooks only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from studio.api import Described, Estimate, Family, FamilySettings, Preset, Session, Trained, hookimpl, setting

if TYPE_CHECKING:
    from studio.nn import Decoding, Sampler, Transform
    from studio_diffusion.mode import Mode


class DiffusionSettings(FamilySettings):
    """Settings of the diffusion family."""

    formulation: Literal["edm", "rectified_flow"] = setting(
        "edm", help="EDM denoises over many noise levels; rectified flow follows straight lines."
    )
    net: Literal["unet", "dit"] = setting(
        "unet", help="The U-Net is best for small images and short trainings, the transformer (DiT) for large ones."
    )
    channels: int = setting(
        32,
        help="Channels of the U-Net's first level, or the width of the DiT or of the Transformer of texts.",
        minimum=8,
        maximum=2048,
    )
    multipliers: tuple[Annotated[int, Field(ge=1, le=16)], ...] = setting(
        (1, 2, 2),
        help="Channels of each level as multiples; one more level halves.",
        min_length=1,
        max_length=6,
        advanced=True,
    )
    blocks: int = setting(1, help="Residual blocks of each level.", minimum=1, maximum=8, advanced=True)
    attention_size: int = setting(
        8, help="Levels at most this large have attention.", minimum=0, maximum=64, advanced=True
    )
    depth: int = setting(
        6, help="Blocks of the DiT, or of the Transformer of texts.", minimum=1, maximum=64, advanced=True
    )
    heads: int = setting(4, help="Heads of each attention of these.", minimum=1, maximum=64, advanced=True)
    patch: int = setting(2, help="Side of the DiT's patches.", minimum=1, maximum=16, unit="pixels", advanced=True)
    dropout: float = setting(0.0, help="Share of values dropped in each block.", minimum=0, maximum=0.9, advanced=True)
    label_dropout: float = setting(
        0.1, help="Share of labels hidden, which guidance needs.", minimum=0, maximum=1, advanced=True
    )
    lr: float = setting(
        1e-3, help="Step size of AdamW, of texts also of Muon.", title="Learning rate", above=0, maximum=1
    )
    average: Literal["chosen", "ema"] = setting(
        "chosen",
        help="Weights to sample: the best of three averages, chosen after the training, or that of train.ema.",
        advanced=True,
    )
    solver: Literal["heun", "euler", "multistep"] = setting(
        "multistep",
        help="The multistep solver is closest for the same time; Heun's steps take twice as long as any other.",
        advanced=True,
    )
    guidance_from: float = setting(
        0.1, help="Lowest ratio of noise to item at which guidance acts.", minimum=0, advanced=True
    )
    guidance_to: float = setting(
        20.0, help="Highest ratio of noise to item at which guidance acts.", above=0, advanced=True
    )
    sample_steps: int = setting(18, help="Default of the file's input steps.", minimum=1, maximum=1000)
    # The best of 1, 1.25, 1.5, 1.75, 2 and 2.5 on validation digits, one training of ten minutes; 1.75 comes within
    # 2 % of it (tests/benchmarks/choose_defaults.py).
    sample_guidance: float = setting(
        1.5,
        help="Default of the file's input guidance; 1 follows the class as learned, in half the time.",
        minimum=0,
        maximum=20,
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.net == "dit" and self.channels % (2 * self.heads):
            raise ValueError(f"channels = {self.channels} must be a multiple of twice the heads, {2 * self.heads}")
        if self.guidance_from > self.guidance_to:
            raise ValueError(f"guidance_from = {self.guidance_from:g} must not lie above guidance_to")
        return self


FAMILY = Family(
    id="diffusion",
    title="Diffusion",
    summary="Turns noise into items step by step: the most faithful samples, and the slowest.",
    settings=DiffusionSettings,
    monitor=("loss", "min"),
    conditions=("none", "class"),
    views=("grid", "vector", "sequence"),
    presets=(
        Preset(
            name="cpu",
            title="CPU, ten minutes",
            summary="A small U-Net that a laptop trains over a coffee.",
            settings={"train.minutes": 10, "train.batch_size": 64},
            estimate=Estimate(minutes=10, memory_mb=895, on="two CPU cores, MNIST, November 2026", shape=(28, 28, 1)),
        ),
        Preset(
            name="gpu",
            title="GPU",
            summary="A wider and deeper U-Net for a data-centre GPU.",
            settings={
                "train.minutes": 6,
                "train.batch_size": 256,
                "channels": 96,
                "blocks": 2,
                "dropout": 0.1,
            },
        ),
        Preset(
            name="gpu-large",
            title="GPU, an hour",
            summary="A transformer of the size DiT-S for the most faithful samples.",
            settings={
                "train.minutes": 60,
                "train.batch_size": 256,
                "net": "dit",
                "channels": 384,
                "depth": 12,
                "heads": 6,
                "dropout": 0.1,
                "lr": 3e-4,
            },
        ),
        Preset(
            name="cpu",
            modality="table",
            title="CPU, ten minutes",
            summary="A residual network for rows of mixed columns.",
            settings={
                "train.minutes": 10,
                "train.batch_size": 512,
                "train.preview_count": 256,
                "channels": 96,
                "multipliers": [1, 1],
                "blocks": 2,
            },
        ),
        Preset(
            name="cpu",
            modality="text",
            title="CPU, ten minutes",
            summary="A small transformer that fills any gaps.",
            settings={
                "train.minutes": 10,
                "train.batch_size": 64,
                "train.preview_count": 16,
                "channels": 192,
                "depth": 4,
                "lr": 4e-3,
                "sample_steps": 64,
            },
        ),
        Preset(
            name="gpu",
            modality="text",
            title="GPU",
            summary="A deeper and wider transformer for a data-centre GPU.",
            settings={
                "train.minutes": 6,
                "train.batch_size": 256,
                "train.preview_count": 16,
                "channels": 512,
                "depth": 8,
                "heads": 8,
                "dropout": 0.1,
                "lr": 2e-3,
                "sample_steps": 128,
            },
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
                "channels": 64,
                "multipliers": [1],
                "blocks": 2,
                "lr": 2e-3,
            },
        ),
        Preset(
            name="play",
            modality="table",
            title="Beside the other families",
            summary="A network so small, and paths so straight, that points are learned before one's eyes.",
            settings={
                "train.steps": 1500,
                "train.batch_size": 256,
                "formulation": "rectified_flow",
                "channels": 24,
                "multipliers": [1],
                "blocks": 1,
                "lr": 4e-3,
                "sample_steps": 6,
            },
            largest=2,
        ),
    ),
    paper="Karras et al. 2022, arXiv:2206.00364; Liu et al. 2022, arXiv:2209.03003; Sahoo et al. 2024, 2406.07524",
)


def _mode_of(run: Described) -> Mode:
    from studio_diffusion.mode import mode_of

    return mode_of(run)


class DiffusionPlugin:
    """The hooks of the family."""

    @hookimpl
    def studio_families(self) -> list[Family]:
        """Declare the family."""
        return [FAMILY]

    @hookimpl
    def studio_train(self, session: Session) -> None:
        """Undo noise of numbers, and masks of texts."""
        _mode_of(session).train(session)

    @hookimpl
    def studio_sample(self, trained: Trained) -> Sampler:
        """From noise to items."""
        return _mode_of(trained).sample(trained)

    @hookimpl
    def studio_encode(self, trained: Trained) -> Transform | None:
        """Items to the noise that they are made of, where a way leads back."""
        return _mode_of(trained).encode(trained)

    @hookimpl
    def studio_decode(self, trained: Trained) -> Decoding | None:
        """The noise as a latent, where it is one."""
        return _mode_of(trained).decode(trained)

    @hookimpl
    def studio_log_prob(self, trained: Trained) -> Transform | None:
        """Items to a bound on their log probability, where there is one."""
        return _mode_of(trained).log_prob(trained)

    @hookimpl
    def studio_diagnose(self, session: Session) -> list[str]:
        """Warn in plain words."""
        return _mode_of(session).diagnose(session)


plugin = DiffusionPlugin()
