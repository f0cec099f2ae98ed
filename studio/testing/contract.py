"""What every family must keep, ours and a stranger's, as tests.

A plugin's author writes one test file and runs it with pytest::

    from studio.testing import FamilyContract
    from my_package.plugin import plugin

    class TestMyFamily(FamilyContract):
        plugin = plugin
        settings = {"channels": 8}          # small, so that the suite is quick

Of a plugin that declares several families each has a class, with its id as ``family``. Which toy data it learns follows
from the views and conditions that the family declares.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, ClassVar
from unittest import SkipTest

import numpy as np
import numpy.typing as npt
import torch

from studio.core.errors import StudioError, explain
from studio.core.modality import modalities_of
from studio.core.request import SampleRequest
from studio.core.settings import TrainSettings
from studio.core.spec import Family
from studio.export.exporter import ExportedModel
from studio.hooks.catalogue import check_settings
from studio.runtime.model import OnnxModel
from studio.runtime.sampling import Sampling
from studio.store.workspace import Workspace
from studio.testing.abilities import check_conditions, check_likelihood, check_round_trip, check_scores
from studio.testing.learned import Learned, check_items, differing, draw, learned_of
from studio.testing.toy_data import toy_data
from studio.testing.trial import Trial, family_of
from studio.train.answer import sampler_of
from studio.train.checkpoint import Checkpoint

__all__ = ["FamilyContract", "check_files", "draw_samples", "first_difference"]

_NEVER = 10**6
_HEAVY = ("torch", "PySide6", "onnxruntime")


def first_difference(first: Checkpoint, second: Checkpoint) -> str:
    """The first tensor that is not the same to the bit, as ``modules/net/weight``; empty where all are."""
    for group in ("modules", "averaged", "optimizers", "random", "state"):
        one, other = first.tensors[group], second.tensors[group]
        for key in sorted(one.keys() | other.keys()):
            if key not in one or key not in other or not torch.equal(one[key], other[key]):
                return f"{group}/{key}"
    return ""


def draw_samples(model: OnnxModel, **request: Any) -> npt.NDArray[Any]:
    """The samples of a request to a file, (N, ...); the request is made of the fields of ``SampleRequest``."""
    batches: list[npt.NDArray[Any]] = []
    Sampling(model, SampleRequest(**request)).run(lambda _, samples: batches.append(samples))
    return np.concatenate(batches)


def check_files(trial: Trial, place: Path) -> ExportedModel:
    """Train, export all files, and sample the first without the plugin.

    Args:
        trial: The run.
        place: A folder that no file may name.

    Raises:
        AssertionError: One sentence on what does not hold.
    """
    trial.train()
    try:
        exported = trial.export()
    except StudioError as error:
        raise AssertionError(explain(error)) from None
    for role, parity in exported.parity.items():
        assert parity.passed, (
            f"The file {role}.onnx differs from torch by {parity.max_abs:.2g}, and {parity.tolerance:.2g} may be; "
            "compute what grows or cancels in float64, or bound it."
        )
        path = exported.folder / f"{role}.onnx"
        assert str(place).encode() not in path.read_bytes(), (
            f"The file {role}.onnx names a folder of this machine; keep paths out of modules, buffers and names."
        )
    model, spec = OnnxModel(exported.folder / "sample.onnx", "cpu", threads=2), trial.dataset.spec
    samples = draw_samples(model, seed=3, count=5)
    check_items(samples, spec, 5, "sample.onnx")
    codec = sampler_of(trial.family, trial.trained()).codec
    alone = draw_samples(model, seed=3, count=1, start=1)
    assert not differing(alone, samples[1:2], codec), (
        "A sample of sample.onnx is another one alone than in its batch; let no module depend on the batch's size."
    )
    return exported


class FamilyContract:
    """The tests; subclass it and set ``plugin``.

    Attributes:
        plugin: The plugin object.
        family: Id of the family; empty where the plugin declares one only.
        settings: Settings of the family that make it small.
        learning_steps: Steps in which the loss must fall on toy data.
        not_learned: Parameters that are meant to stay as they are, as ``module/name``, beside those that need no
            gradient.
    """

    plugin: ClassVar[object]
    family: ClassVar[str] = ""
    settings: ClassVar[Mapping[str, Any]] = {}
    learning_steps: ClassVar[int] = 40
    not_learned: ClassVar[Collection[str]] = ()
    _made: ClassVar[Learned | None] = None

    def declared(self) -> Family:
        """What the plugin declares of the family."""
        return family_of(self.plugin, self.family).declared

    def trial(
        self, folder: Path, modality: str = "", classes: int = 2, odd: bool = False, steps: int = 3, **train: Any
    ) -> Trial:
        """A run of the plugin on a toy data set of its own, of the modality that its views name first or of another."""
        workspace = Workspace(folder)
        dataset = toy_data(workspace, modality or modalities_of(self.declared().views)[0], classes, odd)
        values = {"steps": steps, "preview_every": _NEVER, **train}
        return Trial(self.plugin, workspace, dataset, self.settings, values, self.family)

    def learned(self, folder: Path) -> Learned:
        """The family after some steps on toy data; learned once, for all tests that only look at it."""
        # Of this class itself: a subclass has other settings.
        made: Learned | None = vars(type(self)).get("_made")
        if made is None:
            trial = self.trial(folder, steps=self.learning_steps)
            trial.train()
            made = learned_of(trial)
            type(self)._made = made
        return made

    def test_declaration_needs_neither_torch_nor_qt(self) -> None:
        """Importing and asking the declaration loads no heavy library."""
        module = type(self.plugin).__module__
        path = json.dumps([entry for entry in sys.path if entry])
        code = (
            f"import sys; sys.path[:0] = {path}; import {module} as m; "
            "[getattr(p, 'studio_families')() for p in vars(m).values() "
            "if not isinstance(p, type) and hasattr(p, 'studio_families')]; "
            f"print('loaded', *[n for n in {_HEAVY} if n in sys.modules])"
        )
        try:
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"Importing {module} takes more than 60 s; move what takes long into a hook."
            ) from None
        last = (done.stderr.strip().splitlines() or ["it ends the process"])[-1]
        assert not done.returncode, (
            f"The module {module} cannot be imported by itself: {last}; import what it needs, or install it."
        )
        words = (done.stdout.strip().splitlines() or [""])[-1].split()
        assert words[:1] == ["loaded"], f"Importing {module} ends its process early; take the exit out of it."
        heavy = ", ".join(words[1:])
        assert not heavy, (
            f"Importing {module} or asking its studio_families loads {heavy}; import it inside the hooks that need it."
        )

    def test_settings_and_presets_are_sound(self) -> None:
        """Defaults and presets are valid, come back from JSON unchanged, and every number says what it is."""
        family = self.declared()
        try:
            defaults = family.settings()
        except ValueError as error:
            raise AssertionError(
                f"A setting has no valid default; give each one. ({' '.join(str(error).split())})"
            ) from None
        back = family.settings.model_validate_json(defaults.model_dump_json())
        assert back == defaults, (
            f"The settings come back from JSON as {back!r} and were {defaults!r}; use numbers, text and booleans."
        )
        for modality in modalities_of(family.views):
            names = [preset.name for preset in family.presets if preset.modality == modality]
            assert "cpu" in names, (
                f"There is no preset 'cpu' for data of the modality '{modality}'; add one with "
                f"modality='{modality}', or declare other views."
            )
        for preset in family.presets:
            try:
                check_settings(family.settings, preset.settings, f"the preset '{preset.name}'")
            except StudioError as error:
                raise AssertionError(str(error)) from None
        for name, schema in family.settings.model_json_schema().get("properties", {}).items():
            assert schema.get("description"), (
                f"The setting '{name}' does not say what it is; declare it by setting(..., help='One sentence.')."
            )
        taken = sorted(TrainSettings.model_fields.keys() & family.settings.model_fields.keys())
        assert not taken, (
            f"The setting '{taken[0]}' is one of the studio's own, train.{taken[0]}; give yours another name."
        )

    def test_every_parameter_learns_and_the_loss_falls(self, tmp_path: Path) -> None:
        """After some steps every parameter has changed, and the loss is lower than it was."""
        learned = self.learned(tmp_path)
        still = [name for name in learned.unmoved if name not in self.not_learned]
        assert not still, (
            f"The parameter {still[0]} has the value with which it began after {self.learning_steps} steps"
            + (f", as {len(still) - 1} more have" if still[1:] else "")
            + "; let it take part in a loss and an optimizer, or say requires_grad_(False)."
        )
        metric, way = self.declared().monitor
        losses, name = learned.losses, f"The metric validation.{metric}"
        assert len(losses) > 1, (
            f"{name} was measured {len(losses)} times in {self.learning_steps} steps, and twice is needed."
        )
        assert np.isfinite(losses).all(), f"{name} is not always finite: {_numbers(losses)}; lower the learning rate."
        fell = losses[-1] < losses[0] if way == "min" else losses[-1] > losses[0]
        worse = "fall" if way == "min" else "rise"
        assert fell, (
            f"{name} does not {worse} in {self.learning_steps} steps: {_numbers(losses)}; look at the loss and the "
            "learning rate, or give the test more learning_steps."
        )

    def test_resumed_training_equals_an_uninterrupted_one(self, tmp_path: Path) -> None:
        """Killed before step 5 and resumed, every tensor of the last checkpoint has the same bits."""
        whole, broken = (
            self.trial(tmp_path / name, steps=8, checkpoint_every=2, validate_every=6, preview_every=None)
            for name in ("whole", "broken")
        )
        whole.train()
        broken.train(kill_at=5)
        broken.train()
        name = first_difference(whole.checkpoint(), broken.checkpoint())
        assert not name, (
            f"Resumed after a kill it ends with other bits of {name}; keep what the loop remembers in session.state, "
            "and draw random numbers from torch, NumPy or random alone."
        )

    def test_previews_and_validation_leave_no_trace(self, tmp_path: Path) -> None:
        """A run that previews and validates at every step ends with the bits of one that does not."""
        busy = self.trial(tmp_path / "busy", steps=6, preview_every=1, validate_every=1)
        busy.train()
        quiet = self.trial(tmp_path / "quiet", steps=6, validate_every=_NEVER)
        quiet.train()
        name = first_difference(busy.checkpoint(), quiet.checkpoint())
        assert not name, (
            f"Previews and validations changed {name}; studio_sample and the function of session.validation must "
            "change no module, and nothing that the loop uses."
        )
        count = len(list((busy.folder / "previews").glob("*.npy")))
        assert count == 6, f"Of 6 previews {count} were drawn: {'; '.join(busy.events('no preview')) or 'none failed'}"

    def test_samples_are_items_and_depend_on_the_seed_alone(self, tmp_path: Path) -> None:
        """Items of the data's shape and type; the same seed gives the same sample in any batch."""
        learned = self.learned(tmp_path)
        sampler = learned.sampler()
        items = draw(sampler, 7, [0, 1, 2], [0, 1, 0]).output
        check_items(items, learned.spec, 3, "studio_sample")
        again = draw(sampler, 7, [0, 1, 2], [0, 1, 0]).output
        assert torch.equal(items, again), (
            "The same seed gave other samples; let no module draw random numbers, and declare a noise_input for them."
        )
        alone = draw(sampler, 7, [1], [1]).output
        assert not differing(alone, items[1:2], sampler.codec), (
            "A sample is another one alone than in its batch; normalise over the axes of one item, and put modules "
            "into eval mode."
        )
        other = draw(sampler, 8, [0, 1, 2], [0, 1, 0]).output
        assert not torch.equal(items, other), "Another seed gives the same samples; let init use its noise."

    def test_the_declared_conditions_hold(self, tmp_path: Path) -> None:
        """Where a class is declared another label gives other samples, and elsewhere no label is asked for."""
        check_conditions(self.learned(tmp_path))

    def test_items_are_encoded_and_decoded(self, tmp_path: Path) -> None:
        """Items become finite latents and latents items, each the same in any batch, where there are such hooks."""
        check_round_trip(self.learned(tmp_path))

    def test_every_item_has_a_likelihood(self, tmp_path: Path) -> None:
        """The likelihood is one finite number an item, the same in any batch, where there is one; so is a score."""
        learned = self.learned(tmp_path)
        check_scores(learned)
        check_likelihood(learned)

    def test_exported_files_give_what_torch_gives(self, tmp_path: Path) -> None:
        """Every file passes its certificate, carries no local path, and is sampled without the plugin."""
        check_files(self.trial(tmp_path, odd=True), tmp_path)

    def test_other_kinds_of_data_are_modelled_too(self, tmp_path: Path) -> None:
        """Every other modality that the views promise is trained, exported and sampled."""
        others = modalities_of(self.declared().views)[1:]
        if not others:
            raise SkipTest("It models data of one kind, which the other tests learn.")
        for modality in others:
            trial = self.trial(tmp_path / modality, modality)
            check_files(trial, tmp_path)

    def test_data_without_classes_are_modelled_too(self, tmp_path: Path) -> None:
        """Trained and sampled; every part of the sampler was captured for the export before the first step."""
        if "none" not in self.declared().conditions:
            raise SkipTest("It needs data with classes.")
        trial = self.trial(tmp_path, classes=0, steps=2)
        trial.train()
        sampler = sampler_of(trial.family, trial.trained())
        check_items(draw(sampler, 7, [0, 1], [-1, -1]).output, trial.dataset.spec, 2, "studio_sample")
        takes = any(entry.kind == "label" for entry in sampler.inputs)
        assert not takes, "The sampler takes a label where the data have no classes; use trained.label_inputs()."


def _numbers(values: Collection[float]) -> str:
    return ", ".join(f"{value:.4g}" for value in values)
