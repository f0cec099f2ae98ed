"""Images and rows of tables: numbers under noise, and beside them masked categories."""

from __future__ import annotations

from typing import Any

from studio.api import Continuous, Likelihood, Session, TableSpec, Trained, items_input, noise_input, scalar_input
from studio.nn import Decoding, Sampler, Stage, Transform
from studio_diffusion.averages import chosen, chosen_mixed
from studio_diffusion.inversion import Backwards, FromItem, ToLatent
from studio_diffusion.likelihood import Bound, LevelDecoder
from studio_diffusion.mixed import is_mixed
from studio_diffusion.mixed_sampler import mixed_sampler_of
from studio_diffusion.row_likelihood import RowBound
from studio_diffusion.sampler import sampler_of
from studio_diffusion.train import train

__all__ = ["NumberMode"]

# Encoding and decoding undo each other by so many steps: 20 real digits came back with values off by 0.06 of 255 on
# average and 16 at most (MNIST, ten minutes on a CPU); by 64 steps it was 0.18 and 86.
_CLOSE_STEPS = 100


def _opset(trained: Trained) -> int:
    return 23 if trained.settings.net == "dit" else 20


def _row_bound(trained: Trained, codec: Any) -> Transform:
    module = RowBound(chosen(trained), codec)
    inputs = [items_input(trained.spec), *module.noise_inputs(), *trained.label_inputs()]
    likelihood = Likelihood(kind="bound", draws="terms", protocol=codec.likelihood_protocol, dims=codec.dims)
    return Transform(inputs, module, output="log_prob", opset=20, likelihood=likelihood)


class NumberMode:
    """The mode of numbers."""

    def train(self, session: Session) -> None:
        """Denoise items at random noise levels."""
        train(session)

    def sample(self, trained: Trained) -> Sampler:
        """Solve the probability-flow ODE from noise to items; categories of rows are drawn one after another."""
        if is_mixed(trained.codec(Continuous())):
            return mixed_sampler_of(trained, chosen_mixed(trained))
        return sampler_of(trained, chosen(trained), _opset(trained))

    def encode(self, trained: Trained) -> Transform | None:
        """Solve the probability-flow ODE from items to the noise that they are made of; no way leads to categories."""
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

    def decode(self, trained: Trained) -> Decoding | None:
        """The noise is the latent; encoding knows no guidance, so only without it is the latent the item's."""
        if is_mixed(trained.codec(Continuous())):
            return None
        return Decoding(defaults={"steps": max(_CLOSE_STEPS, trained.settings.sample_steps), "guidance": 1.0})

    def log_prob(self, trained: Trained) -> Transform | None:
        """Items of 8-bit levels, and rows of numbers, to estimates of their variational bound."""
        codec = trained.codec(Continuous())
        if isinstance(trained.spec, TableSpec) and not is_mixed(codec):
            return _row_bound(trained, codec)
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

    def diagnose(self, session: Session) -> list[str]:
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
