"""The VAE's declaration; the mathematics is in model.py, imported inside the hooks only."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from studio.api import (
    Continuous,
    Estimate,
    Family,
    FamilySettings,
    Likelihood,
    Preset,
    Session,
    Trained,
    hookimpl,
    item_input,
    item_noise_input,
    noise_input,
    setting,
    temperature_input,
)

if TYPE_CHECKING:
    from studio.nn import Decoding, Sampler, Transform


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
    presets={
        "cpu": Preset(
            title="CPU, ten minutes",
            summary="A small network that a laptop trains over a coffee.",
            settings={"train.minutes": 10, "train.batch_size": 64},
            estimate=Estimate(minutes=10, memory_mb=820, on="two CPU cores, MNIST, November 2026", shape=(28, 28, 1)),
        ),
        "sampler": Preset(
            title="CPU, sampler",
            summary="Codes and a transformer over them: sharper samples in the same ten minutes.",
            settings={"train.minutes": 10, "train.batch_size": 64, "mode": "sampler"},
            estimate=Estimate(minutes=10, memory_mb=815, on="two CPU cores, MNIST, November 2026", shape=(28, 28, 1)),
        ),
        "gpu": Preset(
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
        "gpu-large": Preset(
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
    },
    paper="Kingma and Welling 2014, arXiv:1312.6114; Vahdat and Kautz 2020, arXiv:2007.03898",
)


def _code_sampler(trained: Trained) -> Sampler:
    from studio.nn import Sampler, Stage, TokenInit, TokenLogits, TokenStep, token_inputs, token_state
    from studio_vae.codes import CodeFinish, build_codec, build_prior

    net = trained.module("codec", build_codec(trained))
    prior = trained.module("prior", build_prior(trained, net))
    length = math.prod(net.grid)
    inputs = [*token_inputs(length, prior.vocab_size), *trained.label_inputs()]
    state = token_state(prior)
    # After the state come the constants: the uniform numbers, the known symbols, three scalars, and the labels.
    finish = CodeFinish(net, state - 2 + 5)
    stage = Stage(TokenStep(prior), trip=length)
    return Sampler(
        inputs,
        TokenInit(prior),
        finish,
        trained.codec(Continuous()),
        [stage],
        num_state=state,
        opset=23,
        certified=TokenLogits(),
    )


class VAEPlugin:
    """The hooks of the family."""

    @hookimpl
    def studio_families(self) -> list[Family]:
        """Declare the family."""
        return [FAMILY]

    @hookimpl
    def studio_train(self, session: Session) -> None:
        """Maximise the evidence lower bound with free bits and a warm-up of the KL term."""
        from studio_vae.train import train
        from studio_vae.train_codes import train_codes

        if session.settings.mode == "sampler":
            train_codes(session)
        else:
            train(session)

    @hookimpl
    def studio_sample(self, trained: Trained) -> Sampler:
        """Decode normal noise in one pass, or write codes symbol by symbol and decode them."""
        from studio.nn import Sampler
        from studio_vae.maps import Decode
        from studio_vae.model import build

        if trained.settings.mode == "sampler":
            return _code_sampler(trained)
        net = trained.module("net", build(trained))
        inputs = [noise_input((net.total_dim,)), *trained.label_inputs(), temperature_input()]
        return Sampler(inputs, init=Decode(net), codec=trained.codec(Continuous()))

    @hookimpl
    def studio_encode(self, trained: Trained) -> Transform:
        """Items to the mean of their latents, or to their codes."""
        from studio.nn import Transform
        from studio_vae.codes import EncodeCodes, build_codec
        from studio_vae.maps import Encode
        from studio_vae.model import build

        inputs = [item_input(trained.spec.shape, "items", "uint8"), *trained.label_inputs()]
        codec = trained.codec(Continuous())
        if trained.settings.mode == "sampler":
            return Transform(inputs, EncodeCodes(trained.module("codec", build_codec(trained)), codec), output="latent")
        return Transform(inputs, Encode(trained.module("net", build(trained)), codec), output="latent")

    @hookimpl
    def studio_decode(self, trained: Trained) -> Transform | Decoding:
        """The noise is the latent; of the sampler mode the codes are."""
        from studio.nn import Decoding, Transform
        from studio_vae.codes import DecodeCodes, build_codec

        if trained.settings.mode != "sampler":
            return Decoding(fixed={"temperature": 1.0})
        net = trained.module("codec", build_codec(trained))
        inputs = [item_input((math.prod(net.code_shape),), "latent", "float32"), *trained.label_inputs()]
        return Transform(inputs, DecodeCodes(net), codec=trained.codec(Continuous()))

    @hookimpl
    def studio_log_prob(self, trained: Trained) -> Transform:
        """Items to importance weights of their likelihood, or to its bound."""
        from studio.nn import Transform
        from studio_vae.codes import CodeLogProb, build_codec, build_prior
        from studio_vae.maps import LogWeight
        from studio_vae.model import build, view_of

        view, shape = view_of(trained), trained.spec.shape
        codec = trained.codec(view)
        inputs = [item_input(shape, "items", "uint8"), *([item_noise_input(shape)] if view.binarise else [])]
        likelihood = Likelihood(kind="bound", protocol=codec.likelihood_protocol, dims=math.prod(shape))
        if trained.settings.mode == "sampler":
            net = trained.module("codec", build_codec(trained))
            prior = trained.module("prior", build_prior(trained, net))
            module = CodeLogProb(net, prior, codec, view.binarise)
            inputs += trained.label_inputs()
            return Transform(inputs, module, output="log_prob", opset=23, likelihood=likelihood)
        ladder = trained.module("net", build(trained))
        inputs += [noise_input((ladder.total_dim,)), *trained.label_inputs()]
        return Transform(inputs, LogWeight(ladder, codec, view.binarise), output="log_prob", likelihood=likelihood)

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
            advice = "raise groups, train longer, or use mode=sampler"
            if session.settings.mode == "sampler":
                advice = "train longer, or raise prior_dim or prior_depth"
            messages.append(
                f"Samples are {drawn:.2f} from the data, reconstructions {rebuilt:.2f}: the prior draws latents that "
                f"no item has; {advice}."
            )
        return messages


plugin = VAEPlugin()
