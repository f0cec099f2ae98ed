"""Measures how long the window's thread is held up while the rows of a large table are browsed."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from studio.core.modality import Column, TableSpec
from studio.gui.bridge import Bridge
from studio.gui.data.browser import DatasetBrowser
from studio.gui.theme import Theme
from studio.store.dataset import SPLITS, DatasetDocument, write_dataset_document
from studio.store.workspace import Workspace


def _make_dataset(folder: Path, rows: int, columns: int) -> None:
    rng = np.random.default_rng(0)
    items = np.lib.format.open_memmap(folder / "items.npy", "w+", np.float32, (rows, columns))
    for first in range(0, rows, 10_000):
        block = items[first : first + 10_000]
        block[:] = rng.normal(size=block.shape)
    items.flush()
    np.save(folder / "labels.npy", np.full(rows, -1, np.int64))
    np.save(folder / "splits.npy", np.zeros(rows, np.uint8))
    described = tuple(Column(name=f"number {place}", knots=(-5.0, 0.0, 5.0)) for place in range(columns))
    spec = TableSpec(shape=(columns,), columns=described)
    splits = dict.fromkeys(SPLITS, 0) | {"train": rows}
    write_dataset_document(folder, DatasetDocument(id="d", name="rows", spec=spec, count=rows, splits=splits))


class _Loop:
    """The window's loop with a clock in it."""

    def __init__(self, application: QApplication) -> None:
        self._application = application
        self._gaps: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self._gaps.append(now - self._last)
        self._last = now

    def measure(self, act: Callable[[], object], done: Callable[[], bool] = lambda: True) -> dict[str, float]:
        """Milliseconds until it is done, and for which nothing else came to its turn, half a second more included."""
        self._gaps, self._last = [], time.perf_counter()
        begun = self._last
        act()
        while not done():
            self._application.processEvents()
        taken = time.perf_counter() - begun
        while time.perf_counter() - begun < taken + 0.5:
            self._application.processEvents()
        return {"done_ms": round(1000 * taken), "longest_ms": round(1000 * max(self._gaps), 1)}


def main() -> None:
    """Open, scroll, sort, filter and select; print milliseconds of each as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=20)
    options = parser.parse_args()
    application = QApplication([])
    Theme(application, "dark")
    with tempfile.TemporaryDirectory() as temporary:
        workspace = Workspace(Path(temporary))
        folder = workspace.folder("datasets") / "rows"
        folder.mkdir(parents=True)
        _make_dataset(folder, options.rows, options.columns)
        bridge = Bridge()
        browser = DatasetBrowser(workspace, bridge)
        browser.resize(1200, 800)
        browser.show()
        view, loop = browser.rows.view, _Loop(application)

        def again(act: Callable[[], object]) -> dict[str, float]:
            before = view.rows.choice
            return loop.measure(act, lambda: view.rows.choice is not before)

        def drag() -> None:
            bar = view.verticalScrollBar()
            for value in np.linspace(0, bar.maximum(), 100).astype(int).tolist():
                bar.setValue(value)
                application.processEvents()

        row = {
            "benchmark": "rows",
            "rows": options.rows,
            "columns": options.columns,
            "open": again(lambda: browser.show_dataset(folder)),
            "drag": loop.measure(drag),
            "sort": again(lambda: view.header.title_clicked.emit(1)),
            "filter": again(lambda: browser.search_edit.setText("number 0 > 0.5")),
            "select": loop.measure(view.selectAll),
            "bar_ms": 50,
        }
        browser.closing()
        bridge.close()
    print(json.dumps(row))


if __name__ == "__main__":
    main()
