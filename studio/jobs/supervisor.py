"""This file holds the supervisor: it starts the next queued run on each device, and ends with the queue."""

from __future__ import annotations

import logging
import subprocess
import time

from studio.jobs.process import start_detached, trainer_environment
from studio.store.lock import ProcessLock, is_locked
from studio.store.metrics import RunDatabase
from studio.store.queue import Job, Queue
from studio.store.run import read_status, write_status
from studio.store.workspace import Workspace

__all__ = ["Supervisor", "ensure_supervisor"]

log = logging.getLogger("studio.jobs")
_POLL_S = 0.2
_LOCK = "supervisor.lock"


def ensure_supervisor(workspace: Workspace) -> None:
    """Start a supervisor where none lives."""
    if not is_locked(workspace.path / _LOCK):
        start_detached("studio.jobs", [str(workspace.path)], workspace.path / "supervisor.log")


class Supervisor:
    """One job per device, in the order of the queue.

    Args:
        workspace: The workspace.
        trainer: Module of the trainer.
    """

    def __init__(self, workspace: Workspace, trainer: str = "studio.train") -> None:
        self.workspace = workspace
        self.trainer = trainer
        self.queue = Queue(workspace)
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._released: set[int] = set()

    def run(self) -> bool:
        """Work until the queue is empty; False when another supervisor lives."""
        lock = ProcessLock(self.workspace.path / _LOCK)
        while True:
            if not lock.acquire():
                return False
            while self.look():
                time.sleep(_POLL_S)
            lock.release()
            # Somebody may have queued a run between the last look and the release, seen the lock and gone.
            if not self.queue.waiting():
                return True

    def look(self) -> bool:
        """Notice what ended, start what can start; False when nothing waits and nothing works."""
        for job in self.queue.started():
            if self._ended(job):
                self.queue.mark(job.id, "ended")
        busy = {job.device: job for job in self.queue.started()}
        for job in self.queue.waiting():
            if job.device in busy:
                self._make_room(busy[job.device])
            else:
                self._start(job)
                busy[job.device] = job
        return bool(busy)

    def _ended(self, job: Job) -> bool:
        folder = self.workspace.folder("runs") / job.run
        process = self._processes.get(job.id)
        if process is None:
            return not is_locked(folder / "lock")
        if process.poll() is None:
            return False
        status = read_status(folder) if folder.exists() else None
        if status is not None and status.state == "queued":
            status.state = "failed"
            status.message = (
                f"The trainer did not start (exit code {process.returncode}); {folder / 'log.txt'} says why."
            )
            write_status(folder, status)
        del self._processes[job.id]
        return True

    def _start(self, job: Job) -> None:
        folder = self.workspace.folder("runs") / job.run
        if not folder.is_dir():
            self.queue.mark(job.id, "ended")
            return
        if is_locked(folder / "lock"):
            # Its last trainer is still writing its last words.
            return
        status = read_status(folder)
        status.state, status.message = "queued", ""
        write_status(folder, status)
        self.queue.mark(job.id, "started")
        self._processes[job.id] = start_detached(
            self.trainer, [str(self.workspace.path), job.run], folder / "log.txt", environment=trainer_environment()
        )
        log.info("started %s on %s", job.run, job.device)

    def _make_room(self, job: Job) -> None:
        """Ask a paused run, which only keeps its model loaded, to give the device to the next in the queue."""
        folder = self.workspace.folder("runs") / job.run
        if job.id in self._released or read_status(folder).state != "paused":
            return
        self._released.add(job.id)
        database = RunDatabase(folder)
        database.send("release")
        database.close()
