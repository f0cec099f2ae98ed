"""Reads what a run has said of itself without disturbing its trainer, also on a read-only disk."""

from __future__ import annotations

import math
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from studio.store.database import COMPANIONS, refuse_programs
from studio.store.inside import check_file, check_folder
from studio.store.lock import is_locked
from studio.store.metrics import Event, RunDatabase
from studio.store.pyramid import Bucket, best_of, extent, newest_of, read_range

__all__ = ["CurveDatabase"]

_QUERY_S = 10.0
# In instructions of SQLite's machine: some milliseconds.
_LOOK_EVERY = 100_000
# Jumps from one name to the next in the index, instead of reading every row.
_NAMES = (
    "WITH RECURSIVE found(name) AS (SELECT MIN(name) FROM metrics UNION ALL "
    "SELECT (SELECT MIN(name) FROM metrics WHERE name > found.name) FROM found WHERE found.name IS NOT NULL) "
    "SELECT name FROM found WHERE name IS NOT NULL"
)


class _Patient(sqlite3.Connection):
    """A connection whose queries end with an error after some seconds: a table may be a view that never ends."""

    _until = math.inf

    def execute(self, *query: Any) -> sqlite3.Cursor:
        """Begin a query."""
        self._until = time.monotonic() + _QUERY_S
        return super().execute(*query)

    def is_late(self) -> bool:
        """Whether the query has had its time."""
        return time.monotonic() > self._until


class CurveDatabase:
    """The database ``metrics.db`` of a run's folder, open for looking only.

    A database from before there were buckets is opened for writing once, to make them, where nobody trains.

    Args:
        folder: The run's folder.

    Raises:
        FileNotFoundError: If the run has no database yet.
        ForeignEntryError: If it is a link.
        sqlite3.Error: If it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / "metrics.db"
        if not path.exists():
            raise FileNotFoundError(2, "there is no such file or folder", str(path))
        check_folder(folder)
        for ending in ("", *COMPANIONS):
            check_file(path.with_name(path.name + ending))
        writable = os.access(folder, os.W_OK)
        # On a read-only disk the companions that an open database needs cannot be made, and nobody writes.
        how = "mode=ro" if writable else "mode=ro&immutable=1"
        self._db = self._open(path, how)
        tables = [row[0] for row in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        if "buckets" not in tables and writable and not is_locked(folder / "lock"):
            self._db.close()
            RunDatabase(folder).close()
            self._db = self._open(path, how)

    @staticmethod
    def _open(path: Path, how: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{path.as_uri()}?{how}", uri=True, timeout=2.0, check_same_thread=False, factory=_Patient
        )
        connection.isolation_level = None
        connection.set_progress_handler(connection.is_late, _LOOK_EVERY)
        try:
            refuse_programs(connection)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def names(self) -> list[str]:
        """Names of all metrics."""
        return [row[0] for row in self._db.execute(_NAMES) if isinstance(row[0], str)]

    def extent(self, name: str) -> tuple[int, int] | None:
        """First and last step of a metric; None where it has none."""
        return extent(self._db, name)

    def read(self, name: str, first: int, last: int, columns: int) -> list[Bucket]:
        """A range of a curve, as finely as so many columns of pixels can show it."""
        return read_range(self._db, name, first, last, columns)

    def newest(self, name: str) -> float | None:
        """The newest finite value of a metric."""
        return newest_of(self._db, name)

    def latest(self) -> dict[str, float]:
        """The newest finite value of every metric."""
        found = ((name, self.newest(name)) for name in self.names())
        return {name: value for name, value in found if value is not None}

    def best(self, name: str, mode: str) -> float | None:
        """The best value of a metric, the smallest or, with ``max``, the largest."""
        return best_of(self._db, name, mode)

    def rows(self, name: str) -> list[tuple[int, float | None]]:
        """Every value of a metric in order of steps, for a table; None where it was not finite."""
        span = self.extent(name)
        if span is None:
            return []
        found = read_range(self._db, name, *span, columns=span[1] - span[0] + 1)
        return [(int(bucket.step), None if bucket.mean != bucket.mean else bucket.mean) for bucket in found]

    def events(self, most: int) -> list[Event]:
        """What was said about the run, the newest first."""
        query = "SELECT step, time, kind, message FROM events ORDER BY id DESC LIMIT ?"
        return [Event.of_row(*row) for row in self._db.execute(query, (most,))]
