"""The conformance suite over the GAN."""

from studio.testing import FamilyContract
from studio_gan.plugin import plugin as gan


class TestGAN(FamilyContract):
    plugin = gan
    learning_steps = 80
    settings = {"channels": 8, "latent_dim": 4, "penalty_every": 3, "augment": 0.2, "lr": 3e-3}


class TestGANOnEveryPixel(FamilyContract):
    plugin = gan
    learning_steps = 80
    settings = {"channels": 8, "latent_dim": 4, "patch": 1, "blocks": 2, "penalty_every": 1, "augment": 0.0, "lr": 3e-3}
