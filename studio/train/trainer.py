"""Runs one training from its folder to its end: what happens between steps, and what after a kill."""

from __future__ import annotations

import logging
import math
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from studio.core.errors import DataError, ModelError, PluginError, StudioError, explain
from studio.core.settings import TrainSettings, build_settings
from studio.core.threads import CoreWatch, ThreadChoice
from studio.data.dataset import Dataset, open_dataset
from studio.hooks.loader import LoadedFamily, load_family
from studio.nn.trial import try_sampler
from studio.store.entry import find_folder
from studio.store.inside import is_own_folder
from studio.store.metrics import RunDatabase
from studio.store.run import RunDocument, RunStatus, read_run, read_status
from studio.store.switches import plugins_off
from studio.store.workspace import Workspace
from studio.train.answer import diagnosis_of, sampler_of, train_family
from studio.train.checkpoint import Checkpoint, CheckpointFolder
from studio.train.commands import CommandListener
from studio.train.device import describe_device, find_device, peak_memory
from studio.train.extensions import load_extensions
from studio.train.host import TrainingEnded
from studio.train.observers import Observers
from studio.train.outcome import check_conditions, check_monitor, check_outcome, idle_optimizers
from studio.train.preview import PreviewDrawing
from studio.train.record import PlanRecord
from studio.train.recorder import Recorder
from studio.train.session import TrainSession
from studio.train.timekeeper import Timekeeper

__all__ = ["Trainer"]

log = logging.getLogger("studio.train")
# What a family thinks of the first steps is noise.
_DIAGNOSED_FROM = 100


class Trainer:
    """One segment of a run.

    Args:
        workspace: The workspace.
        folder: The run's folder; the caller holds its lock.
        plugin: The plugin to train with; None to find it by the run's document.
        begun: Monotonic clock at the start of the process, in seconds, from where on its time counts; None for now.
        watch: A watch over the cores since then; None for one from now on.
    """

    def __init__(
        self,
        workspace: Workspace,
        folder: Path,
        family: LoadedFamily | None = None,
        begun: float | None = None,
        watch: CoreWatch | None = None,
    ) -> None:
        self.folder = folder
        self.run: RunDocument = read_run(folder)
        self.train = build_settings(TrainSettings, self.run.train, "train.")
        self.database = RunDatabase(folder)
        status = read_status(folder)
        carried = RunStatus(seconds=status.seconds, step=status.step, alone=status.alone or not status.step)
        self.recorder = Recorder(folder, self.database, carried, begun)
        self.record_of_plans = PlanRecord(folder)
        self.drawing = PreviewDrawing(folder, self.run.seed, self.train.preview_count)
        self.observers = Observers(folder, self.run, self.recorder.event)
        self.checkpoints = CheckpointFolder(folder / "checkpoints", self.train.keep)
        # What a killed trainer left half written; nobody else writes while the lock is held.
        for leftover in [*folder.glob(".*.tmp"), *self.checkpoints.path.glob(".*.tmp")]:
            shutil.rmtree(leftover) if is_own_folder(leftover) else leftover.unlink()
        self._workspace = workspace
        self._family = family
        self._watch = watch or CoreWatch()
        self.commands = CommandListener(self.database, self.recorder, self._save_now, self._preview_now)
        self._session: TrainSession | None = None
        self._keeper: Timekeeper | None = None
        self._saved_at = time.monotonic()
        self._saved_step = -1
        self._saved_phase = ""
        self._said: set[str] = set()

    def execute(self) -> RunStatus:
        """Train to the end, or to whatever ends it; the status says how it went.

        Returns:
            The final status, written already.
        """
        status = self.recorder.status
        try:
            status.state = self._train()
            status.message = ""
            self.recorder.event("finished", f"Finished after {status.seconds:.0f} s{peak_memory()}.")
        except TrainingEnded as ended:
            status.state = ended.state
        except Exception as error:
            status.state = "failed"
            status.message = self._reason(error)
            if not isinstance(error, StudioError):
                log.exception("the training failed")
            self.recorder.event("failed", status.message)
        status.pid = 0
        status.steps_per_second = 0.0
        self.recorder.end(status.step)
        self.observers.finish(status.state)
        self.database.close()
        return status

    def ask_to_stop(self, *_: Any) -> None:
        """Save and stop before the next step; a handler for SIGTERM."""
        self.commands.ask_to_stop()

    def _reason(self, error: Exception) -> str:
        if isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error):
            return "The device ran out of memory; lower train.batch_size or the size of the network."
        if isinstance(error, StudioError | OSError | MemoryError | sqlite3.Error):
            return explain(error)
        return f"The family '{self.run.family}' failed: {explain(error)}; the log of the run has the details."

    def _open_dataset(self) -> Dataset:
        folder = find_folder(self._workspace, "datasets", self.run.dataset)
        if folder is None:
            raise DataError(f"The data set '{self.run.dataset_name}' of this run is gone; take it back from the trash.")
        dataset = open_dataset(folder)
        if not len(dataset.indices("train")):
            name = self.run.dataset_name
            raise DataError(f"The data set '{name}' has no training items; add files that are not a test set.")
        if dataset.document.fingerprint != self.run.fingerprint:
            raise DataError(
                f"The data set '{self.run.dataset_name}' has changed since this run began; start a new one."
            )
        self.drawing.take_sources(dataset)
        return dataset

    def _train(self) -> Any:
        status = self.recorder.status
        status.state, status.pid = "running", os.getpid()
        self.recorder.beat(status.step, force=True)
        device = find_device(self.run.device)
        status.device = describe_device(device)
        if self.train.deterministic:
            # CUDA's matrix products are deterministic only with a workspace of fixed size, set before they start.
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
            torch.use_deterministic_algorithms(True)
        off = plugins_off(self.folder.parent.parent)
        family = self._family or load_family(self.run.family, self.run.distribution, off)
        dataset = self._open_dataset()
        settings = build_settings(family.declared.settings, self.run.settings)
        checkpoint = self.checkpoints.newest()
        self._family = family
        self.recorder.begin(checkpoint.step if checkpoint else 0)
        self.observers.start(self.database.last_metric())
        if self.record_of_plans.message:
            self.recorder.event("damaged", self.record_of_plans.message)
        session = TrainSession(
            family.declared.id,
            settings,
            self.train,
            dataset,
            self.run.seed,
            device,
            self,
            checkpoint,
            self.record_of_plans.plans,
            load_extensions(self.train, off),
        )
        trainer = checkpoint.document.get("trainer", {}) if checkpoint is not None else {}
        spent_s = trainer.get("spent", checkpoint.document["seconds"]) if checkpoint is not None else None
        kept_threads = int(checkpoint.document.get("threads") or 0) if checkpoint is not None else 0
        choice = None
        if device.type == "cpu":
            choice = ThreadChoice(self._watch, torch.get_num_threads(), self.train.threads)
        keeper = Timekeeper(session, self.recorder, self.record_of_plans, choice, spent_s, kept_threads)
        self._session, self._keeper = session, keeper
        if checkpoint is not None:
            self._say_what_differs(checkpoint, family.plugin.version)
            self._saved_step = checkpoint.step
            self._saved_phase = checkpoint.document["phase"]
            keeper.intervals.restore(trainer.get("intervals", {}))
        train_family(family, session)
        self._finish(session, family)
        return "finished"

    def _finish(self, session: TrainSession, family: LoadedFamily) -> None:
        """Measure, save and draw the end; what was not learned is said."""
        status, step = self.recorder.status, session.step_count
        status.step, status.total = step, session.budget.steps_at(step)
        if step:
            self._measure(session)
            self._save(session, must=True)
        check_outcome(session, family.declared)
        for name in idle_optimizers(session):
            self.recorder.event("warning", f"The optimizer '{name}' never updated anything.")
        if self._keeper is None or self._keeper.last_preview_fits(session):
            self._preview(session, self.folder / "previews" / f"step-{step:08d}.npy")
        self.recorder.beat(step, force=True)

    def _say_what_differs(self, checkpoint: Checkpoint, plugin_version: str) -> None:
        for message in checkpoint.skipped:
            self.recorder.event("damaged", message)
        threads, version = checkpoint.document.get("threads"), checkpoint.document.get("torch")
        differing = []
        if threads != torch.get_num_threads():
            differing.append(f"{torch.get_num_threads()} threads instead of {threads}")
        if version != torch.__version__:
            differing.append(f"torch {torch.__version__} instead of {version}")
        if self.run.plugin_version != plugin_version and plugin_version:
            differing.append(f"plugin version {plugin_version} instead of {self.run.plugin_version}")
        text = f"Goes on from step {checkpoint.step}."
        if differing:
            text += f" Not bit-identical to an uninterrupted run: {', '.join(differing)}."
        self.recorder.event("resumed", text)

    @property
    def metrics(self) -> Mapping[str, float]:
        """The latest recorded numbers by name."""
        return self.recorder.latest

    def last_finite(self) -> Checkpoint | None:
        """The last checkpoint whose weights are finite."""
        return self.checkpoints.newest(finite=True)

    def say(self, kind: str, message: str) -> None:
        """Say something about the run."""
        self.recorder.event(kind, message)

    def record(self, step: int, values: dict[str, Any]) -> None:
        """Record numbers of a step."""
        self.recorder.add(step, values)

    def before_first_step(self, session: TrainSession) -> None:
        """Try the untrained sampler: what cannot be sampled or exported is said now, not after the training."""
        family, keeper = self._family, self._keeper
        assert family is not None
        assert keeper is not None
        self.recorder.beat(0)
        with session.measuring(session.seed):
            try:
                sampler = sampler_of(family, session.trained())
            except ModelError as error:
                raise PluginError(
                    f"Nothing can be sampled before the first step: {error} studio_train makes every module, those of "
                    "later phases too, before its first batch."
                ) from error
            check_conditions(family.declared, sampler.inputs, session.spec)
        if keeper.intervals.preview_due(session.budget, 0, keeper.used_s()):
            # Before the trial, which takes seconds.
            self._preview(session, self.folder / "previews" / f"step-{0:08d}.npy")
        with session.measuring(session.seed):
            seconds = try_sampler(
                sampler, session.spec, session.device, self.train.preview_count, self.train.try_export
            )
        if keeper.intervals.preview.step < 0:
            keeper.intervals.preview.seconds = seconds

    def warming_up(self, step: int) -> None:
        """Beat, and obey a stop: what was learned before is saved already."""
        if self._keeper is not None:
            self._keeper.warming_up()
        self.recorder.beat(step)
        self.commands.obey_stop(step)

    def warmed_up(self, session: TrainSession, step_s: float) -> None:
        """Make the first plan of a run in minutes."""
        assert self._keeper is not None
        self._keeper.warmed_up(session, step_s)

    def between_steps(self, session: TrainSession) -> None:
        """Everything that may happen before a step; it changes no bit of what the step does."""
        keeper = self._keeper
        assert keeper is not None
        keeper.before_step(session)
        step, budget, intervals = session.step_count, session.budget, keeper.intervals
        status = self.recorder.status
        status.step, status.total, status.phase = step, budget.steps_at(step), session.phases.current
        if session.phases.current != self._saved_phase:
            # The first checkpoint of a phase holds its new modules, for a rollback; that of a run shows early that the
            # disk takes it.
            self._save(session, must=step == 0)
            self._saved_phase = session.phases.current
        if intervals.validation_due(budget, step, keeper.used_s()):
            self._measure(session)
            if session.phases.is_last and self._family is not None:
                # Not after the training; an earlier phase may have nothing yet to decide by.
                check_monitor(session, self._family.declared)
        if intervals.preview_due(budget, step, keeper.used_s()):
            self._preview(session, self.folder / "previews" / f"step-{step:08d}.npy")
        due = time.monotonic() - self._saved_at > 60.0 * self.train.checkpoint_minutes
        due |= bool(self.train.checkpoint_every and step % self.train.checkpoint_every == 0)
        if step and due:
            self._save(session)
        self.recorder.beat(step)
        self.observers.look()
        self.commands.obey(step)
        keeper.step_begins()

    def _save_now(self, must: bool) -> str:
        return self._save(self._session, must) if self._session is not None else ""

    def _preview_now(self, command: int) -> str:
        if self._session is None:
            return ""
        path = self.folder / "previews" / f"now-{self._session.step_count:08d}-{command}.npy"
        self._preview(self._session, path)
        return path.name if path.exists() else ""

    def _save(self, session: TrainSession, must: bool = False) -> str:
        """Write a checkpoint where this step has none yet.

        Unless it must succeed, a failure is said, and the next checkpoint tries again.
        """
        if self._saved_step == session.step_count:
            return f"step-{session.step_count}"
        keeper = self._keeper
        assert keeper is not None
        self._saved_at = time.monotonic()
        self.recorder.beat(session.step_count, force=True)
        checkpoint = session.snapshot()
        checkpoint.document["seconds"] = self.recorder.status.seconds
        checkpoint.document["trainer"] = {
            "intervals": keeper.intervals.document(),
            "spent": keeper.used_s(),
        }
        try:
            name = self.checkpoints.save(checkpoint)
        except OSError as error:
            if must:
                raise
            self.recorder.event(
                "unsaved", f"The checkpoint could not be written ({explain(error)}); the last one is kept."
            )
            return ""
        self._saved_step = session.step_count
        keeper.intervals.checkpoint.took(session.step_count, time.monotonic() - self._saved_at, keeper.step_s)
        return name

    def _measure(self, session: TrainSession) -> None:
        """Validate, decide the best, and let the family diagnose."""
        family, keeper, begun = self._family, self._keeper, time.perf_counter()
        assert family is not None
        assert keeper is not None
        means: dict[str, float] = {}
        if session.measure is not None:
            means = {f"validation.{name}": mean for name, mean in session.held_out_means(session.measure).items()}
        self.recorder.add(session.step_count, means)
        self.recorder.beat(session.step_count, force=True)
        metric, better = family.declared.monitor
        value = means.get(f"validation.{metric}")
        session.monitored |= value is not None
        session.validated = means
        if value is not None and math.isfinite(value):
            best = session.best
            if best is None or (value < best["value"] if better == "min" else value > best["value"]):
                finite = {name: mean for name, mean in means.items() if math.isfinite(mean)}
                session.best = {"step": session.step_count, "value": value, "metrics": finite}
                self._save(session)
        self._diagnose(session, family)
        keeper.intervals.validation.took(session.step_count, time.perf_counter() - begun, keeper.step_s)

    def _diagnose(self, session: TrainSession, family: LoadedFamily) -> None:
        """Let the family say what goes wrong, each sentence once in a segment, whatever the numbers in it."""
        if session.step_count < _DIAGNOSED_FROM or "diagnose" not in family.plugin.abilities:
            return
        try:
            with session.measuring(session.seed + 2):
                messages = diagnosis_of(family, session)
        except Exception as error:
            log.exception("the diagnosis failed")
            messages = [f"The diagnosis of the family failed: {explain(error).rstrip('.')}."]
        for message in messages:
            sentence = re.sub(r"[-+]?\d[\d.e+-]*", "#", message)
            if sentence not in self._said:
                self._said.add(sentence)
                self.recorder.event("warning", message)

    def _preview(self, session: TrainSession, path: Path) -> None:
        """Draw samples from fixed noise; a preview that fails is said, and the training goes on."""
        family, keeper, begun = self._family, self._keeper, time.perf_counter()
        assert family is not None
        assert keeper is not None
        try:
            with session.measuring(session.seed):
                self.drawing.draw(family, session.trained(), path, session.step_count)
        except Exception as error:
            if not isinstance(error, OSError | StudioError):
                log.exception("the preview failed")
            self.recorder.event("no preview", f"The preview failed: {explain(error).rstrip('.')}.")
        keeper.intervals.preview.took(session.step_count, time.perf_counter() - begun, keeper.step_s)
