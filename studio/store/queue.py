"""This file holds the queue: which run goes to which device, in order; it can be rebuilt from the runs."""

from __future__ import annotations

from typing import Literal, NamedTuple

from studio.store.database import open_database
from studio.store.lock import is_locked
from studio.store.run import RunDocument, list_runs, read_status
from studio.store.workspace import Workspace

__all__ = ["Job", "Queue"]

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS jobs (id INTEGER PRIMARY KEY, run TEXT, device TEXT, state TEXT)",
    "CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, device, id)",
)


class Job(NamedTuple):
    """One training that waits or works."""

    id: int
    run: str
    device: str
    state: Literal["waiting", "started", "ended"]


class Queue:
    """The table of jobs in ``studio.db``."""

    def __init__(self, workspace: Workspace) -> None:
        path = workspace.path / "studio.db"
        fresh = not path.exists()
        damaged_before = set(workspace.path.glob("studio.db.corrupt-*"))
        self._db = open_database(path, _SCHEMA)
        damaged = set(workspace.path.glob("studio.db.corrupt-*")) != damaged_before
        if fresh or damaged:
            self._rebuild(workspace)

    def _rebuild(self, workspace: Workspace) -> None:
        for folder, document in list_runs(workspace):
            if isinstance(document, RunDocument) and not self.holds(document.id):
                if is_locked(folder / "lock"):
                    self._add(document.id, document.device, "started")
                elif read_status(folder).state == "queued":
                    self._add(document.id, document.device, "waiting")

    def _add(self, run: str, device: str, state: str) -> None:
        self._db.execute("INSERT INTO jobs (run, device, state) VALUES (?, ?, ?)", (run, device, state))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def add(self, run: str, device: str) -> None:
        """Queue a run for a device; one that waits already stays where it is."""
        if not self.holds(run):
            self._add(run, device, "waiting")

    def holds(self, run: str) -> bool:
        """Whether a run waits or works."""
        query = "SELECT 1 FROM jobs WHERE run = ? AND state != 'ended'"
        return self._db.execute(query, (run,)).fetchone() is not None

    def waiting(self) -> list[Job]:
        """Jobs that wait, oldest first."""
        return [Job(*row) for row in self._db.execute("SELECT * FROM jobs WHERE state = 'waiting' ORDER BY id")]

    def started(self) -> list[Job]:
        """Jobs that were started and are not known to have ended."""
        return [Job(*row) for row in self._db.execute("SELECT * FROM jobs WHERE state = 'started' ORDER BY id")]

    def mark(self, job: int, state: Literal["waiting", "started", "ended"]) -> None:
        """Change a job's state."""
        self._db.execute("UPDATE jobs SET state = ? WHERE id = ?", (state, job))

    def withdraw(self, run: str) -> None:
        """Take a waiting run out of the queue."""
        self._db.execute("UPDATE jobs SET state = 'ended' WHERE run = ? AND state = 'waiting'", (run,))
