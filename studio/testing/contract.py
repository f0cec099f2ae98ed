"""What every family must keep, ours and a stranger's, as tests.

A plugin's author writes one test file and runs it with pytest::

    from studio.testing import FamilyContract
    from my_package.plugin import plugin

    class TestMyFamily(FamilyContract):
        plugin = plugin
        settings = {"channels": 8}          # small, so that the suite is quick

Of a plugin that declares several families each has a class, with its id as ``family``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar
from unittest import SkipTest

import numpy as np
import numpy.typing as npt
import torch

from studio.core.request import SampleRequest
from studio.core.settings import TrainSettings
from studio.core.spec import Family
from studio.hooks.catalogue import check_settings
from studio.nn.sampler import draw_inputs, run_program
from studio.runtime.model import OnnxModel
from studio.runtime.sampling import Sampling
from studio.store.workspace import Workspace
from studio.testing.toy_data import toy_dataset, toy_table
from studio.testing.trial import Trial, family_of
from studio.train.checkpoint import Checkpoint

__all__ = ["FamilyContract", "draw_samples"]


def _same_bits(first: Checkpoint, second: Checkpoint) -> bool:
    return all(
        first.tensors[group].keys() == second.tensors[group].keys()
        and all(torch.equal(value, second.tensors[group][key]) for key, value in first.tensors[group].items())
        for group in ("modules", "averaged", "optimizers", "random", "state")
    )


def draw_samples(model: OnnxModel, **request: Any) -> npt.NDArray[Any]:
    """The samples of a request to a file, (N, ...); the request is made of the fields of ``SampleRequest``."""
    batches: list[npt.NDArray[Any]] = []
    Sampling(model, SampleRequest(**request)).run(lambda _, samples: batches.append(samples))
    return np.concatenate(batches)


class FamilyContract:
    """The tests; subclass it and set ``plugin``.

    Attributes:
        plugin: The plugin object.
        family: Id of the family; empty where the plugin declares one only.
        settings: Settings of the family that make it small.
        learning_steps: Steps in which the loss must fall on toy data.
    """

    plugin: ClassVar[object]
    family: ClassVar[str] = ""
    settings: ClassVar[Mapping[str, Any]] = {}
    learning_steps: ClassVar[int] = 40

    def declared(self) -> Family:
        """What the plugin declares of the family."""
        return family_of(self.plugin, self.family).declared

    def trial(self, folder: Path, shape: tuple[int, int, int] = (8, 8, 1), classes: int = 2, **train: Any) -> Trial:
        """A run of the plugin on a toy data set of its own."""
        workspace = Workspace(folder)
        dataset = toy_dataset(workspace, shape, classes)
        return Trial(self.plugin, workspace, dataset, self.settings, train, self.family)

    def test_declaration_needs_neither_torch_nor_qt(self) -> None:
        """Importing and asking the declaration loads no heavy library."""
        module = type(self.plugin).__module__
        code = (
            f"import sys, {module} as m; [getattr(p, 'studio_families')() for p in vars(m).values() "
            "if not isinstance(p, type) and hasattr(p, 'studio_families')]; "
            "print([n for n in ('torch', 'PySide6', 'onnxruntime') if n in sys.modules])"
        )
        path = json.dumps([entry for entry in sys.path if entry])
        code = f"import sys; sys.path[:0] = {path}; " + code
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout.strip() == "[]"

    def test_settings_and_presets_are_sound(self) -> None:
        """Defaults and presets are valid, come back from JSON unchanged, and every number says what it is."""
        family = self.declared()
        defaults = family.settings()
        assert family.settings.model_validate_json(defaults.model_dump_json()) == defaults
        assert "cpu" in {preset.name for preset in family.presets}
        for preset in family.presets:
            check_settings(family.settings, preset.settings)
        for name, schema in family.settings.model_json_schema()["properties"].items():
            assert schema.get("description"), f"the setting {name} has no description"
        assert not TrainSettings.model_fields.keys() & family.settings.model_fields.keys()

    def test_every_parameter_learns_and_the_loss_falls(self, tmp_path: Path) -> None:
        """After some steps every parameter has had a gradient, and the loss is lower than it was."""
        trial = self.trial(tmp_path, steps=self.learning_steps, preview_every=10**6)
        assert trial.train().state == "finished"
        state = trial.checkpoint().tensors["optimizers"]
        moments = {key: value for key, value in state.items() if value.ndim and key.rsplit("/", 1)[1] == "exp_avg"}
        assert all(bool((value != 0).any()) for value in moments.values())
        metric, way = self.declared().monitor
        losses = trial.curve(f"validation.{metric}")
        assert np.isfinite(losses).all()
        better = losses[-1] < losses[0] if way == "min" else losses[-1] > losses[0]
        assert better, losses

    def test_resumed_training_equals_an_uninterrupted_one(self, tmp_path: Path) -> None:
        """Killed before step 5 and resumed, every tensor of the last checkpoint has the same bits."""
        whole = self.trial(tmp_path / "whole", steps=8, checkpoint_every=2, validate_every=6)
        whole.train()
        broken = self.trial(tmp_path / "broken", steps=8, checkpoint_every=2, validate_every=6)
        assert broken.train(kill_at=5).state == "interrupted"
        assert broken.checkpoint().step == 4
        assert broken.train().state == "finished"
        assert _same_bits(whole.checkpoint(), broken.checkpoint())

    def test_previews_and_validation_leave_no_trace(self, tmp_path: Path) -> None:
        """A run that previews and validates at every step ends with the bits of one that does not."""
        busy = self.trial(tmp_path / "busy", steps=6, preview_every=1, validate_every=1)
        busy.train()
        quiet = self.trial(tmp_path / "quiet", steps=6, preview_every=10**6, validate_every=10**6)
        quiet.train()
        assert _same_bits(busy.checkpoint(), quiet.checkpoint())
        assert len(list((busy.folder / "previews").glob("*.npy"))) == 6

    def test_samples_are_items_and_depend_on_the_seed_alone(self, tmp_path: Path) -> None:
        """Items of the data's shape and type; the same seed gives the same sample in any batch."""
        trial = self.trial(tmp_path, steps=3, preview_every=10**6)
        trial.train()
        sampler = trial.family.call("studio_sample", trained=trial.trained())
        _, items = run_program(sampler, draw_inputs(sampler.inputs, 7, [0, 1, 2], [0, 1, 0]))
        assert items.dtype == torch.uint8
        assert tuple(items.shape) == (3, *trial.dataset.spec.shape)
        _, again = run_program(sampler, draw_inputs(sampler.inputs, 7, [0, 1, 2], [0, 1, 0]))
        assert torch.equal(items, again)
        _, alone = run_program(sampler, draw_inputs(sampler.inputs, 7, [1], [1]))
        assert int((alone[0].int() - items[1].int()).abs().max()) <= 1
        _, other = run_program(sampler, draw_inputs(sampler.inputs, 8, [0, 1, 2], [0, 1, 0]))
        assert not torch.equal(items, other)

    def test_exported_files_give_what_torch_gives(self, tmp_path: Path) -> None:
        """Every file passes its certificate, carries no local path, and is sampled without the plugin."""
        shape = (9, 5, 3)
        trial = self.trial(tmp_path, shape, 2, steps=3, preview_every=10**6)
        trial.train()
        exported = trial.export()
        assert all(parity.passed for parity in exported.parity.values()), exported.parity
        path = exported.folder / "sample.onnx"
        assert str(tmp_path).encode() not in path.read_bytes()
        model = OnnxModel(path, "cpu", threads=2)
        assert model.manifest.shape == shape
        assert len(model.manifest.classes) == 2
        samples = draw_samples(model, seed=3, count=5)
        assert samples.dtype == np.uint8
        assert samples.shape == (5, *shape)
        alone = draw_samples(model, seed=3, count=1, start=4)
        assert np.abs(alone[0].astype(int) - samples[4].astype(int)).max() <= 1
        for role in exported.parity:
            assert (exported.folder / f"{role}.onnx").exists()

    def test_tables_are_modelled_where_vectors_are(self, tmp_path: Path) -> None:
        """Rows of numbers are trained, exported and sampled, each the same in any batch."""
        if "vector" not in self.declared().views:
            raise SkipTest("the family models no vectors")
        workspace = Workspace(tmp_path)
        dataset = toy_table(workspace)
        trial = Trial(self.plugin, workspace, dataset, self.settings, {"steps": 3, "preview_every": 10**6}, self.family)
        trial.train()
        exported = trial.export()
        assert all(parity.passed for parity in exported.parity.values()), exported.parity
        model = OnnxModel(exported.folder / "sample.onnx", "cpu", threads=2)
        assert model.manifest.spec == dataset.spec
        samples = draw_samples(model, seed=3, count=5)
        assert samples.dtype == np.float32
        assert samples.shape == (5, *dataset.spec.shape)
        np.testing.assert_allclose(draw_samples(model, seed=3, count=1, start=4)[0], samples[4], rtol=1e-3)

    def test_data_without_classes_are_modelled_too(self, tmp_path: Path) -> None:
        """Trained and sampled; every part of the sampler was captured for the export before the first step."""
        trial = self.trial(tmp_path, (8, 8, 1), 0, steps=2, preview_every=10**6)
        trial.train()
        sampler = trial.family.call("studio_sample", trained=trial.trained())
        _, items = run_program(sampler, draw_inputs(sampler.inputs, 7, [0, 1]))
        assert tuple(items.shape) == (2, 8, 8, 1)
        assert not any(entry.kind == "label" for entry in sampler.inputs)
