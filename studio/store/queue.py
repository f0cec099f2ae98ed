"""The queue: which run waits for which, in lanes; it can be rebuilt from the runs.

Runs of one lane are trained one after another, in their order, those of different lanes side by side. A device is a
lane, which a run waits in that names no other.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import Literal, NamedTuple

from studio.store.database import open_database
from studio.store.lock import is_locked
from studio.store.run import RunDocument, list_runs, read_status
from studio.store.workspace import Workspace

__all__ = ["Job", "Queue"]

# The column is named for the lanes that there were first.
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS jobs (id INTEGER PRIMARY KEY, run TEXT, device TEXT, state TEXT)",
    "CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, device, id)",
)


class Job(NamedTuple):
    """One training that waits or works."""

    id: int
    run: str
    lane: str
    state: Literal["waiting", "started", "ended"]


class Queue:
    """The table of jobs in ``studio.db``."""

    def __init__(self, workspace: Workspace) -> None:
        self._db = open_database(workspace.path / "studio.db", _SCHEMA, thorough=True)
        if self._is_empty():
            self._rebuild(workspace)

    def _is_empty(self) -> bool:
        return self._db.execute("SELECT 1 FROM jobs LIMIT 1").fetchone() is None

    def _rebuild(self, workspace: Workspace) -> None:
        """Fill an empty table, whole or not at all, in the order in which the runs were queued."""
        found = []
        for folder, document in list_runs(workspace):
            if isinstance(document, RunDocument):
                if is_locked(folder / "lock"):
                    found.append((0.0, document.id, document.waits_in, "started"))
                elif read_status(folder).state == "queued":
                    # The status was written when the run was queued, and not since.
                    with suppress(OSError):
                        queued = (folder / "status.json").stat().st_mtime
                        found.append((queued, document.id, document.waits_in, "waiting"))
        if not found:
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            if self._is_empty():
                for _, run, lane, state in sorted(found):
                    self._add(run, lane, state)
            self._db.execute("COMMIT")
        except sqlite3.Error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _add(self, run: str, lane: str, state: str) -> None:
        self._db.execute("INSERT INTO jobs (run, device, state) VALUES (?, ?, ?)", (run, lane, state))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def add(self, run: str, lane: str) -> None:
        """Queue a run in a lane; one that waits already stays where it is."""
        if not self.holds(run):
            self._add(run, lane, "waiting")

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

    def is_started(self, job: int) -> bool:
        """Whether a job was started and is not known to have ended."""
        return any(started.id == job for started in self.started())

    def withdraw(self, run: str) -> bool:
        """Take a waiting run out of the queue; False when it does not wait there."""
        query = "UPDATE jobs SET state = 'ended' WHERE run = ? AND state = 'waiting'"
        return self._db.execute(query, (run,)).rowcount > 0

    def end(self, run: str) -> None:
        """Forget the job of a run that rests; whoever started it need not have noticed its end."""
        self._db.execute("UPDATE jobs SET state = 'ended' WHERE run = ? AND state = 'started'", (run,))
