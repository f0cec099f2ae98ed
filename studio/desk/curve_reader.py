"""Reads curves in a thread of its own: those of the runs in view, for the range in view, again and again."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import WorkspaceError, explain
from studio.desk.curve import Curve, CurveKey
from studio.store.curve import CurveDatabase

__all__ = ["CurveReader", "MetricNames"]

_PERIOD_S = 1.0


@dataclass(frozen=True)
class MetricNames:
    """The metrics that a run has."""

    run: Path
    names: list[str]


class CurveReader:
    """Reads what a plot shows. All three functions are called in its thread.

    Args:
        on_curves: Told the curves in view.
        on_names: Told the metrics of a run, when they change.
        on_problem: Told why curves cannot be read, as one sentence; empty when they can again.
    """

    def __init__(
        self,
        on_curves: Callable[[list[Curve]], None],
        on_names: Callable[[MetricNames], None],
        on_problem: Callable[[str], None],
    ) -> None:
        self._on_curves, self._on_names, self._on_problem = on_curves, on_names, on_problem
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closed = False
        self._runs: tuple[Path, ...] = ()
        self._keys: tuple[CurveKey, ...] = ()
        self._range: tuple[float, float] | None = None
        self._columns = 1000
        self._databases: dict[Path, CurveDatabase] = {}
        self._names: dict[Path, list[str]] = {}
        self._problem = ""
        self._thread = threading.Thread(target=self._work, name="curves", daemon=True)
        self._thread.start()

    def watch(self, runs: Iterable[Path], keys: Iterable[CurveKey]) -> None:
        """Read these curves from now on, and tell the metrics of these runs."""
        with self._lock:
            self._runs, self._keys = tuple(runs), tuple(keys)
        self._wake.set()

    def look_at(self, limits: tuple[float, float] | None, columns: int) -> None:
        """Read this range of steps (None for all) for so many columns of pixels."""
        with self._lock:
            self._range, self._columns = limits, columns
        self._wake.set()

    def read_now(self) -> None:
        """Read at once."""
        self._wake.set()

    def close(self) -> None:
        """End the thread."""
        self._closed = True
        self._wake.set()
        self._thread.join(timeout=2.0)

    def _work(self) -> None:
        while not self._closed:
            try:
                problem = self._turn()
            except Exception as error:
                problem = f"The curves cannot be read: {explain(error)}."
                self._forget_all()
            if problem != self._problem and not self._closed:
                self._problem = problem
                self._on_problem(problem)
            self._wake.wait(_PERIOD_S)
            self._wake.clear()
        self._forget_all()

    def _turn(self) -> str:
        """Read everything that is in view once; returns why the curves of some runs cannot be read."""
        with self._lock:
            runs, keys, limits, columns = self._runs, self._keys, self._range, self._columns
        for gone in self._databases.keys() - set(runs):
            self._forget(gone)
            self._names.pop(gone, None)
        found: list[Curve] = []
        problem = ""
        for run in runs:
            try:
                found += self._read_run(run, [key for key in keys if key.run == run], limits, columns)
            except FileNotFoundError:
                # A run that has not begun has no curves yet, and one that was removed none any more.
                self._forget(run)
            except (OSError, sqlite3.Error, WorkspaceError) as error:
                # The others are shown all the same.
                self._forget(run)
                problem = problem or f"The curves of {run.name} cannot be read: {explain(error)}."
        if keys and not self._closed:
            order = {key: place for place, key in enumerate(keys)}
            self._on_curves(sorted(found, key=lambda curve: order[curve.key]))
        return problem

    def _read_run(
        self, run: Path, keys: list[CurveKey], limits: tuple[float, float] | None, columns: int
    ) -> list[Curve]:
        """Read what is in view of one run, and tell its metrics."""
        if run not in self._databases:
            if not (run / "metrics.db").exists():
                return []
            self._databases[run] = CurveDatabase(run)
        names = self._databases[run].names()
        if names != self._names.get(run):
            self._names[run] = names
            self._on_names(MetricNames(run, names))
        return [curve for key in keys if (curve := self._read(key, limits, columns)) is not None]

    def _forget(self, run: Path) -> None:
        database = self._databases.pop(run, None)
        if database is not None:
            with suppress(sqlite3.Error):
                database.close()

    def _forget_all(self) -> None:
        for run in list(self._databases):
            self._forget(run)
        self._names.clear()

    def _read(self, key: CurveKey, limits: tuple[float, float] | None, columns: int) -> Curve | None:
        database = self._databases[key.run]
        extent = database.extent(key.metric)
        if extent is None:
            return None
        first, last = extent
        if limits is not None:
            margin = (limits[1] - limits[0]) / 10
            first, last = max(first, int(limits[0] - margin)), min(last, int(limits[1] + margin) + 1)
        rows = database.read(key.metric, first, max(first, last), columns)
        newest = database.newest(key.metric)
        return Curve.from_rows(key, rows, extent, float("nan") if newest is None else newest)
