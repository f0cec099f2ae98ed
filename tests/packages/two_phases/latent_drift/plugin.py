from studio.api import (
    Family,
    FamilySettings,
    Preset,
    hookimpl,
    items_input,
    latent_input,
    noise_input,
    setting,
    steps_input,
)


class DriftSettings(FamilySettings):
    width: int = setting(256, help="Width of the networks.", minimum=8, maximum=4096, multiple_of=8)
    latent: int = setting(16, help="Numbers of a latent.", minimum=1, maximum=1024)
    sample_steps: int = setting(16, help="Solver steps of a sample, by default.", minimum=1, maximum=1000)
    lr: float = setting(2e-3, help="Step size of both Adams.", title="Learning rate", above=0, maximum=1)


PRESETS = tuple(
    Preset(name="cpu", modality=kind, title="CPU, two minutes", summary="Quick.", settings={"train.minutes": 2})
    for kind in ("image", "table")
)
SUMMARY = "An autoencoder, then a drift in its latent space."


class DriftPlugin:
    @hookimpl
    def studio_families(self):
        monitor, views, conditions = ("loss", "min"), ("grid", "vector"), ("none", "class")
        return [Family("latent_drift", "Latent drift", SUMMARY, DriftSettings, monitor, PRESETS, views, conditions)]

    @hookimpl
    def studio_train(self, session):
        from latent_drift.model import train

        train(session)

    @hookimpl
    def studio_sample(self, trained):
        from latent_drift.model import VIEW, Begin, Step, make_decoder, make_drift
        from studio.nn import Sampler, Stage

        settings = trained.settings
        inputs = [noise_input((settings.latent,)), steps_input(settings.sample_steps), *trained.label_inputs()]
        step = Step(trained.module("drift", make_drift(trained)))
        finish = trained.module("decoder", make_decoder(trained))
        return Sampler(inputs, Begin(), finish, trained.codec(VIEW), [Stage(step, "steps")])

    @hookimpl
    def studio_encode(self, trained):
        from latent_drift.model import VIEW, Encode, make_encoder
        from studio.nn import Transform

        encode = Encode(trained.module("encoder", make_encoder(trained)), trained.codec(VIEW))
        return Transform([items_input(trained.spec)], encode, output="latent")

    @hookimpl
    def studio_decode(self, trained):
        from latent_drift.model import VIEW, make_decoder
        from studio.nn import Transform

        decoder = trained.module("decoder", make_decoder(trained))
        return Transform([latent_input((trained.settings.latent,))], decoder, codec=trained.codec(VIEW))


plugin = DriftPlugin()
