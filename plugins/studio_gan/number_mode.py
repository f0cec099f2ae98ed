"""Images and rows of tables: the generator makes their values themselves, in one pass."""

from __future__ import annotations

from studio.api import Continuous, Session, Trained, items_input, noise_input, temperature_input
from studio.nn import Decoding, Sampler, Transform
from studio_gan.model import build_discriminator, build_generator
from studio_gan.sampler import Generate, Score
from studio_gan.train import train

__all__ = ["NumberMode"]


class NumberMode:
    """The mode of numbers."""

    def train(self, session: Session) -> None:
        """Let the two networks play against each other."""
        train(session)

    def sample(self, trained: Trained) -> Sampler:
        """Turn normal noise into items in one pass."""
        net = trained.module("generator", build_generator(trained))
        inputs = [noise_input((net.latent_dim,)), *trained.label_inputs(), temperature_input()]
        return Sampler(inputs, init=Generate(net), codec=trained.codec(Continuous()))

    def decode(self, trained: Trained) -> Decoding:
        """The noise is the latent."""
        return Decoding(fixed={"temperature": 1.0})

    def discriminate(self, trained: Trained) -> Transform:
        """The discriminator's score of an item."""
        net = trained.module("discriminator", build_discriminator(trained))
        # Rounded numbers stay where they are: nobody is told apart here.
        module = Score(net, trained.codec(Continuous()))
        return Transform([items_input(trained.spec), *trained.label_inputs()], module, output="score")
