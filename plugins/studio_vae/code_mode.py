"""The sampler: discrete codes that a transformer writes symbol by symbol, decoded in one pass."""

from __future__ import annotations

import math

from studio.api import Continuous, Likelihood, Session, Trained, items_input, latent_input
from studio.nn import Sampler, Stage, TokenInit, TokenLogits, TokenStep, Transform, token_inputs, token_state
from studio_vae.codes import CodeFinish, CodeLogProb, DecodeCodes, EncodeCodes, build_codec, build_prior
from studio_vae.model import view_of
from studio_vae.train_codes import train_codes

__all__ = ["CodeMode"]


class CodeMode:
    """The mode ``sampler``: the codes are the latent."""

    prior_advice = "train longer, or raise prior_dim or prior_depth"

    def train(self, session: Session) -> None:
        """Learn the autoencoder, then the prior over its codes."""
        train_codes(session)

    def sample(self, trained: Trained) -> Sampler:
        """Write codes symbol by symbol and decode them."""
        net = trained.module("codec", build_codec(trained))
        prior = trained.module("prior", build_prior(trained, net))
        length, state = math.prod(net.grid), token_state(prior)
        return Sampler(
            [*token_inputs(length, prior.vocab_size), *trained.label_inputs()],
            TokenInit(prior),
            # After the state come the constants: the uniform numbers, the known symbols, three scalars, and the labels.
            CodeFinish(net, state - 2 + 5),
            trained.codec(Continuous()),
            [Stage(TokenStep(prior), trip=length)],
            num_state=state,
            opset=23,
            certified=TokenLogits(),
        )

    def encode(self, trained: Trained) -> Transform:
        """Items to their codes."""
        inputs = [items_input(trained.spec), *trained.label_inputs()]
        module = EncodeCodes(trained.module("codec", build_codec(trained)), trained.codec(Continuous()))
        return Transform(inputs, module, output="latent")

    def decode(self, trained: Trained) -> Transform:
        """Codes to items."""
        net = trained.module("codec", build_codec(trained))
        inputs = [latent_input((math.prod(net.code_shape),)), *trained.label_inputs()]
        return Transform(inputs, DecodeCodes(net), codec=trained.codec(Continuous()))

    def log_prob(self, trained: Trained) -> Transform | None:
        """Items to the bound of their likelihood."""
        view = view_of(trained)
        codec = trained.codec(view)
        if codec.levels != 256:
            # The decoder's likelihood is one of 8-bit levels, which another codec's view need not stand on.
            return None
        net = trained.module("codec", build_codec(trained))
        module = CodeLogProb(net, trained.module("prior", build_prior(trained, net)), codec, view.binarise)
        inputs = [items_input(trained.spec), *codec.noise_inputs(), *trained.label_inputs()]
        likelihood = Likelihood(kind="bound", protocol=codec.likelihood_protocol, dims=codec.dims)
        return Transform(inputs, module, output="log_prob", opset=23, likelihood=likelihood)
