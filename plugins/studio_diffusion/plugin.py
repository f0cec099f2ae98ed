"""The diffusion family's declaration; the mathematics is in model.py and sampler.py, imported inside the hooks only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from studio.api import (
    Continuous,
    Estimate,
    Family,
    FamilySettings,
    Preset,
    Session,
    Trained,
    guidance_input,
    hookimpl,
    label_input,
    noise_input,
    steps_input,
)

if TYPE_CHECKING:
    from studio.nn import Sampler


class DiffusionSettings(FamilySettings):
    """Settings of the diffusion family."""

    formulation: Literal["edm", "rectified_flow"] = Field(
        "edm", description="EDM denoises over many noise levels; rectified flow follows straight lines."
    )
    channels: int = Field(32, ge=8, le=512, description="Channels of the U-Net's first level.")
    multipliers: tuple[Annotated[int, Field(ge=1, le=16)], ...] = Field(
        (1, 2, 2),
        min_length=1,
        max_length=6,
        description="Channels of each level as multiples; one more level halves.",
        json_schema_extra={"advanced": True},
    )
    blocks: int = Field(
        1, ge=1, le=8, description="Residual blocks of each level.", json_schema_extra={"advanced": True}
    )
    attention_size: int = Field(
        8, ge=0, le=64, description="Levels at most this large have attention.", json_schema_extra={"advanced": True}
    )
    dropout: float = Field(
        0.0, ge=0, le=0.9, description="Share of values dropped in each block.", json_schema_extra={"advanced": True}
    )
    label_dropout: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Share of labels hidden, which guidance needs.",
        json_schema_extra={"advanced": True},
    )
    lr: float = Field(1e-3, gt=0, le=1, title="Learning rate", description="Step size of AdamW.")
    solver: Literal["heun", "euler"] = Field(
        "heun", description="Heun is closer for the same time, Euler simpler.", json_schema_extra={"advanced": True}
    )
    sample_steps: int = Field(12, ge=1, le=1000, description="Default of the file's input steps.")


FAMILY = Family(
    id="diffusion",
    title="Diffusion",
    summary="Turns noise into items step by step: the most faithful samples, and the slowest.",
    settings=DiffusionSettings,
    monitor=("loss", "min"),
    presets={
        "cpu": Preset(
            title="CPU, ten minutes",
            summary="A small U-Net that a laptop trains over a coffee.",
            settings={"train.minutes": 10, "train.batch_size": 64},
            estimate=Estimate(minutes=10, memory_mb=815, on="two CPU cores, MNIST, November 2026"),
        ),
        "gpu": Preset(
            title="GPU",
            summary="A wider and deeper U-Net for a data-centre GPU.",
            settings={
                "train.minutes": 6,
                "train.batch_size": 256,
                "channels": 96,
                "blocks": 2,
                "dropout": 0.1,
                "sample_steps": 18,
            },
        ),
    },
    paper="Karras et al. 2022, arXiv:2206.00364; Liu et al. 2022, arXiv:2209.03003",
)


class DiffusionPlugin:
    """The hooks of the family."""

    @hookimpl
    def studio_family(self) -> Family:
        """Declare the family."""
        return FAMILY

    @hookimpl
    def studio_train(self, session: Session) -> bool:
        """Denoise items at random noise levels."""
        from studio_diffusion.train import train

        train(session)
        return True

    @hookimpl
    def studio_sample(self, trained: Trained) -> Sampler:
        """Solve the probability-flow ODE from noise to items."""
        from studio.nn import Sampler, Stage
        from studio_diffusion.model import build
        from studio_diffusion.sampler import Finish, Init, Step

        net = trained.module("net", build(trained))
        settings = trained.settings
        inputs = [noise_input(trained.codec(Continuous()).shape), steps_input(settings.sample_steps)]
        if trained.classes:
            inputs += [label_input(len(trained.classes)), guidance_input()]
        step = Step(net, heun=settings.solver == "heun")
        return Sampler(
            inputs, Init(net), Finish(), trained.codec(Continuous()), stages=[Stage(step, trip="steps")], num_state=1
        )

    @hookimpl
    def studio_diagnose(self, session: Session) -> list[str]:
        """Warn when the loss has stayed where an untrained network begins."""
        loss = session.metrics.get("validation.loss")
        if loss is None or session.progress < 0.3 or session.settings.formulation != "edm":
            return []
        if loss > 0.9:
            return [
                f"The loss is {loss:.2f}, where 1 means that nothing has been learned: "
                "lower lr, or check in the preview that the items look as they should."
            ]
        return []


plugin = DiffusionPlugin()
