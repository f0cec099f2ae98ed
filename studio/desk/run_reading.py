"""Reads what a run left behind: the shape of its monitored curve, and what was said about it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.core.errors import WorkspaceError
from studio.store.curve import CurveDatabase
from studio.store.metrics import Event

__all__ = ["Sketch", "read_events", "read_sketch"]

_MOST_EVENTS = 500
_COLUMNS = 60  # values of a sketch


class Sketch:
    """The shape of a run's monitored curve.

    Args:
        values: Some values in order of steps.
        best: The best value; None where there is none.
        metric: What was monitored.
    """

    def __init__(self, values: npt.NDArray[np.float64], best: float | None, metric: str) -> None:
        self.values = values
        self.best = best
        self.metric = metric


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
