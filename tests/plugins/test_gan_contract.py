"""The conformance suite over the GAN."""

import pytest

from studio.testing import FamilyContract
from studio.testing.contract import check_files
from studio_gan.plugin import plugin as gan


class TestGAN(FamilyContract):
    plugin = gan
    learning_steps = 80
    settings = {
        "channels": 8,
        "latent_dim": 4,
        "penalty_every": 3,
        "augment": 0.2,
        "lr": 3e-3,
        "text_latent_dim": 2,
        "autoencoder_dim": 16,
        "autoencoder_depth": 1,
    }

    def test_other_kinds_of_data_are_modelled_too(self, tmp_path):
        """Texts go through the same files in test_gan_texts.py."""
        check_files(self.trial(tmp_path, "table"), tmp_path)


class TestGANOnEveryPixel(FamilyContract):
    plugin = gan
    learning_steps = 80
    settings = {"channels": 8, "latent_dim": 4, "patch": 1, "blocks": 2, "penalty_every": 1, "augment": 0.0, "lr": 3e-3}

    @pytest.mark.slow
    def test_other_kinds_of_data_are_modelled_too(self, tmp_path):
        """In shorter runs those of TestGAN, whose nets of rows and latents are the same."""
        super().test_other_kinds_of_data_are_modelled_too(tmp_path)
