"""The supervisor: it starts the next queued run of each lane, and ends with the queue.

Where several start at once, they are forked from one process that has imported their libraries.
"""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from studio.core.errors import ForeignEntryError, WorkspaceError, explain
from studio.core.safe_mode import SAFE_MODE
from studio.jobs.ending import record_end
from studio.jobs.log import trim_log
from studio.jobs.nursery import Nursery, NurseryChild, can_fork
from studio.jobs.process import start_detached, trainer_environment
from studio.store.entry import find_folder
from studio.store.lock import ProcessLock, is_locked
from studio.store.metrics import RunDatabase
from studio.store.queue import Job, Queue
from studio.store.run import read_status, write_status
from studio.store.workspace import Workspace

__all__ = ["Supervisor", "ensure_supervisor"]

log = logging.getLogger("studio.jobs")
_POLL_S = 0.2
_TROUBLE_S = 2.0
_START_S = 10.0
# A nursery is kept for so long while the queue is empty: runs that start together may soon be followed by others.
_LINGER_S = 60.0
# What a trainer imports; torch does so with the last one when the first optimizer is made.
_LIBRARIES = ("studio.train.trainer", "torch._dynamo")
_LOCK = "supervisor.lock"
_supervisors: list[subprocess.Popen[bytes]] = []


def ensure_supervisor(workspace: Workspace, soon: bool = False) -> None:
    """Start a supervisor where none lives.

    Args:
        workspace: The workspace.
        soon: Some runs are about to be queued together; it makes ready for them, and ends soon where none comes.
    """
    # Those that ended are waited for here, so that a window that stays open keeps no dead processes.
    _supervisors[:] = [process for process in _supervisors if process.poll() is None]
    if not is_locked(workspace.path / _LOCK):
        words = [str(workspace.path), *(["--soon"] if soon else [])]
        _supervisors.append(start_detached("studio.jobs", words, workspace.path / "supervisor.log"))


class Supervisor:
    """One job per lane, in the order of the queue.

    Args:
        workspace: The workspace.
        trainer: Module of the trainer.
        libraries: Modules that every trainer imports.
    """

    def __init__(
        self, workspace: Workspace, trainer: str = "studio.train", libraries: Sequence[str] = _LIBRARIES
    ) -> None:
        self.workspace = workspace
        self.trainer = trainer
        self.queue = Queue(workspace)
        self._libraries = libraries
        self._nursery: Nursery | None = None
        self._idle_since = time.monotonic()
        self._processes: dict[int, subprocess.Popen[bytes] | NurseryChild] = {}
        self._released: set[int] = set()
        self._missed: dict[int, float] = {}
        self._trouble = ""

    def run(self, soon: bool = False) -> bool:
        """Work until the queue is empty; False when another supervisor lives.

        Args:
            soon: Some runs are about to be queued together.
        """
        lock = ProcessLock(self.workspace.path / _LOCK)
        while True:
            if not lock.acquire():
                return False
            if soon:
                self._open_nursery()
            with suppress(OSError):
                self.workspace.remove_leftovers()
            while self._look_again() or self._lingers():
                time.sleep(_POLL_S)
            lock.release()
            self._close_nursery()
            # Somebody may have queued a run between the last look and the release, seen the lock and gone.
            if not self.queue.waiting():
                return True

    def _look_again(self) -> bool:
        """Look; a full disk or a busy database is waited out, a workspace that is gone ends the work."""
        try:
            busy = self.look()
        except (OSError, sqlite3.Error, WorkspaceError) as error:
            if not (self.workspace.path / "runs").is_dir():
                raise
            if explain(error) != self._trouble:
                log.warning("the queue waits: %s", explain(error))
            self._trouble = explain(error)
            time.sleep(_TROUBLE_S)
            return True
        self._trouble = ""
        return busy

    def look(self) -> bool:
        """Notice what ended, start what can start; False when nothing waits and nothing works.

        The queue is a file that anybody may have written: a job counts only if it names a run of the workspace.
        """
        self._check_nursery()
        for job in [*self.queue.started(), *self.queue.waiting()]:
            if job.id not in self._processes and find_folder(self.workspace, "runs", job.run) is None:
                self.queue.mark(job.id, "ended")
        for job in self.queue.started():
            trim_log(self.workspace.folder("runs") / job.run / "log.txt")
            if self._ended(job):
                self.queue.mark(job.id, "ended")
        busy = {job.lane: job for job in self.queue.started()}
        first: dict[str, Job] = {}
        for job in self.queue.waiting():
            if job.lane in busy:
                self._make_room(busy[job.lane])
            else:
                first.setdefault(job.lane, job)
        if len(first) > 1:
            self._open_nursery()
        for job in first.values():
            self._start(job)
        if busy or first:
            self._idle_since = time.monotonic()
        return bool(busy or first)

    def _lingers(self) -> bool:
        return self._nursery is not None and time.monotonic() - self._idle_since < _LINGER_S

    def _open_nursery(self) -> None:
        if self._nursery is None and can_fork():
            self._nursery = Nursery(self.workspace.path, self._libraries, self.workspace.path / "supervisor.log")

    def _close_nursery(self) -> None:
        if self._nursery is not None:
            self._nursery.close()
            self._nursery = None

    def _check_nursery(self) -> None:
        """Where it has died, how its children end is found out as if another supervisor had started them."""
        if self._nursery is not None and not self._nursery.alive:
            for id, process in list(self._processes.items()):
                if isinstance(process, NurseryChild) and process.poll() is None:
                    del self._processes[id]
            self._close_nursery()

    def _ended(self, job: Job) -> bool:
        folder = self.workspace.folder("runs") / job.run
        process = self._processes.get(job.id)
        if process is None:
            return self._lost(job, folder)
        code = process.poll()
        if code is None:
            return False
        status = read_status(folder) if folder.exists() else None
        # A job that has ended by now was resumed, and waits in the queue once more.
        if status is not None and status.state == "queued" and self.queue.is_started(job.id):
            status.state = "failed"
            status.message = f"The trainer did not start (exit code {code}); {folder / 'log.txt'} says why."
            write_status(folder, status)
        elif folder.exists() and not is_locked(folder / "lock"):
            record_end(folder, code)
        del self._processes[job.id]
        return True

    def _lost(self, job: Job, folder: Path) -> bool:
        """Whether a job that an earlier supervisor started has ended; one that never began is started again."""
        if is_locked(folder / "lock"):
            return False
        if not folder.exists() or read_status(folder).state != "queued":
            return True
        # Its trainer may be about to take the lock, or was never started at all.
        if time.monotonic() - self._missed.setdefault(job.id, time.monotonic()) > _START_S:
            self.queue.mark(job.id, "waiting")
        return False

    def _start(self, job: Job) -> None:
        folder = self.workspace.folder("runs") / job.run
        if is_locked(folder / "lock"):
            # Its last trainer is still writing its last words.
            return
        status = read_status(folder)
        status.state, status.message = "queued", ""
        write_status(folder, status)
        self.queue.mark(job.id, "started")
        arguments = [str(self.workspace.path), job.run]
        environment = {**trainer_environment(), SAFE_MODE: "1" if status.safe_mode else "0"}
        try:
            process: subprocess.Popen[bytes] | NurseryChild
            if self._nursery is not None:
                process = self._nursery.start(self.trainer, arguments, folder / "log.txt", environment)
            else:
                process = start_detached(self.trainer, arguments, folder / "log.txt", environment=environment)
        except ForeignEntryError as error:
            # It would be the same the next time; the others must not wait for it.
            status.state, status.message = "failed", str(error)
            write_status(folder, status)
            self.queue.mark(job.id, "ended")
            return
        self._processes[job.id] = process
        log.info("started %s in %s", job.run, job.lane)

    def _make_room(self, job: Job) -> None:
        """Ask a paused run, which only keeps its model loaded, to give way to the next of its lane."""
        folder = self.workspace.folder("runs") / job.run
        if job.id in self._released or read_status(folder).state != "paused":
            return
        self._released.add(job.id)
        database = RunDatabase(folder)
        database.send("release")
        database.close()
