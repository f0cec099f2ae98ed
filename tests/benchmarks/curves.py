"""Times the redraw of ten curves of a million points each, read from a run's database."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from studio.desk.curve import Curve, CurveKey
from studio.gui.theme import Theme
from studio.gui.train.curve_plot import DASHES, CurvePlot, Style
from studio.store.curve import CurveDatabase
from studio.store.metrics import RunDatabase

_CURVES = 10
_CHUNK = 100_000


def _write(folder: Path, points: int) -> float:
    begun = time.perf_counter()
    rng = np.random.default_rng(0)
    with closing(RunDatabase(folder)) as database:
        segment = database.begin_segment(0)
        for number in range(_CURVES):
            for first in range(0, points, _CHUNK):
                steps = np.arange(first, min(points, first + _CHUNK))
                values = np.exp(-steps / points * 5) * (1 + 0.2 * rng.standard_normal(len(steps))) + 0.1 * number
                rows = zip(steps.tolist(), [f"metric{number}"] * len(steps), values.tolist(), strict=True)
                database.add_metrics(segment, rows)
    return time.perf_counter() - begun


def _read(database: CurveDatabase, folder: Path, first: int, last: int, columns: int) -> list[Curve]:
    curves = []
    for number in range(_CURVES):
        key = CurveKey(folder, f"metric{number}")
        extent = database.extent(key.metric)
        assert extent is not None
        curves.append(Curve.from_rows(key, database.read(key.metric, first, last, columns), extent))
    return curves


def _times(turns: int, work: Callable[[], object]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    taken = []
    for _ in range(turns):
        begun = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - begun))
    return round(float(np.median(taken)), 2), round(float(np.percentile(taken, 95)), 2)


def main() -> None:
    """Write the curves, then time reading (in the window: in a thread) and redrawing (on the window's thread)."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=100)
    options = parser.parse_args()
    application = QApplication([])
    with tempfile.TemporaryDirectory() as temporary:
        folder, last = Path(temporary), options.points - 1
        written_s = _write(folder, options.points)
        plot = CurvePlot(Theme(application, "dark"))
        plot.resize(1000, 600)
        plot.show()
        keys = [CurveKey(folder, f"metric{number}") for number in range(_CURVES)]
        plot.set_styles({key: Style(QColor.fromHsv(36 * n, 200, 220), DASHES[n % 4]) for n, key in enumerate(keys)})
        database = CurveDatabase(folder)
        row = {"benchmark": "curves", "curves": _CURVES, "points_each": options.points, "size": "1000x600"}
        row |= {"cores": len(os.sched_getaffinity(0)), "written_s": round(written_s, 1), "bar_ms": 16}
        views = {"all": (0, last), "one percent": (last // 2, last // 2 + options.points // 100)}
        for name, (low, high) in views.items():
            curves = _read(database, folder, low, high, plot.columns)
            reading = _times(10, lambda low=low, high=high: _read(database, folder, low, high, plot.columns))

            def redraw(curves: list[Curve] = curves) -> None:
                plot.set_curves(curves)
                plot.view.viewport().repaint()

            plot.plot.getViewBox().setXRange(low, high, padding=0)
            for share in (0.0, 0.01):
                plot.set_smoothing(share)
                application.processEvents()
                median, high_ms = _times(options.turns, redraw)
                label = f"{name}{', smoothed' if share else ''}"
                row[label] = {"redraw_ms": median, "p95_ms": high_ms, "read_in_thread_ms": reading[0]}
        database.close()
    print(json.dumps(row))


if __name__ == "__main__":
    main()
