"""What is to be seen of a run at one moment: its newest samples, and how well it does."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.errors import WorkspaceError
from studio.core.modality import DataSpec
from studio.desk.previews import list_previews, read_preview
from studio.store.curve import CurveDatabase
from studio.store.plane import newest_plane, read_plane

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
        files: What was drawn of its inside last.
        plane: What was drawn of its inside, by kind (see ``studio.store.plane``); None where that is known already.
    """

    step: int = -1
    path: Path | None = None
    samples: npt.NDArray[Any] | None = None
    metric: str = ""
    value: float | None = None
    files: frozenset[Path] = frozenset()
    plane: Mapping[str, npt.NDArray[np.float32]] | None = None


def look(run: Path, spec: DataSpec, metric: str, known: Glimpse | None = None) -> Glimpse:
    """Look at a run; some milliseconds, so call it in a thread.

    Args:
        run: Its folder.
        spec: What its items have in common.
        metric: Name of the number that its family is judged by.
        known: What was seen last, which need not be read again.
    """
    known = known or Glimpse()
    previews = list_previews(run)
    newest = previews[-1] if previews else None
    samples = read_preview(newest.path, spec) if newest is not None and newest.path != known.path else None
    value = _newest_value(run, metric)
    _, files = newest_plane(run)
    drawn, plane = frozenset(files.values()), None
    # Of one step, one file comes after the other.
    if drawn != known.files:
        arrays = {kind: read_plane(path) for kind, path in files.items()}
        plane = {kind: array for kind, array in arrays.items() if array is not None}
    if newest is None:
        return Glimpse(metric=metric, value=value, files=drawn, plane=plane)
    return Glimpse(newest.step, newest.path, samples, metric, value, drawn, plane)


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
