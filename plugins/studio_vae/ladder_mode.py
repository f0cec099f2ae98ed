"""The explorer: a ladder of latents, decoded from normal noise in one pass."""

from __future__ import annotations

from studio.api import (
    Continuous,
    Likelihood,
    Session,
    Trained,
    items_input,
    noise_input,
    temperature_input,
)
from studio.nn import Decoding, Sampler, Transform
from studio_vae.maps import Decode, Encode, LogWeight
from studio_vae.model import build, view_of
from studio_vae.train import train

__all__ = ["LadderMode"]


class LadderMode:
    """The mode ``explorer``: the noise is the latent."""

    prior_advice = "raise groups, train longer, or use mode=sampler"

    def train(self, session: Session) -> None:
        """Maximise the evidence lower bound with free bits and a warm-up of the KL term."""
        train(session)

    def sample(self, trained: Trained) -> Sampler:
        """Decode normal noise in one pass."""
        net = trained.module("net", build(trained))
        inputs = [noise_input((net.total_dim,)), *trained.label_inputs(), temperature_input()]
        return Sampler(inputs, init=Decode(net), codec=trained.codec(Continuous()))

    def encode(self, trained: Trained) -> Transform:
        """Items to the mean of their latents."""
        inputs = [items_input(trained.spec), *trained.label_inputs()]
        module = Encode(trained.module("net", build(trained)), trained.codec(Continuous()))
        return Transform(inputs, module, output="latent")

    def decode(self, trained: Trained) -> Decoding:
        """The sampler is the decoder."""
        return Decoding(fixed={"temperature": 1.0})

    def log_prob(self, trained: Trained) -> Transform | None:
        """Items to the importance weights of their likelihood."""
        view = view_of(trained)
        codec = trained.codec(view)
        if codec.levels != 256:
            # The decoder's likelihood is one of 8-bit levels, which another codec's view need not stand on.
            return None
        net = trained.module("net", build(trained))
        inputs = [
            items_input(trained.spec),
            *codec.noise_inputs(),
            noise_input((net.total_dim,)),
            *trained.label_inputs(),
        ]
        likelihood = Likelihood(kind="bound", protocol=codec.likelihood_protocol, dims=codec.dims)
        return Transform(inputs, LogWeight(net, codec, view.binarise), output="log_prob", likelihood=likelihood)
