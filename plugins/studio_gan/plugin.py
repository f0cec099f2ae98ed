"""The GAN family's declaration; the mathematics is in model.py and train.py, imported inside the hooks only."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    from studio_gan.mode import Mode


class GANSettings(FamilySettings):
    """Settings of the GAN."""

    latent_dim: int = setting(64, help="Numbers of noise that make one item.", minimum=1, maximum=1024)
    channels: int = setting(
        32, help="Channels of the finest level; each level below has twice, at most four times.", minimum=4, maximum=512
    )
    blocks: int = setting(1, help="Residual blocks of each level.", minimum=1, maximum=8, advanced=True)
    patch: int = setting(
        2,
        help="Pixels a side that are worked on as one: 1 is finest, 2 several times faster.",
        minimum=1,
        maximum=8,
        advanced=True,
    )
    gamma: float = setting(
        1.0,
        help="Weight of the gradient penalties at first; it falls to a tenth over the burn-in.",
        minimum=0,
        maximum=1000,
    )
    penalty_every: int = setting(
        4,
        help="Steps between penalties, which then weigh as many times more; 1 is the paper's own.",
        minimum=1,
        maximum=64,
        unit="steps",
        advanced=True,
    )
    augment: float = setting(
        0.1,
        help="Share of items that the discriminator sees shifted, zoomed or cut, reached over the burn-in.",
        minimum=0,
        maximum=0.5,
    )
    burn_in: float = setting(
        0.8, help="Share of the run over which gamma and the learning rate fall.", minimum=0, maximum=1, advanced=True
    )
    text_latent_dim: int = setting(
        16,
        help="Texts: latent numbers of every four tokens, which the generator makes.",
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
    lr: float = setting(1e-3, help="Step size of Adam, for both networks.", title="Learning rate", above=0, maximum=1)
    final_lr: float = setting(
        0.2, help="Share of the learning rate that is left after the burn-in.", above=0, maximum=1, advanced=True
    )


FAMILY = Family(
    id="gan",
    title="Generative adversarial network",
    summary="Two networks compete: sharp samples in one pass, of texts weak ones, and no likelihood.",
    settings=GANSettings,
    monitor=("distance", "min"),
    conditions=("none", "class"),
    views=("grid", "vector", "sequence"),
    presets=(
        Preset(
            name="cpu",
            title="CPU, ten minutes",
            summary="Small networks that a laptop trains over a coffee.",
            settings={"train.minutes": 10, "train.batch_size": 64, "train.clip": 0},
            estimate=Estimate(minutes=10, memory_mb=600, on="two CPU cores, MNIST, November 2026", shape=(28, 28, 1)),
        ),
        Preset(
            name="gpu",
            title="GPU",
            summary="Wider networks that work on every pixel, for a data-centre GPU.",
            settings={
                "train.minutes": 6,
                "train.batch_size": 256,
                "train.clip": 0,
                "channels": 64,
                "blocks": 2,
                "patch": 1,
                "penalty_every": 1,
                "burn_in": 0.5,
                "lr": 5e-4,
            },
        ),
        Preset(
            name="gpu-large",
            title="GPU, large",
            summary="The widest networks, for hours on a data-centre GPU.",
            settings={
                "train.minutes": 120,
                "train.batch_size": 256,
                "train.clip": 0,
                "train.ema": 0.9998,
                "channels": 128,
                "blocks": 2,
                "patch": 1,
                "penalty_every": 1,
                "augment": 0.2,
                "burn_in": 0.25,
                "lr": 2e-4,
                "final_lr": 0.25,
            },
        ),
        Preset(
            name="cpu",
            modality="table",
            title="CPU, ten minutes",
            summary="Residual nets of linear layers for the rows of a table.",
            settings={
                "train.minutes": 10,
                "train.batch_size": 256,
                "train.clip": 0,
                "train.preview_count": 256,
                "channels": 256,
                "augment": 0,
                "penalty_every": 1,
            },
        ),
        Preset(
            name="cpu",
            modality="text",
            title="CPU, ten minutes",
            summary="An autoencoder of tokens, then a game in its latent; weak on texts, where an autoregressive model "
            "is far better.",
            settings={
                "train.minutes": 10,
                "train.batch_size": 64,
                "train.clip": 0,
                "train.preview_count": 16,
                "channels": 512,
                "penalty_every": 1,
            },
        ),
        Preset(
            name="seconds",
            modality="table",
            title="CPU, one minute",
            summary="A first look, good enough for points.",
            settings={
                "train.minutes": 1,
                "train.batch_size": 256,
                "train.clip": 0,
                "train.preview_count": 256,
                "channels": 128,
                "latent_dim": 8,
                "augment": 0,
                "penalty_every": 1,
            },
        ),
        Preset(
            name="play",
            modality="table",
            title="Beside the other families",
            summary="Networks so small that points in the plane are learned before one's eyes.",
            settings={
                "train.steps": 1500,
                "train.batch_size": 256,
                "train.clip": 0,
                "channels": 48,
                "latent_dim": 2,
                "augment": 0,
                "lr": 2e-3,
            },
            largest=2,
        ),
    ),
    paper="Huang et al. 2024, arXiv:2501.05441",
)


def _mode_of(run: Described) -> Mode:
    if isinstance(run.spec, TextSpec):
        from studio_gan.text_mode import TextMode

        return TextMode()
    from studio_gan.number_mode import NumberMode

    return NumberMode()


class GANPlugin:
    """The hooks of the family; the mode of the data answers them."""

    @hookimpl
    def studio_families(self) -> list[Family]:
        """Declare the family."""
        return [FAMILY]

    @hookimpl
    def studio_train(self, session: Session) -> None:
        """Train generator and discriminator in turn."""
        _mode_of(session).train(session)

    @hookimpl
    def studio_sample(self, trained: Trained) -> Sampler:
        """Turn normal noise into items."""
        return _mode_of(trained).sample(trained)

    @hookimpl
    def studio_decode(self, trained: Trained) -> Transform | Decoding:
        """The noise is the latent."""
        return _mode_of(trained).decode(trained)

    @hookimpl
    def studio_discriminate(self, trained: Trained) -> Transform:
        """The discriminator's score of an item."""
        return _mode_of(trained).discriminate(trained)

    @hookimpl
    def studio_diagnose(self, session: Session) -> list[str]:
        """Warn of collapse, lost classes, a discriminator that knows its items by heart, and one that has won."""
        if session.progress < 0.3:
            return []
        values = {
            name.removeprefix("validation."): value
            for name, value in session.metrics.items()
            if name.startswith("validation.")
        }
        return diagnose(values)


def diagnose(values: dict[str, float]) -> list[str]:
    """Sentences on what goes wrong, from the numbers of a validation by name; those that are absent say nothing."""
    said = []
    diversity = values.get("diversity", 1.0)
    if diversity < 0.5:
        said.append(
            f"Samples differ only {diversity:.0%} as much as real items do (mode collapse): "
            "raise gamma, raise train.batch_size, or lower lr."
        )
    coverage = values.get("class_coverage", 1.0)
    if coverage < 0.8:
        said.append(
            f"Only {coverage:.0%} of the classes are recognised in their samples: "
            "train longer, lower label_dropout, or raise gamma."
        )
    gap, margin = values.get("gap", 0.0), max(0.0, values.get("margin", 0.0))
    if gap > 0.3 and gap > margin:
        said.append(
            f"The discriminator scores its training items {gap:.1f} above held-out ones, and those only {margin:.1f} "
            "above samples (over-fit): raise augment, add data, or choose fewer channels."
        )
    distance = values.get("distance", 0.0)
    if distance > 0.3:
        said.append(
            f"Samples are still far from real items (distance {distance:.2f}; 0 is alike, 1 nothing in common): "
            "raise gamma, lower lr, or train longer."
        )
    return said


plugin = GANPlugin()
