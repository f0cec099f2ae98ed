"""Images and rows of tables: the flow maps their values themselves."""

from __future__ import annotations

import math
from typing import Literal

from studio.api import Likelihood, Session, Trained, items_input, noise_input, temperature_input
from studio.nn import Decoding, Sampler, Transform
from studio_flow.model import VIEW, Encode, LogProb, build
from studio_flow.sampler import CouplingSample, Finish, Init, stages_of
from studio_flow.train import train
from studio_flow.transformer_flow import TransformerFlow

__all__ = ["NumberMode"]

# A flow spreads some of its mass where nothing is, so samples drawn a little below 1 are closer to the data. The best
# of 0.7, 0.8, 0.9 and 1 on validation digits is 0.7, one training of ten minutes, and 0.8 cannot be told from it
# (tests/benchmarks/choose_defaults.py).
_TEMPERATURE = 0.8


class NumberMode:
    """The mode of numbers."""

    def train(self, session: Session) -> None:
        """Maximise the likelihood."""
        train(session)

    def sample(self, trained: Trained) -> Sampler:
        """Map noise back through the flow."""
        net, codec = trained.module("net", build(trained)), trained.codec(VIEW)
        # Of real numbers every sample counts: a temperature below 1 would leave the rare ones out.
        temperature = temperature_input(default=_TEMPERATURE if codec.levels else 1.0)
        noise = noise_input((math.prod(codec.shape),))
        inputs = [noise, temperature, *trained.label_inputs()]
        if not isinstance(net, TransformerFlow):
            return Sampler(inputs, CouplingSample(net), codec=codec)
        net = net.double()
        # In float64 there is no fused attention before or after operator set 23.
        return Sampler(inputs, Init(net), Finish(net), codec, stages_of(net.flow_blocks()), opset=20)

    def encode(self, trained: Trained) -> Transform:
        """Items to their latent."""
        net = trained.module("net", build(trained))
        if trained.settings.kind == "transformer":
            # In float64 as the sampler, for a latent near the ends is steep too.
            net = net.double()
        inputs = [items_input(trained.spec), *trained.label_inputs()]
        return Transform(inputs, Encode(net, trained.codec(VIEW)), output="latent", opset=20)

    def decode(self, trained: Trained) -> Decoding:
        """The noise is the latent."""
        return Decoding(fixed={"temperature": 1.0})

    def log_prob(self, trained: Trained) -> Transform:
        """Items to their density or, where values have levels, the weight of one dequantisation of them."""
        net, codec = trained.module("net", build(trained)), trained.codec(VIEW)
        dequantisation = codec.noise_inputs()
        inputs = [items_input(trained.spec), *dequantisation, *trained.label_inputs()]
        kind: Literal["exact", "bound"] = "bound" if dequantisation else "exact"
        likelihood = Likelihood(kind=kind, protocol=codec.likelihood_protocol, dims=codec.dims)
        opset = 23 if trained.settings.kind == "transformer" else 20
        return Transform(inputs, LogProb(net, codec), output="log_prob", opset=opset, likelihood=likelihood)
