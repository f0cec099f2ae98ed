"""This file runs one training from its folder to its end: what happens between steps, and what after a kill."""

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
from typing import Any, Literal

import torch

from studio.core.errors import DataError, StudioError, explain
from studio.core.settings import TrainSettings, build_settings
from studio.data.dataset import Dataset, open_dataset
from studio.hooks.loader import LoadedPlugin, call, load_family
from studio.store.metrics import Command, RunDatabase
from studio.store.run import RunDocument, RunStatus, read_run, read_status
from studio.store.switches import plugins_off
from studio.store.workspace import Workspace
from studio.train.checkpoint import Checkpoint, CheckpointFolder
from studio.train.device import describe_device, find_device, peak_memory
from studio.train.host import TrainingEnded
from studio.train.preview import draw_preview
from studio.train.recorder import Recorder
from studio.train.session import TrainSession

__all__ = ["Trainer"]

log = logging.getLogger("studio.train")
_POLL_S = 0.2
_SHARE = 20
# What a family thinks of the first steps is noise.
_DIAGNOSED_FROM = 100


class Trainer:
    """One segment of a run.

    Args:
        workspace: The workspace.
        folder: The run's folder; the caller holds its lock.
        plugin: The plugin to train with; None to find it by the run's document.
    """

    def __init__(self, workspace: Workspace, folder: Path, plugin: LoadedPlugin | None = None) -> None:
        self.folder = folder
        self.run: RunDocument = read_run(folder)
        self.train = build_settings(TrainSettings, self.run.train, "train.")
        self.database = RunDatabase(folder)
        status = read_status(folder)
        self.recorder = Recorder(folder, self.database, RunStatus(seconds=status.seconds, step=status.step))
        self.checkpoints = CheckpointFolder(folder / "checkpoints", self.train.keep)
        # What a killed trainer left half written; nobody else writes while the lock is held.
        for leftover in [*folder.glob(".*.tmp"), *self.checkpoints.path.glob(".*.tmp")]:
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        self._workspace = workspace
        self._plugin = plugin
        self._stop_asked = False
        self._saved_at = time.monotonic()
        self._saved_step = -1
        self._polled_at = 0.0
        self._validated_step = -1
        self._previewed_step = -1
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
        self.recorder.beat(status.step, force=True)
        self.database.close()
        return status

    def ask_to_stop(self, *_: Any) -> None:
        """Save and stop before the next step; a handler for SIGTERM."""
        self._stop_asked = True

    def _reason(self, error: Exception) -> str:
        if isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error):
            return "The device ran out of memory; lower train.batch_size or the size of the network."
        if isinstance(error, StudioError | OSError | MemoryError | sqlite3.Error):
            return explain(error)
        return f"The family '{self.run.family}' failed: {explain(error)}; the log of the run has the details."

    def _open_dataset(self) -> Dataset:
        folder = self._workspace.folder("datasets") / self.run.dataset
        if not folder.is_dir():
            raise DataError(f"The data set '{self.run.dataset_name}' of this run is gone; take it back from the trash.")
        dataset = open_dataset(folder)
        if not len(dataset.indices("train")):
            raise DataError(
                f"The data set '{self.run.dataset_name}' has no training items; add files that are not a test set."
            )
        if dataset.document.fingerprint != self.run.fingerprint:
            raise DataError(
                f"The data set '{self.run.dataset_name}' has changed since this run began; start a new one."
            )
        return dataset

    def _train(self) -> Any:
        status = self.recorder.status
        status.state, status.pid = "running", os.getpid()
        self.recorder.beat(status.step, force=True)
        device = find_device(self.run.device)
        status.device = describe_device(device)
        if self.train.threads:
            torch.set_num_threads(self.train.threads)
        if self.train.deterministic:
            # CUDA's matrix products are deterministic only with a workspace of fixed size, set before they start.
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
            torch.use_deterministic_algorithms(True)
        off = plugins_off(self.folder.parent.parent)
        plugin = self._plugin or load_family(self.run.family, self.run.distribution, off)
        dataset = self._open_dataset()
        settings = build_settings(plugin.family.settings, self.run.settings)
        checkpoint = self.checkpoints.newest()
        self._plugin = plugin
        self.recorder.begin(checkpoint.step if checkpoint else 0)
        if checkpoint is not None:
            self._say_what_differs(checkpoint, plugin)
            self._saved_step = checkpoint.step
            self._saved_phase = checkpoint.document["phase"]
            trainer = checkpoint.document.get("trainer", {})
            self._validated_step = trainer.get("validated", -1)
            self._previewed_step = trainer.get("previewed", -1)
        session = TrainSession(
            settings,
            self.train,
            dataset,
            self.run.seed,
            device,
            self,
            checkpoint,
        )
        call(plugin.manager, "studio_train", plugin.name, session=session)
        if not session.budget.steps or session.step_count < session.budget.steps:
            self.between_steps(session)
        self._measure(session)
        self._preview(session, self.folder / "previews" / f"step-{session.step_count:08d}.png")
        self._save(session, must=True)
        status.step = session.step_count
        return "finished"

    def _say_what_differs(self, checkpoint: Checkpoint, plugin: LoadedPlugin) -> None:
        for message in checkpoint.skipped:
            self.recorder.event("damaged", message)
        threads, version = checkpoint.document.get("threads"), checkpoint.document.get("torch")
        differing = []
        if threads != torch.get_num_threads():
            differing.append(f"{torch.get_num_threads()} threads instead of {threads}")
        if version != torch.__version__:
            differing.append(f"torch {torch.__version__} instead of {version}")
        if self.run.plugin_version != plugin.version and plugin.version:
            differing.append(f"plugin version {plugin.version} instead of {self.run.plugin_version}")
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

    def between_steps(self, session: TrainSession) -> None:
        """Everything that may happen before a step; it changes no bit of what the step does."""
        step, total = session.step_count, session.budget.steps or 0
        status = self.recorder.status
        status.step, status.total, status.phase = step, total, session.phase
        if session.phase != self._saved_phase:
            # The first checkpoint of a phase holds its new modules, for a rollback; that of a run shows early that the
            # disk takes it.
            self._save(session, must=step == 0)
            self._saved_phase = session.phase
        every = max(1, total // _SHARE)
        if step and step % (self.train.validate_every or every) == 0 and self._validated_step != step:
            self._measure(session)
        if step and step % (self.train.preview_every or every) == 0 and self._previewed_step != step:
            self._previewed_step = step
            self._preview(session, self.folder / "previews" / f"step-{step:08d}.png")
        due = time.monotonic() - self._saved_at > 60.0 * self.train.checkpoint_minutes
        due |= bool(self.train.checkpoint_every and step % self.train.checkpoint_every == 0)
        if step and due:
            self._save(session)
        self.recorder.beat(step)
        self._obey(session)

    def _save(self, session: TrainSession, must: bool = False) -> str:
        """Write a checkpoint where this step has none yet.

        Unless it must succeed, a failure is said, and the next checkpoint tries again.
        """
        if self._saved_step == session.step_count:
            return f"step-{session.step_count}"
        self._saved_at = time.monotonic()
        checkpoint = session.snapshot()
        checkpoint.document["seconds"] = self.recorder.status.seconds
        checkpoint.document["trainer"] = {"validated": self._validated_step, "previewed": self._previewed_step}
        self.recorder.beat(session.step_count, force=True)
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
        return name

    def _measure(self, session: TrainSession) -> None:
        """Validate, decide the best, and let the family diagnose."""
        self._validated_step = session.step_count
        if session.measure is None or self._plugin is None:
            return
        means = {f"validation.{name}": mean for name, mean in session.held_out_means(session.measure).items()}
        self.recorder.add(session.step_count, means)
        self.recorder.beat(session.step_count, force=True)
        metric, better = self._plugin.family.monitor
        value = means.get(f"validation.{metric}")
        if value is not None and math.isfinite(value):
            best = session.best
            if best is None or (value < best["value"] if better == "min" else value > best["value"]):
                finite = {name: mean for name, mean in means.items() if math.isfinite(mean)}
                session.best = {"step": session.step_count, "value": value, "metrics": finite}
                self._save(session)
        self._diagnose(session, self._plugin)

    def _diagnose(self, session: TrainSession, plugin: LoadedPlugin) -> None:
        """Let the family say what goes wrong, each sentence once in a segment, whatever the numbers in it."""
        if session.step_count < _DIAGNOSED_FROM or not plugin.manager.hook.studio_diagnose.get_hookimpls():
            return
        try:
            with session.measuring(session.seed + 2):
                messages = call(plugin.manager, "studio_diagnose", plugin.name, session=session) or []
        except Exception as error:
            log.exception("the diagnosis failed")
            messages = [f"The diagnosis of the family failed: {explain(error)}."]
        for message in messages:
            sentence = re.sub(r"[-+]?\d[\d.e+-]*", "#", message)
            if sentence not in self._said:
                self._said.add(sentence)
                self.recorder.event("warning", message)

    def _preview(self, session: TrainSession, path: Path) -> None:
        """Draw samples from fixed noise; a preview that fails is said, and the training goes on."""
        if self._plugin is None:
            return
        try:
            with session.measuring(session.seed):
                draw_preview(self._plugin, session.trained(), path, self.run.seed, self.train.preview_count)
        except Exception as error:
            if not isinstance(error, OSError | StudioError):
                log.exception("the preview failed")
            self.recorder.event("no preview", f"The preview failed: {explain(error)}.")

    def _obey(self, session: TrainSession) -> None:
        """Look for commands, not more often than every fifth of a second."""
        if self._stop_asked:
            self._end(session, "stopped")
        now = time.monotonic()
        if now - self._polled_at < _POLL_S:
            return
        self._polled_at = now
        for command in self._waiting():
            self._answer(session, command)

    def _waiting(self) -> list[Command]:
        """Commands to obey; a database that is busy or full is asked again later."""
        try:
            return self.database.waiting_commands()
        except sqlite3.Error as error:
            log.warning("commands cannot be read: %s", explain(error))
            return []

    def warming_up(self, step: int) -> None:
        """Beat, and obey a stop: what was learned before is saved already."""
        self.recorder.beat(step)
        for command in self._waiting() if not self._stop_asked else []:
            if command.name == "stop":
                said = f"saved at step {step}" if step else "stopped before the first step"
                self.database.answer(command.id, "done", said)
                self._stop_asked = True
        if self._stop_asked:
            raise TrainingEnded("stopped")

    def _answer(self, session: TrainSession, command: Command) -> None:
        status = self.recorder.status
        if command.name == "sample_now":
            path = self.folder / "previews" / f"now-{session.step_count:08d}-{command.id}.png"
            self._preview(session, path)
            if path.exists():
                self.database.answer(command.id, "done", path.name)
            else:
                self.database.answer(command.id, "failed", "the preview failed")
        elif command.name == "save_now":
            name = self._save(session)
            self.database.answer(command.id, "done" if name else "failed", name or "the checkpoint was not written")
        elif command.name == "stop":
            self._end(session, "stopped", command)
        elif command.name == "release":
            self.database.answer(command.id, "failed", "only a paused run can be released")
        elif command.name == "resume":
            self.database.answer(command.id, "done", "it is running")
        elif status.state != "paused":
            self._pause(session, command)
        else:
            self.database.answer(command.id, "done", "it is paused already")

    def _end(self, session: TrainSession, state: Literal["stopped", "paused"], command: Command | None = None) -> None:
        self._save(session, must=True)
        if command is not None:
            self.database.answer(command.id, "done", f"saved at step {session.step_count}")
        raise TrainingEnded(state)

    def _pause(self, session: TrainSession, command: Command) -> None:
        """Save, then wait with the model loaded until a person resumes or stops, or another job needs the device."""
        if not self._save(session):
            self.database.answer(command.id, "failed", "the checkpoint could not be written; it goes on running")
            return
        status = self.recorder.status
        status.state = "paused"
        self.recorder.beat(session.step_count, force=True)
        self.recorder.event("paused", f"Paused at step {session.step_count}.")
        self.database.answer(command.id, "done", f"paused at step {session.step_count}")
        while status.state == "paused":
            time.sleep(_POLL_S)
            self.recorder.beat(session.step_count)
            if self._stop_asked:
                self._end(session, "stopped")
            for waiting in self._waiting():
                if waiting.name == "resume":
                    status.state = "running"
                    self.recorder.beat(session.step_count, force=True)
                    self.database.answer(waiting.id, "done", "it is running")
                elif waiting.name == "release":
                    self._end(session, "paused", waiting)
                else:
                    self._answer(session, waiting)
        self.recorder.event("resumed", f"Goes on from step {session.step_count}.")
