"""The diffusion family's declaration; the mathematics is in the files beside it, imported inside the hooks only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from studio.api import (
    Continuous,
    Estimate,
    Family,
    FamilySettings,
    Likelihood,
    Preset,
    Session,
    TextSpec,
    Tokens,
    Trained,
    hookimpl,
    items_input,
    noise_input,
    scalar_input,
    setting,
)

if TYPE_CHECKING:
    from studio.nn import Decoding, Sampler, Transform


class DiffusionSettings(FamilySettings):
    """Settings of the diffusion family."""

    formulation: Literal["edm", "rectified_flow"] = setting(
        "edm", help="EDM denoises over many noise levels; rectified flow follows straight lines."
    )
    net: Literal["unet", "dit"] = setting(
        "unet", help="The U-Net is best for small images and short trainings, the transformer (DiT) for large ones."
    )
    channels: int = setting(
        32, help="Channels of the U-Net's first level, or the DiT's width.", minimum=8, maximum=2048
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
    depth: int = setting(6, help="Blocks of the DiT.", minimum=1, maximum=64, advanced=True)
    heads: int = setting(4, help="Heads of the DiT's attention.", minimum=1, maximum=64, advanced=True)
    patch: int = setting(2, help="Side of the DiT's patches.", minimum=1, maximum=16, unit="pixels", advanced=True)
    dropout: float = setting(0.0, help="Share of values dropped in each block.", minimum=0, maximum=0.9, advanced=True)
    label_dropout: float = setting(
        0.1, help="Share of labels hidden, which guidance needs.", minimum=0, maximum=1, advanced=True
    )
    lr: float = setting(1e-3, help="Step size of AdamW.", title="Learning rate", above=0, maximum=1)
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


# Encoding and decoding undo each other by so many steps: 20 real digits came back with values off by 0.06 of 255 on
# average and 16 at most (MNIST, ten minutes on a CPU); by 64 steps it was 0.18 and 86.
_CLOSE_STEPS = 100

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
                "channels": 32,
                "multipliers": [1],
                "blocks": 1,
                "lr": 4e-3,
                "sample_steps": 8,
            },
            largest=2,
        ),
    ),
    paper="Karras et al. 2022, arXiv:2206.00364; Liu et al. 2022, arXiv:2209.03003",
)


def _opset(trained: Trained) -> int:
    return 23 if trained.settings.net == "dit" else 20


class DiffusionPlugin:
    """The hooks of the family."""

    @hookimpl
    def studio_families(self) -> list[Family]:
        """Declare the family."""
        return [FAMILY]

    @hookimpl
    def studio_train(self, session: Session) -> None:
        """Denoise items at random noise levels."""
        if isinstance(session.spec, TextSpec):
            from studio_diffusion.train_masked import train_masked

            train_masked(session)
            return
        from studio_diffusion.train import train

        train(session)

    @hookimpl
    def studio_sample(self, trained: Trained) -> Sampler:
        """Solve the probability-flow ODE from noise to items; categories of rows are drawn one after another."""
        if isinstance(trained.spec, TextSpec):
            from studio_diffusion.masked import build_masked
            from studio_diffusion.masked_sampler import masked_sampler_of

            return masked_sampler_of(trained, trained.module("net", build_masked(trained, trained.codec(Tokens()))))
        from studio_diffusion.averages import chosen, chosen_mixed
        from studio_diffusion.mixed import is_mixed
        from studio_diffusion.mixed_sampler import mixed_sampler_of
        from studio_diffusion.sampler import sampler_of

        if is_mixed(trained.codec(Continuous())):
            return mixed_sampler_of(trained, chosen_mixed(trained))
        return sampler_of(trained, chosen(trained), _opset(trained))

    @hookimpl
    def studio_encode(self, trained: Trained) -> Transform | None:
        """Solve the probability-flow ODE from items to the noise that they are made of; no way leads to categories."""
        from studio.nn import Stage, Transform
        from studio_diffusion.averages import chosen
        from studio_diffusion.inversion import Backwards, FromItem, ToLatent
        from studio_diffusion.mixed import is_mixed

        if isinstance(trained.spec, TextSpec):
            return None
        codec = trained.codec(Continuous())
        if is_mixed(codec):
            return None
        net = chosen(trained)
        text = "Solver steps; fewer than 50 would lead astray."
        steps = scalar_input("steps", _CLOSE_STEPS, 50, 1000, text, whole=True)
        inputs = [items_input(trained.spec), steps, *trained.label_inputs()]
        stages = [Stage(Backwards(net), trip="steps")]
        opset = _opset(trained)
        return Transform(
            inputs, FromItem(net, codec), ToLatent(net), None, stages, num_state=2, opset=opset, output="latent"
        )

    @hookimpl
    def studio_decode(self, trained: Trained) -> Decoding | None:
        """The noise is the latent; encoding knows no guidance, so only without it is the latent the item's."""
        from studio.nn import Decoding
        from studio_diffusion.mixed import is_mixed

        if isinstance(trained.spec, TextSpec) or is_mixed(trained.codec(Continuous())):
            return None
        return Decoding(defaults={"steps": max(_CLOSE_STEPS, trained.settings.sample_steps), "guidance": 1.0})

    @hookimpl
    def studio_log_prob(self, trained: Trained) -> Transform | None:
        """Items of 8-bit levels to estimates of their variational bound."""
        from studio.nn import Transform

        if isinstance(trained.spec, TextSpec):
            from studio_diffusion.masked import masked_bound_of

            return masked_bound_of(trained)
        from studio_diffusion.averages import chosen
        from studio_diffusion.likelihood import Bound, LevelDecoder

        codec = trained.codec(Continuous())
        if codec.levels != 256:
            return None
        inputs = [items_input(trained.spec), noise_input(codec.shape)]
        inputs += [noise_input((1,), "noise.level", "uniform")]
        inputs += trained.label_inputs()
        decoder = trained.module("decoder", LevelDecoder())
        # It is fitted at the end of a training; the bound of one that was stopped, or of an earlier step that was the
        # best, is true, and looser.
        protocol = codec.likelihood_protocol + ("" if decoder.is_fitted else ", last step not fitted")
        likelihood = Likelihood(kind="bound", draws="terms", protocol=protocol, dims=codec.dims)
        module = Bound(chosen(trained), decoder, codec)
        return Transform(inputs, module, output="log_prob", opset=_opset(trained), likelihood=likelihood)

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
