"""The declaration of the mixture of Gaussians."""

from studio.api import Family, FamilySettings, Likelihood, Preset, hookimpl, items_input, noise_input, setting


class MixtureSettings(FamilySettings):
    """Settings of the mixture."""

    components: int = setting(32, help="Number of Gaussians.", minimum=1, maximum=1024)
    lr: float = setting(0.05, help="Step size of Adam.", title="Learning rate", above=0, maximum=1)


FAMILY = Family(
    id="mixture",
    title="Mixture of Gaussians",
    summary="Exact likelihoods of rows, and of small pictures.",
    settings=MixtureSettings,
    monitor=("loss", "min"),
    presets=tuple(
        Preset(name="cpu", modality=kind, title="CPU, a minute", summary="Enough.", settings={"train.minutes": 1})
        for kind in ("image", "table")
    ),
    views=("vector", "grid"),
    conditions=("none",),
)


class MixturePlugin:
    """The hooks of the mixture, which knows no classes."""

    @hookimpl
    def studio_families(self):
        return [FAMILY]

    @hookimpl
    def studio_train(self, session):
        from mixture_family.model import train

        train(session)

    @hookimpl
    def studio_sample(self, trained):
        from mixture_family.model import VIEW, make_net
        from studio.nn import Sampler

        codec = trained.codec(VIEW)
        inputs = [noise_input(codec.shape), noise_input((1,), "noise.component", "uniform")]
        return Sampler(inputs, trained.module("net", make_net(trained)), codec=codec)

    @hookimpl
    def studio_log_prob(self, trained):
        from mixture_family.model import VIEW, LogProb, make_net
        from studio.nn import Transform

        codec = trained.codec(VIEW)
        noise = codec.noise_inputs()
        likelihood = Likelihood(kind="bound" if noise else "exact", protocol=codec.likelihood_protocol, dims=codec.dims)
        init = LogProb(trained.module("net", make_net(trained)), codec)
        return Transform([items_input(trained.spec), *noise], init, output="log_prob", likelihood=likelihood)


plugin = MixturePlugin()
