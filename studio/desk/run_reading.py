"""Reads what a run left behind: its curves, as a sketch or as a table for other programs, and what was said of it."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from studio.core.errors import WorkspaceError
from studio.core.words import csv_cell
from studio.desk.curve import CurveKey
from studio.store.atomic import write_bytes
from studio.store.curve import CurveDatabase
from studio.store.metrics import Event

__all__ = ["Sketch", "curves_as_csv", "read_events", "read_sketch", "write_csv"]

_MOST_EVENTS = 500
_COLUMNS = 60  # values of a sketch


class Sketch(NamedTuple):
    """The shape of a run's monitored curve.

    Attributes:
        values: Some values in order of steps.
        best: The best value; None where there is none.
        metric: What was monitored.
    """

    values: npt.NDArray[np.float64]
    best: float | None
    metric: str


def read_sketch(run: Path, monitor: tuple[str, str]) -> Sketch | None:
    """Read the shape of a run's curve; None where it has none yet."""
    try:
        with closing(CurveDatabase(run)) as database:
            for metric in (f"validation.{monitor[0]}", monitor[0]):
                extent = database.extent(metric)
                if extent is not None:
                    rows = database.read(metric, *extent, columns=_COLUMNS)
                    values = np.array([row.mean for row in rows], np.float64)
                    return Sketch(values, database.best(metric, monitor[1]), metric)
    except (OSError, sqlite3.Error, WorkspaceError):
        return None
    return None


def read_events(run: Path) -> list[Event]:
    """What was said about a run, the newest first; none where it has not begun.

    Raises:
        sqlite3.Error: If it cannot be read.
    """
    if not (run / "metrics.db").exists():
        return []
    with closing(CurveDatabase(run)) as database:
        return database.events(_MOST_EVENTS)


def curves_as_csv(keys: Sequence[tuple[str, CurveKey]]) -> str:
    """Every value of some curves, one a row: run, metric, step, value; an empty value was not finite.

    Args:
        keys: Name of the run, and the curve.
    """
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(("run", "metric", "step", "value"))
    for name, key in keys:
        with closing(CurveDatabase(key.run)) as database:
            for step, value in database.rows(key.metric):
                table.writerow((csv_cell(name), csv_cell(key.metric), step, "" if value is None else repr(value)))
    return text.getvalue()


def write_csv(path: Path, keys: Sequence[tuple[str, CurveKey]]) -> None:
    """Write ``curves_as_csv`` into a file, whole or not at all."""
    write_bytes(path, curves_as_csv(keys).encode())
