"""Tells an observer what a run records, from its database: ``python -m studio.train.observe RUN DISTRIBUTION ROW``."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from studio.core.errors import PluginError
from studio.core.extension import ObservedRun
from studio.core.settings import join_settings
from studio.store.metrics import RunDatabase
from studio.store.run import read_run
from studio.train.watching import plugins_of, watch_run

__all__ = ["EVENTS", "observer_of", "tell_rows"]

_POLL_S = 0.25
_MOST_ROWS = 5000
_VALIDATION = "validation."
EVENTS = ("on_run_started", "on_step", "on_validated", "on_run_finished")
# A row of the metrics: its number, step, name and value.
Row = tuple[int, int, str, float | None]


def observer_of(folder: Path, distribution: str) -> object:
    """The object of a plugin that watches a run.

    Args:
        folder: The run's folder.
        distribution: The distribution that brings the plugin.

    Raises:
        PluginError: If there is none, or it gives nothing that watches.
    """
    run = read_run(folder)
    for plugin in plugins_of(folder, distribution):
        if not plugin.observes:
            continue
        output = folder / "observers" / distribution
        output.mkdir(parents=True, exist_ok=True)
        settings = join_settings(run.train, run.settings)
        observed = ObservedRun(run.id, run.name, run.family, run.dataset_name, run.spec, settings, output)
        observer = plugin.observer(observed)
        if not any(callable(getattr(observer, event, None)) for event in EVENTS):
            gave = type(observer).__name__
            raise PluginError(f"studio_observe of '{plugin.name}' gave {gave}, which has none of {', '.join(EVENTS)}.")
        return observer
    raise PluginError(f"The package '{distribution}' brings no observer that is on.")


def tell_rows(observer: Any, rows: Iterable[Row]) -> None:
    """Tell an observer the numbers of some steps, those of a training step and those of a validation apart."""
    for (step, validated), group in groupby(rows, key=lambda row: (row[1], row[2].startswith(_VALIDATION))):
        values = {name.removeprefix(_VALIDATION): value for _, _, name, value in group if value is not None}
        _tell(observer, "on_validated" if validated else "on_step", step, values)


def _tell(observer: object, event: str, *words: Any) -> None:
    method = getattr(observer, event, None)
    if callable(method):
        method(*words)


def _watch(folder: Path, distribution: str, seen: int, ended: Callable[[], str | None]) -> None:
    observer = observer_of(folder, distribution)
    database = RunDatabase(folder)
    try:
        _tell(observer, "on_run_started")
        while True:
            # Asked first: what was recorded before the end is read after it.
            state = ended()
            while rows := database.metrics_after(seen, _MOST_ROWS):
                tell_rows(observer, rows)
                seen = rows[-1][0]
            if state is not None:
                _tell(observer, "on_run_finished", state)
                return
            threading.Event().wait(_POLL_S)
    finally:
        database.close()


if __name__ == "__main__":
    watch_run(_watch)
