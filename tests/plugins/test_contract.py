"""The conformance suite over the bundled plugins, each in the settings that differ in kind."""

import pytest

from studio.core.errors import StudioError
from studio.testing import FamilyContract
from studio.testing.contract import check_files
from studio_diffusion.plugin import plugin as diffusion
from studio_vae.plugin import plugin as vae


class TestVAE(FamilyContract):
    plugin = vae
    settings = {"channels": 8, "latent_dim": 4}

    @pytest.mark.slow
    def test_exported_files_give_what_torch_gives(self, tmp_path):
        """In shorter runs the same files, of latents at the top alone, are written in tests/export/test_exporter.py."""
        super().test_exported_files_give_what_torch_gives(tmp_path)

    def test_other_kinds_of_data_are_modelled_too(self, tmp_path):
        """Texts go through the same files in test_vae_texts.py."""
        check_files(self.trial(tmp_path, "table"), tmp_path)


class TestVAESampler(FamilyContract):
    plugin = vae
    settings = {"mode": "sampler", "channels": 8, "prior_dim": 16, "prior_depth": 1}

    @pytest.mark.slow
    def test_exported_files_give_what_torch_gives(self, tmp_path):
        super().test_exported_files_give_what_torch_gives(tmp_path)

    def test_other_kinds_of_data_are_modelled_too(self, tmp_path):
        with pytest.raises(StudioError, match="mode = sampler learns codes of images; choose mode = explorer"):
            super().test_other_kinds_of_data_are_modelled_too(tmp_path)


class TestDiffusion(FamilyContract):
    plugin = diffusion
    # Attention in the middle alone; at every level TestRectifiedFlow has it.
    settings = {"channels": 8, "multipliers": [1], "attention_size": 0, "sample_steps": 3}

    @pytest.mark.slow
    def test_other_kinds_of_data_are_modelled_too(self, tmp_path):
        """In shorter runs tables are learned in test_odd_data.py, and go through a file in tests/packages."""
        super().test_other_kinds_of_data_are_modelled_too(tmp_path)


class TestDiffusionTransformer(FamilyContract):
    plugin = diffusion
    settings = {"net": "dit", "channels": 16, "depth": 1, "heads": 2, "sample_steps": 3, "solver": "multistep"}

    @pytest.mark.slow
    def test_exported_files_give_what_torch_gives(self, tmp_path):
        """In shorter runs its sampler goes through a file in the README's example."""
        super().test_exported_files_give_what_torch_gives(tmp_path)

    def test_other_kinds_of_data_are_modelled_too(self, tmp_path):
        with pytest.raises(StudioError, match="net = dit reads patches of images; choose net = unet"):
            super().test_other_kinds_of_data_are_modelled_too(tmp_path)


class TestRectifiedFlow(FamilyContract):
    """The net of TestDiffusion with another loss and solver: in shorter runs it only has to learn and to resume."""

    plugin = diffusion
    settings = {
        "channels": 8,
        # Halves and doubles the picture.
        "multipliers": [1, 2],
        "sample_steps": 3,
        "formulation": "rectified_flow",
        "solver": "euler",
        "dropout": 0.1,
        "average": "ema",
    }

    @pytest.mark.slow
    def test_previews_and_validation_leave_no_trace(self, tmp_path):
        super().test_previews_and_validation_leave_no_trace(tmp_path)

    @pytest.mark.slow
    def test_items_are_encoded_and_decoded(self, tmp_path):
        super().test_items_are_encoded_and_decoded(tmp_path)

    @pytest.mark.slow
    def test_exported_files_give_what_torch_gives(self, tmp_path):
        super().test_exported_files_give_what_torch_gives(tmp_path)

    @pytest.mark.slow
    def test_other_kinds_of_data_are_modelled_too(self, tmp_path):
        super().test_other_kinds_of_data_are_modelled_too(tmp_path)


def test_the_bundled_plugins_are_installed_through_entry_points():
    from studio.hooks.loader import find_plugins

    assert {row.name for row in find_plugins(bundled_only=True)} == {
        "vae",
        "gan",
        "autoregressive",
        "flow",
        "diffusion",
    }
