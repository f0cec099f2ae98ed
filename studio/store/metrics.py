"""The database of a run: metrics with their segment, events, and the commands people send it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from studio.core.bounded import LATEST
from studio.core.errors import StudioError
from studio.store import pyramid
from studio.store.database import open_database
from studio.store.inside import check_folder

__all__ = ["BEGAN_ANEW", "COMMANDS", "Command", "CommandName", "Event", "RunDatabase"]

CommandName = Literal["pause", "resume", "stop", "save_now", "sample_now", "release"]
COMMANDS: tuple[str, ...] = get_args(CommandName)
BEGAN_ANEW = "the trainer began anew"
_LONGEST = 100_000

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS segments (segment INTEGER PRIMARY KEY, start_step INTEGER, started REAL)",
    "CREATE TABLE IF NOT EXISTS metrics (segment INTEGER, step INTEGER, name TEXT, value REAL)",
    "CREATE INDEX IF NOT EXISTS metrics_by_name ON metrics (name, step)",
    "CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, segment INTEGER, step INTEGER, time REAL, "
    "kind TEXT, message TEXT)",
    "CREATE TABLE IF NOT EXISTS commands (id INTEGER PRIMARY KEY, name TEXT, state TEXT DEFAULT 'new', "
    "answer TEXT DEFAULT '')",
    *pyramid.SCHEMA,
)


class Command(NamedTuple):
    """A command that waits for the trainer."""

    id: int
    name: CommandName


class Event(NamedTuple):
    """Something that was said about a run."""

    step: int
    time: float
    kind: str
    message: str

    @classmethod
    def of_row(cls, step: object, time: object, kind: object, message: object) -> Event:
        """An event as a table has it, which may hold anything: what makes no sense becomes 0, or is said to."""
        known = isinstance(time, int | float) and 0 <= time <= LATEST
        return cls(
            step if isinstance(step, int) else 0,
            float(time) if known and isinstance(time, int | float) else 0.0,
            kind[:_LONGEST] if isinstance(kind, str) else "damaged",
            message[:_LONGEST] if isinstance(message, str) else "(what was said here cannot be read)",
        )


class RunDatabase:
    """The database ``metrics.db`` of a run's folder."""

    def __init__(self, folder: Path) -> None:
        check_folder(folder)
        self._db = open_database(folder / "metrics.db", _SCHEMA)
        if self._has("metrics") and not self._has("buckets"):
            with self._transaction():
                if not self._has("buckets"):
                    pyramid.fill_pyramid(self._db)

    def _has(self, table: str) -> bool:
        return self._db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def begin_segment(self, start_step: int) -> int:
        """Begin a segment at a step and return its number; commands meant for an earlier trainer are dropped."""
        names = self.metric_names()
        with self._transaction():
            query = "INSERT INTO segments (start_step, started) VALUES (?, ?)"
            cursor = self._db.execute(query, (start_step, time.time()))
            pyramid.cut_pyramid(self._db, start_step, names)
        self._db.execute("UPDATE commands SET state = 'failed', answer = ? WHERE state = 'new'", (BEGAN_ANEW,))
        return int(cursor.lastrowid or 1)

    def add_metrics(self, segment: int, rows: Iterable[tuple[int, str, float]]) -> None:
        """Add (step, name, value) rows in one durable transaction."""
        rows = list(rows)
        with self._transaction():
            self._db.executemany(
                "INSERT INTO metrics VALUES (?, ?, ?, ?)", ((segment, step, name, value) for step, name, value in rows)
            )
            pyramid.add_to_pyramid(self._db, rows)

    def add_event(self, segment: int, step: int, kind: str, message: str) -> None:
        """Add an event."""
        self._db.execute(
            "INSERT INTO events (segment, step, time, kind, message) VALUES (?, ?, ?, ?, ?)",
            (segment, step, time.time(), kind, message),
        )

    def segment(self) -> int:
        """Number of the newest segment; 0 before there is one."""
        return int(self._db.execute("SELECT COALESCE(MAX(segment), 0) FROM segments").fetchone()[0])

    def last_metric(self) -> int:
        """Number of the newest row of the metrics; 0 where there is none."""
        return int(self._db.execute("SELECT COALESCE(MAX(rowid), 0) FROM metrics").fetchone()[0])

    def metrics_after(self, row: int, most: int) -> list[tuple[int, int, str, float | None]]:
        """At most so many rows of the metrics after the one of a number: (number, step, name, value), in order."""
        query = "SELECT rowid, step, name, value FROM metrics WHERE rowid > ? ORDER BY rowid LIMIT ?"
        return list(self._db.execute(query, (row, most)))

    def metric_names(self) -> list[str]:
        """Names of all metrics."""
        return [row[0] for row in self._db.execute("SELECT DISTINCT name FROM metrics ORDER BY name")]

    def curve(self, name: str) -> list[tuple[int, float]]:
        """One metric as (step, value), in order of steps; a value that is not finite is NaN."""
        query = f"SELECT m.step, m.value FROM metrics m WHERE m.name = ? AND {pyramid.CURRENT} ORDER BY m.step"
        rows = self._db.execute(query, (name,))
        return [(step, float("nan") if value is None else value) for step, value in rows]

    def latest(self) -> dict[str, float]:
        """The newest finite value of every metric."""
        query = (
            f"SELECT m.name, m.value, MAX(m.step) FROM metrics m WHERE m.value IS NOT NULL AND {pyramid.CURRENT} "
            "GROUP BY m.name"
        )
        rows = self._db.execute(query)
        return {name: value for name, value, _ in rows if isinstance(name, str) and isinstance(value, int | float)}

    def newest(self, name: str) -> float | None:
        """The newest value of one metric, found by its index however long the run is."""
        return pyramid.newest_of(self._db, name)

    def last_event(self) -> int:
        """Number of the newest event; 0 where there is none."""
        return int(self._db.execute("SELECT COALESCE(MAX(id), 0) FROM events").fetchone()[0])

    def events(self, after: int = 0) -> list[tuple[int, Event]]:
        """Events with an id above the given one."""
        query = "SELECT id, step, time, kind, message FROM events WHERE id > ? ORDER BY id"
        return [(row[0], Event.of_row(*row[1:])) for row in self._db.execute(query, (after,))]

    def send(self, name: CommandName) -> int:
        """Send a command; returns its id."""
        if name not in COMMANDS:
            raise StudioError(f"There is no command '{name}'; known are {', '.join(COMMANDS)}.")
        return int(self._db.execute("INSERT INTO commands (name) VALUES (?)", (name,)).lastrowid or 0)

    def waiting_commands(self) -> list[Command]:
        """Commands that nobody has answered yet, oldest first."""
        rows = self._db.execute("SELECT id, name FROM commands WHERE state = 'new' ORDER BY id")
        return [Command(*row) for row in rows]

    def answer(self, command: int, state: Literal["done", "failed"], answer: str = "") -> None:
        """Answer a command."""
        self._db.execute("UPDATE commands SET state = ?, answer = ? WHERE id = ?", (state, answer, command))

    def answer_of(self, command: int) -> tuple[str, str]:
        """State (new, done or failed) and answer of a command."""
        row = self._db.execute("SELECT state, answer FROM commands WHERE id = ?", (command,)).fetchone()
        return (row[0], row[1]) if row else ("failed", "the command is gone")
