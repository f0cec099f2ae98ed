"""What is to be seen of a run at one moment: its newest samples, and how well it does."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from studio.core.errors import WorkspaceError
from studio.core.modality import DataSpec
from studio.desk.previews import list_previews, read_preview
from studio.store.curve import CurveDatabase

__all__ = ["Glimpse", "look"]


@dataclass(frozen=True, eq=False)
class Glimpse:
    """A run at one moment.

    Attributes:
        step: Step at which the newest samples were drawn; -1 where there are none yet.
        path: Where they lie; None where there are none yet.
        samples: The samples, (N, ...); None where there are none, or where they are those that are known already.
        metric: Name of the number that the family is judged by.
        value: Its newest value; None where there is none yet.
    """

    step: int = -1
    path: Path | None = None
    samples: npt.NDArray[Any] | None = None
    metric: str = ""
    value: float | None = None


def look(run: Path, spec: DataSpec, metric: str, known: Path | None = None) -> Glimpse:
    """Look at a run; some milliseconds, so call it in a thread.

    Args:
        run: Its folder.
        spec: What its items have in common.
        metric: Name of the number that its family is judged by.
        known: The samples that need not be read again.
    """
    previews = list_previews(run)
    newest = previews[-1] if previews else None
    samples = read_preview(newest.path, spec) if newest is not None and newest.path != known else None
    value = _newest_value(run, metric)
    if newest is None:
        return Glimpse(metric=metric, value=value)
    return Glimpse(newest.step, newest.path, samples, metric, value)


def _newest_value(run: Path, metric: str) -> float | None:
    """The newest value of a step, or of the validation for what is measured there only."""
    try:
        with closing(CurveDatabase(run)) as database:
            for name in (metric, f"validation.{metric}"):
                value = database.newest(name)
                if value is not None:
                    return value
    except (OSError, sqlite3.Error, WorkspaceError):
        return None
    return None
