"""The VAE's declaration; the mathematics is in model.py and columns.py, imported inside the hooks only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from studio.api import (
    Described,
    Estimate,
    Family,
    FamilySettings,
    Preset,
    Session,
    SettingsError,
    TableSpec,
    TextSpec,
    Trained,
    hookimpl,
    setting,
)

if TYPE_CHECKING:
    from studio.nn import Decoding, Sampler, Transform
    from studio_vae.mode import Mode


class VAESettings(FamilySettings):
    """Settings of the VAE."""

    mode: Literal["explorer", "sampler"] = setting(
        "explorer",
        help="The explorer has the better likelihood and a smooth latent; the sampler learns codes, then writes "
        "them symbol by symbol, for sharper samples.",
    )
    latent_dim: int = setting(
        16, help="Numbers of the first group of latents, which describe the item as a whole.", minimum=1, maximum=1024
    )
    groups: int = setting(
        1, help="Groups of latents on each coarser level of the ladder; 0 leaves the first alone.", minimum=0, maximum=8
    )
    group_channels: int = setting(
        2, help="Latents of such a group at each place.", minimum=1, maximum=64, advanced=True
    )
    channels: int = setting(24, help="Channels of the first level; each level below has twice.", minimum=4, maximum=512)
    blocks: int = setting(1, help="Residual blocks of each level.", minimum=1, maximum=8, advanced=True)
    likelihood: Literal["auto", "bernoulli", "logistic"] = setting(
        "auto", help="Bernoulli suits near-binary grey items, the logistic any; auto decides by colour.", advanced=True
    )
    free_bits: float = setting(
        0.05,
        help="Nats that cost nothing: of each latent number of the first group, and of each further group as a whole.",
        minimum=0,
        maximum=10,
        unit="nats",
        advanced=True,
    )
    kl_warmup: float = setting(
        0.1, help="Share of the run in which the KL term rises to its weight.", minimum=0, maximum=1, advanced=True
    )
    dropout: float = setting(
        0.0, help="Texts: share of values dropped in each block.", minimum=0, maximum=0.9, advanced=True
    )
    word_dropout: float = setting(
        0.3,
        help="Texts: share of the tokens before that are hidden from the decoder, so that it needs the latent.",
        minimum=0,
        maximum=1,
        advanced=True,
    )
    prior_dim: int = setting(
        128, help="Width of the sampler's transformer.", minimum=8, maximum=2048, multiple_of=8, advanced=True
    )
    prior_depth: int = setting(4, help="Blocks of the sampler's transformer.", minimum=1, maximum=32, advanced=True)
    label_dropout: float = setting(
        0.1, help="Share of labels hidden, so that it can also sample any class.", minimum=0, maximum=1, advanced=True
    )
    lr: float = setting(2e-3, help="Step size of AdamW.", title="Learning rate", above=0, maximum=1)


FAMILY = Family(
    id="vae",
    title="Variational autoencoder",
    summary="Learns a small code for every item: quick to train, samples in one pass, encodes and decodes.",
    settings=VAESettings,
    monitor=("loss", "min"),
    conditions=("none", "class"),
    views=("grid", "tokens", "sequence"),
    presets=(
        Preset(
            name="cpu",
            title="CPU, ten minutes",
            summary="A small network that a laptop trains over a coffee.",
            settings={"train.minutes": 10, "train.batch_size": 64},
            estimate=Estimate(minutes=10, memory_mb=820, on="two CPU cores, MNIST, November 2026", shape=(28, 28, 1)),
        ),
        Preset(
            name="sampler",
            title="CPU, sampler",
            summary="Codes and a transformer over them: sharper samples in the same ten minutes.",
            settings={"train.minutes": 10, "train.batch_size": 64, "mode": "sampler"},
            estimate=Estimate(minutes=10, memory_mb=815, on="two CPU cores, MNIST, November 2026", shape=(28, 28, 1)),
        ),
        Preset(
            name="gpu",
            title="GPU",
            summary="A wider and deeper network for a data-centre GPU.",
            settings={
                "train.minutes": 6,
                "train.batch_size": 256,
                "channels": 96,
                "blocks": 2,
                "groups": 3,
                "group_channels": 4,
                "latent_dim": 32,
                "lr": 1e-3,
            },
        ),
        Preset(
            name="gpu-large",
            title="GPU, an hour",
            summary="A long ladder for the best likelihood of this family.",
            settings={
                "train.minutes": 60,
                "train.batch_size": 256,
                "channels": 128,
                "blocks": 3,
                "groups": 6,
                "group_channels": 8,
                "latent_dim": 64,
                "lr": 5e-4,
            },
        ),
        Preset(
            name="cpu",
            modality="table",
            title="CPU, ten minutes",
            summary="Residual nets of linear layers, and a softmax for each column.",
            settings={
                "train.minutes": 10,
                "train.batch_size": 256,
                "train.preview_count": 256,
                "channels": 256,
                "blocks": 2,
                "lr": 1e-3,
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
                "train.preview_count": 256,
                "channels": 128,
                "latent_dim": 4,
            },
        ),
        Preset(
            name="cpu",
            modality="text",
            title="CPU, ten minutes",
            summary="Some latents for every few tokens, and a small decoder that writes.",
            settings={
                "train.minutes": 10,
                "train.batch_size": 64,
                "train.preview_count": 16,
                "channels": 192,
                "blocks": 3,
                "free_bits": 0.6,
                "lr": 4e-3,
            },
        ),
        Preset(
            name="play",
            modality="table",
            title="Beside the other families",
            summary="Nets so small that points in the plane are learned before one's eyes.",
            settings={
                "train.steps": 1500,
                "train.batch_size": 256,
                "channels": 48,
                "latent_dim": 2,
                # With less, the latent of two numbers collapses: nothing of the points goes through it.
                "free_bits": 0.5,
                "lr": 4e-3,
            },
            largest=2,
        ),
    ),
    paper="Kingma and Welling 2014, arXiv:1312.6114; Vahdat and Kautz 2020, arXiv:2007.03898",
)


def _mode_of(run: Described) -> Mode:
    if isinstance(run.spec, TableSpec | TextSpec) and run.settings.mode != "explorer":
        raise SettingsError("mode = sampler learns codes of images; choose mode = explorer for tables and texts.")
    if isinstance(run.spec, TableSpec):
        from studio_vae.column_mode import ColumnMode

        return ColumnMode()
    if isinstance(run.spec, TextSpec):
        from studio_vae.text_mode import TextMode

        return TextMode()
    if run.settings.mode == "sampler":
        from studio_vae.code_mode import CodeMode

        return CodeMode()
    from studio_vae.ladder_mode import LadderMode

    return LadderMode()


class VAEPlugin:
    """The hooks of the family; the object of the run's mode answers them."""

    @hookimpl
    def studio_families(self) -> list[Family]:
        """Declare the family."""
        return [FAMILY]

    @hookimpl
    def studio_train(self, session: Session) -> None:
        """Maximise the evidence lower bound, or learn codes and the prior over them."""
        _mode_of(session).train(session)

    @hookimpl
    def studio_sample(self, trained: Trained) -> Sampler:
        """Decode normal noise in one pass, or write codes symbol by symbol and decode them."""
        return _mode_of(trained).sample(trained)

    @hookimpl
    def studio_encode(self, trained: Trained) -> Transform:
        """Items to the mean of their latents, or to their codes."""
        return _mode_of(trained).encode(trained)

    @hookimpl
    def studio_decode(self, trained: Trained) -> Transform | Decoding:
        """The noise is the latent; of the sampler mode the codes are."""
        return _mode_of(trained).decode(trained)

    @hookimpl
    def studio_log_prob(self, trained: Trained) -> Transform | None:
        """Items of 8-bit levels to importance weights of their likelihood, or to its bound."""
        return _mode_of(trained).log_prob(trained)

    @hookimpl
    def studio_diagnose(self, session: Session) -> list[str]:
        """Warn of posterior collapse, and of a prior that misses where the items are."""
        metrics = session.metrics
        active, messages = metrics.get("validation.active_units"), []
        total = session.settings.latent_dim
        if active is not None and session.progress >= 0.3 and active < max(1.0, 0.1 * total):
            messages.append(
                f"Only {active:.0f} of the first {total} latents carry information (posterior collapse): "
                "raise free_bits, lengthen kl_warmup, or choose a smaller latent_dim."
            )
        rebuilt, drawn = (
            metrics.get(f"validation.{name}", 0.0) for name in ("reconstruction_distance", "sample_distance")
        )
        if session.progress >= 0.5 and drawn > 0.05 and drawn > 4.0 * max(rebuilt, 0.005):
            messages.append(
                f"Samples are {drawn:.2f} from the data, reconstructions {rebuilt:.2f}: the prior draws latents that "
                f"no item has; {_mode_of(session).prior_advice}."
            )
        return messages


plugin = VAEPlugin()
