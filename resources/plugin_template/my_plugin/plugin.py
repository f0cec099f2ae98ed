"""The declaration: what the studio asks often, so torch is imported inside the hooks only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.api import (
    Family,
    FamilySettings,
    Likelihood,
    Preset,
    Session,
    Trained,
    hookimpl,
    items_input,
    noise_input,
    setting,
)

if TYPE_CHECKING:
    from studio.nn import Decoding, Sampler, Transform


class Settings(FamilySettings):
    """Settings of the family; each becomes a field of the form on the Train page."""

    lr: float = setting(0.05, help="Step size of Adam.", title="Learning rate", above=0, maximum=1)


FAMILY = Family(
    id="my_plugin",
    title="My plugin",
    summary="A normal distribution of every number, for each class.",
    settings=Settings,
    monitor=("loss", "min"),
    presets=(
        Preset(
            name="cpu", title="CPU, a minute", summary="It learns no more after that.", settings={"train.minutes": 1}
        ),
        Preset(
            name="cpu",
            modality="table",
            title="CPU, a minute",
            summary="It learns no more after that.",
            settings={"train.minutes": 1, "train.batch_size": 256},
        ),
    ),
    views=("grid", "vector"),
    conditions=("none", "class"),
)


class MyPlugin:
    """The hooks of the family."""

    @hookimpl
    def studio_families(self) -> list[Family]:
        """Declare the family."""
        return [FAMILY]

    @hookimpl
    def studio_train(self, session: Session) -> None:
        """Maximise the likelihood."""
        from my_plugin.model import train

        train(session)

    @hookimpl
    def studio_sample(self, trained: Trained) -> Sampler:
        """Draw every number from its normal distribution."""
        from my_plugin.model import VIEW, make_net
        from studio.nn import Sampler

        codec = trained.codec(VIEW)
        net = trained.module("net", make_net(trained))
        return Sampler([noise_input(codec.shape), *trained.label_inputs()], net, codec=codec)

    @hookimpl
    def studio_encode(self, trained: Trained) -> Transform:
        """Tell by how many standard deviations each number is off its mean."""
        from my_plugin.model import VIEW, Encode, make_net
        from studio.nn import Transform

        encode = Encode(trained.module("net", make_net(trained)), trained.codec(VIEW))
        return Transform([items_input(trained.spec), *trained.label_inputs()], encode, output="latent")

    @hookimpl
    def studio_decode(self, trained: Trained) -> Decoding:
        """The sampler's noise is the latent."""
        from studio.nn import Decoding

        return Decoding()

    @hookimpl
    def studio_log_prob(self, trained: Trained) -> Transform:
        """Sum the log density of all numbers: exact of real ones, a bound by one dequantisation of levels."""
        from my_plugin.model import VIEW, LogProb, make_net
        from studio.nn import Transform

        codec = trained.codec(VIEW)
        inputs = [items_input(trained.spec), *codec.noise_inputs(), *trained.label_inputs()]
        likelihood = Likelihood(
            kind="bound" if codec.noise_inputs() else "exact", protocol=codec.likelihood_protocol, dims=codec.dims
        )
        log_prob = LogProb(trained.module("net", make_net(trained)), codec)
        return Transform(inputs, log_prob, output="log_prob", likelihood=likelihood)


plugin = MyPlugin()
