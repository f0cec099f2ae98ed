"""Runs a job that prints JSON lines, such as an import or an export: its events, its result, its cancel."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, cast

from studio.core.errors import StudioError
from studio.core.event import JobEvent
from studio.jobs.process import start_detached, trainer_environment
from studio.store.lock import ProcessLock
from studio.store.workspace import Workspace

__all__ = ["ChildJob", "JobFailed"]

Result = TypeVar("Result")
_POLL_S = 0.03
_PATIENCE_S = 10.0
_ROOM_BYTES = 64 * 1024


class JobFailed(StudioError):
    """The job said why it failed, or died."""


class ChildJob:
    """A process that prints events as JSON lines into a file of the workspace.

    Args:
        workspace: The workspace.
        module: Module to run.
        arguments: Its arguments; a word ``{folder}`` is replaced by the job's folder.
        files: Files to write into the job's folder before the start, by name.
    """

    def __init__(
        self, workspace: Workspace, module: str, arguments: Sequence[str], files: dict[str, str] | None = None
    ) -> None:
        self.folder = workspace.folder("jobs") / f"{module.rpartition('.')[2]}-{secrets.token_hex(4)}"
        self.folder.mkdir()
        # Held while somebody waits for the job, so that nobody takes its folder for a leftover.
        self._lock = ProcessLock(self.folder / "lock")
        self._lock.acquire()
        for name, text in (files or {}).items():
            (self.folder / name).write_text(text, encoding="utf-8")
        words = [word.replace("{folder}", str(self.folder)) for word in arguments]
        self._output = self.folder / "events.jsonl"
        self.process = start_detached(
            module, words, self._output, errors=self.folder / "log.txt", environment=trainer_environment()
        )

    def cancel(self) -> None:
        """Ask the job to end and clean up; end it when it does not."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=_PATIENCE_S)
        except BaseException:
            if os.name != "nt":
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.kill()
            self.process.wait()

    def _lines(self) -> Iterator[JobEvent]:
        with open(self._output, encoding="utf-8", errors="replace") as file:
            rest = ""
            while True:
                ended = self.process.poll() is not None
                text = rest + file.read()
                *lines, rest = text.split("\n")
                for line in lines:
                    try:
                        event = json.loads(line)
                    except ValueError:
                        continue
                    if isinstance(event, dict) and "event" in event:
                        yield cast("JobEvent", event)
                if ended:
                    return
                time.sleep(_POLL_S)

    def events(self) -> Iterator[JobEvent]:
        """Yield the job's events; the last is its result. The job's folder is removed at the end.

        Raises:
            JobFailed: If the job failed or died.
        """
        result = None
        try:
            for event in self._lines():
                if event["event"] == "error":
                    raise JobFailed(str(event["message"]))
                if event["event"] == "done":
                    result = event
                yield event
            if result is None:
                raise JobFailed(self._why_it_died())
        finally:
            if self.process.poll() is None:
                self.cancel()
            self._lock.release()
            shutil.rmtree(self.folder, ignore_errors=True)

    def result(self, on_progress: Callable[[str, int, int], None], read: Callable[[Any], Result]) -> Result:
        """Follow the job to its end.

        Args:
            on_progress: Called with the stage, what is done and the total, 0 where that is not known yet.
            read: Called with the job's last event while its folder is still there.

        Returns:
            What ``read`` made of the last event.

        Raises:
            JobFailed: If the job failed or died.
        """
        results: list[Result] = []
        for event in self.events():
            if event["event"] == "progress":
                on_progress(event["stage"], event["done"], event["total"])
            elif event["event"] == "done":
                results.append(read(event))
        return results[-1]

    def _why_it_died(self) -> str:
        code = self.process.returncode
        if shutil.disk_usage(self.folder).free < _ROOM_BYTES:
            # What it wanted to say found no room either.
            return f"The disk of {self.folder.parent.parent} is full; free some space and try again."
        if code in (-signal.SIGKILL, 137):
            return "The job was killed, most likely because memory ran out; close other programs and try again."
        try:
            last = (self.folder / "log.txt").read_text(errors="replace").strip().splitlines()[-1]
        except (OSError, IndexError):
            last = "it said nothing"
        return f"The job ended unexpectedly (exit code {code}): {last}"
