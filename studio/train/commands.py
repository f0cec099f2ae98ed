"""Answers the commands that people send to a running training, between two steps."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from typing import Literal

from studio.core.errors import explain
from studio.store.metrics import Command, RunDatabase
from studio.train.host import TrainingEnded
from studio.train.recorder import Recorder

__all__ = ["CommandListener"]

log = logging.getLogger("studio.train")
_POLL_S = 0.2


class CommandListener:
    """Reads the run's commands and carries them out.

    Args:
        database: The run's database.
        recorder: The run's recorder.
        save: Writes a checkpoint where the step has none and returns its name, empty where the disk refuses it; one
            that must be written raises instead.
        preview: Draws a preview for the command of a number and returns its file's name, empty where it failed.
    """

    def __init__(
        self,
        database: RunDatabase,
        recorder: Recorder,
        save: Callable[[bool], str],
        preview: Callable[[int], str],
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._save = save
        self._preview = preview
        self._stop_asked = False
        self._polled_at = 0.0

    def ask_to_stop(self) -> None:
        """Save and stop before the next step."""
        self._stop_asked = True

    def obey(self, step: int) -> None:
        """Look for commands, not more often than every fifth of a second.

        Raises:
            TrainingEnded: If the training is to end; it is saved then.
        """
        if self._stop_asked:
            self._end(step, "stopped")
        now = time.monotonic()
        if now - self._polled_at < _POLL_S:
            return
        self._polled_at = now
        for command in self._waiting():
            self._answer(step, command)

    def obey_stop(self, step: int) -> None:
        """Obey a stop only, in a warm-up: what was learned before is saved already.

        Raises:
            TrainingEnded: If the training is to end.
        """
        for command in self._waiting() if not self._stop_asked else []:
            if command.name == "stop":
                said = f"saved at step {step}" if step else "stopped before the first step"
                self._reply(command.id, "done", said)
                self._stop_asked = True
        if self._stop_asked:
            raise TrainingEnded("stopped")

    def _waiting(self) -> list[Command]:
        """Commands to obey; a database that is busy or full is asked again later."""
        try:
            return self._database.waiting_commands()
        except sqlite3.Error as error:
            log.warning("commands cannot be read: %s", explain(error))
            return []

    def _answer(self, step: int, command: Command) -> None:
        if command.name == "sample_now":
            name = self._preview(command.id)
            self._reply(command.id, "done" if name else "failed", name or "the preview failed")
        elif command.name == "save_now":
            name = self._save(False)
            self._reply(command.id, "done" if name else "failed", name or "the checkpoint was not written")
        elif command.name == "stop":
            self._end(step, "stopped", command)
        elif command.name == "release":
            self._reply(command.id, "failed", "only a paused run can be released")
        elif command.name == "resume":
            self._reply(command.id, "done", "it is running")
        elif self._recorder.status.state != "paused":
            self._pause(step, command)
        else:
            self._reply(command.id, "done", "it is paused already")

    def _reply(self, command: int, state: Literal["done", "failed"], said: str) -> None:
        """Answer a command; a disk that takes no answer does not end the training."""
        try:
            self._database.answer(command, state, said)
        except sqlite3.Error as error:
            log.warning("a command could not be answered: %s", explain(error))

    def _end(self, step: int, state: Literal["stopped", "paused"], command: Command | None = None) -> None:
        said = f"saved at step {step}"
        try:
            self._save(True)
        except OSError as error:
            # Whoever wants it to end is not to wait until the disk has room again.
            said = f"stopped at step {step}, which could not be saved ({explain(error)}); the last checkpoint is kept"
            self._recorder.status.message = f"It {said}."
        if command is not None:
            self._reply(command.id, "done", said)
        raise TrainingEnded(state)

    def _pause(self, step: int, command: Command) -> None:
        """Save, then wait with the model loaded until a person resumes or stops, or another job needs the device."""
        if not self._save(False):
            self._reply(command.id, "failed", "the checkpoint could not be written; it goes on running")
            return
        status = self._recorder.status
        self._recorder.beat(step, force=True)
        status.state = "paused"
        self._recorder.beat(step, force=True)
        self._recorder.event("paused", f"Paused at step {step}.")
        self._reply(command.id, "done", f"paused at step {step}")
        while status.state == "paused":
            time.sleep(_POLL_S)
            self._recorder.beat(step)
            if self._stop_asked:
                self._end(step, "stopped")
            for waiting in self._waiting():
                if waiting.name == "resume":
                    self._recorder.beat(step, force=True)
                    status.state = "running"
                    self._recorder.beat(step, force=True)
                    self._reply(waiting.id, "done", "it is running")
                elif waiting.name == "release":
                    self._end(step, "paused", waiting)
                else:
                    self._answer(step, waiting)
        self._recorder.event("resumed", f"Goes on from step {step}.")
