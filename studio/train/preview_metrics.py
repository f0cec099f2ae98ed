"""Measures each preview of a run by a plugin's metrics: ``python -m studio.train.preview_metrics RUN PACKAGE ROW``.

A number comes a moment after its preview.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from studio.core.errors import DataError, PluginError
from studio.core.extension import Array, Metric
from studio.data.dataset import open_dataset
from studio.store.inside import is_own_file
from studio.store.metrics import RunDatabase
from studio.store.run import read_run
from studio.train.watching import plugins_of, watch_run

__all__ = ["measure_previews", "metrics_of", "new_previews"]

_POLL_S = 0.5
_MOST_ITEMS = 1000
_PREVIEW = re.compile(r"step-(\d{8,12})\.npy")


def metrics_of(folder: Path, distribution: str) -> list[Metric]:
    """The metrics that a distribution brings for the data of a run.

    Raises:
        PluginError: If it brings none.
    """
    run = read_run(folder)
    brought = [each for plugin in plugins_of(folder, distribution) for each in plugin.extensions]
    modality = run.spec.modality if run.spec is not None else ""
    found = [each for each in brought if isinstance(each, Metric) and each.modality == modality]
    if not found:
        raise PluginError(f"The package '{distribution}' brings no metric of {modality or 'such'} data that is on.")
    return found


def new_previews(folder: Path, done: set[int]) -> Iterator[tuple[int, Array]]:
    """The previews of a run that were not measured yet, each with its step, which goes into ``done``."""
    for path in sorted((folder / "previews").glob("step-*.npy")):
        named = _PREVIEW.fullmatch(path.name)
        if named is not None and int(named[1]) not in done and is_own_file(path):
            done.add(int(named[1]))
            yield int(named[1]), np.load(path, allow_pickle=False)


def measure_previews(folder: Path, metrics: list[Metric], held_out: Array, done: set[int]) -> None:
    """Record each metric of each new preview.

    Raises:
        PluginError: If a metric gives no finite number.
    """
    for step, samples in new_previews(folder, done):
        rows = []
        for metric in metrics:
            value = float(metric.measure(samples, held_out))
            if not np.isfinite(value):
                raise PluginError(f"'{metric.title}' gave {value} for the preview of step {step}.")
            rows.append((step, f"preview.{metric.id}", value))
        database = RunDatabase(folder)
        database.add_metrics(database.segment(), rows)
        database.close()


def _held_out(folder: Path) -> Array:
    run = read_run(folder)
    dataset = open_dataset(folder.parent.parent / "datasets" / run.dataset)
    indices = dataset.indices("validation")
    if not len(indices):
        raise DataError(f"The data set '{run.dataset_name}' has no validation items to compare previews with.")
    # Spread over all of them: they lie in the order of their classes, often.
    chosen = indices[np.linspace(0, len(indices) - 1, min(len(indices), _MOST_ITEMS)).astype(np.int64)]
    return dataset.batch(chosen)[0]


def _watch(folder: Path, distribution: str, _: int, ended: Callable[[], str | None]) -> None:
    metrics, held_out = metrics_of(folder, distribution), _held_out(folder)
    database = RunDatabase(folder)
    # What an earlier segment has measured.
    done = set.intersection(*({step for step, _ in database.curve(f"preview.{each.id}")} for each in metrics))
    database.close()
    while True:
        # Asked first: what was drawn before the end is measured after it.
        last = ended() is not None
        measure_previews(folder, metrics, held_out, done)
        if last:
            return
        threading.Event().wait(_POLL_S)


if __name__ == "__main__":
    watch_run(_watch)
