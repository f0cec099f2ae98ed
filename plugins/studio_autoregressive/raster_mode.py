"""Images: symbols in raster order."""

from __future__ import annotations

from studio.api import Likelihood, Session, Trained, given_input, items_input
from studio.nn import (
    Sampler,
    Stage,
    TokenFinish,
    TokenInit,
    TokenLogits,
    TokenStep,
    Transform,
    token_inputs,
    token_state,
)
from studio_autoregressive.model import LogProb, build, token_view
from studio_autoregressive.palette import Palette
from studio_autoregressive.train import train

__all__ = ["RasterMode"]

_GIVEN = (
    "Known values of the item, kept at the model's own levels; -1 = free. It draws from the top left to the bottom "
    "right, so what is known further down has no say in what is drawn above it."
)


class RasterMode:
    """The mode of images."""

    def train(self, session: Session) -> None:
        """Minimise -log p."""
        train(session)

    def sample(self, trained: Trained) -> Sampler:
        """Draw symbol by symbol."""
        view = token_view(trained, trained.module("palette", Palette()))
        net, codec = trained.module("net", build(trained, view)), trained.codec(view)
        inputs = [*token_inputs(codec.shape[0], net.vocab_size), given_input(trained.spec, _GIVEN)]
        inputs += trained.label_inputs()
        return Sampler(
            inputs,
            TokenInit(net, codec),
            TokenFinish(),
            codec,
            [Stage(TokenStep(net, codec.patterns), trip=codec.shape[0])],
            num_state=token_state(net),
            opset=23,
            certified=TokenLogits(),
        )

    def log_prob(self, trained: Trained) -> Transform:
        """Items to their exact log probability."""
        view = token_view(trained, trained.module("palette", Palette()))
        net, codec = trained.module("net", build(trained, view)), trained.codec(view)
        inputs = [items_input(trained.spec), *codec.noise_inputs(), *trained.label_inputs()]
        return Transform(
            inputs,
            LogProb(net, codec, random=bool(codec.noise_inputs())),
            output="log_prob",
            opset=23,
            likelihood=Likelihood(kind="exact", protocol=codec.likelihood_protocol, dims=codec.dims),
        )
