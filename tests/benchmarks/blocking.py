"""Measures how long the window's thread is ever busy, while everything happens at once.

A run logs 1,000 values a second from a process of its own, 10,000 files are imported and samples are drawn, and the
pages are shown in turn. A timer on the window's thread notes the time between two turns of its event loop. Run:

    python tests/benchmarks/blocking.py [--seconds 30]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("STUDIO_THREADS", "1")

import numpy as np
from first_sample import make_model
from import_images import _make_images
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from studio.core.safe_mode import set_safe_mode
from studio.data.request import ImportRequest
from studio.gui.app import App
from studio.gui.data.page import DataPage
from studio.gui.gallery.page import GalleryPage
from studio.gui.layout_memory import LayoutMemory
from studio.store.dataset import list_datasets
from studio.store.workspace import Workspace

_LOGGER = """
import random, sys, time
from pathlib import Path
from studio.store.lock import ProcessLock
from studio.store.metrics import RunDatabase
from studio.store.run import RunDocument, RunStatus, create_run, write_status
from studio.store.workspace import Workspace
workspace = Workspace(Path(sys.argv[1]))
document = RunDocument(id="", name="busy", dataset="d", dataset_name="d", fingerprint="", family="vae", created=9e9)
folder = create_run(workspace, document)
lock = ProcessLock(folder / "lock")
lock.acquire()
database = RunDatabase(folder)
segment, step = database.begin_segment(0), 0
names = ["loss", "validation.loss", *(f"metric{number}" for number in range(8))]
until = time.monotonic() + float(sys.argv[2])
while time.monotonic() < until:
    rows = [(step + turn, name, random.random()) for turn in range(25) for name in names]
    step += 25
    database.add_metrics(segment, rows)
    write_status(folder, RunStatus(state="running", step=step, total=10**6, steps_per_second=100.0), durable=False)
    time.sleep(0.25)
"""


class Heartbeat(QObject):
    """Notes when the event loop turns.

    Args:
        parent: Lives on the window's thread.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.gaps: list[tuple[float, str]] = []
        self.doing = ""
        self._last = time.perf_counter()
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(self._beat)
        timer.start(2)

    def _beat(self) -> None:
        now = time.perf_counter()
        self.gaps.append((1000 * (now - self._last) - 2, self.doing))
        self._last = now


def _turn(application: QApplication, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        application.processEvents()
        time.sleep(0.0005)


def _summary(gaps: list[float]) -> dict[str, float]:
    return {
        "longest_ms": round(max(gaps), 1),
        "p999_ms": round(float(np.percentile(gaps, 99.9)), 1),
        "p99_ms": round(float(np.percentile(gaps, 99)), 1),
        "over_50_ms": sum(gap > 50 for gap in gaps),
        "turns": len(gaps),
    }


def main() -> None:
    """Run everything at once and print the longest times between two turns of the event loop as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        workspace = Workspace(place / "workspace")
        images = place / "images"
        _make_images(images)
        with contextlib.redirect_stdout(sys.stderr):
            make_model(workspace, "vae")
        application = QApplication([])
        set_safe_mode(True)
        app = App(application, workspace.path, LayoutMemory(place / "window.ini"))
        heart = Heartbeat(app)
        heart.doing = "opening"
        app.window.show()
        while len(app.window.pages) < 5:
            _turn(application, 0.1)
        _turn(application, 1.0)
        opening = [gap for gap, _ in heart.gaps]
        heart.gaps.clear()
        command = [sys.executable, "-c", _LOGGER, str(workspace.path), str(options.seconds)]
        logger = subprocess.Popen(command)
        data, gallery = app.window.pages["data"], app.window.pages["gallery"]
        assert isinstance(data, DataPage)
        assert isinstance(gallery, GalleryPage)
        heart.doing = "import"
        data.queue.add(ImportRequest(workspace=workspace.path, paths=(str(images),), name="pngs"), "pngs")
        gallery.controls.count.setValue(4096)
        begun = time.monotonic()
        turn = 0
        while time.monotonic() - begun < options.seconds:
            key = ("train", "gallery", "data", "train")[turn % 4]
            heart.doing = f"showing {key}"
            app.window.show_page(key)
            _turn(application, 0.2)
            heart.doing = f"on {key}"
            if key == "gallery":
                gallery.controls.sample.click()
            _turn(application, 1.3)
            turn += 1
        worst = sorted(heart.gaps, reverse=True)[:5]
        gaps = [gap for gap, _ in heart.gaps]
        imported = [row.name for _, row in list_datasets(workspace) if hasattr(row, "name")]
        samples = sum(batch.num_ready for batch in gallery.samples.batches)
        app.window.close()
        logger.wait()
        row = {
            "benchmark": "blocking",
            "cores": len(os.sched_getaffinity(0)),
            "seconds": options.seconds,
            "imported": "pngs" in imported,
            "samples": samples,
            "during": _summary(gaps),
            "worst": [[round(gap, 1), doing] for gap, doing in worst],
            "opening": _summary(opening),
            "bar_ms": 50,
        }
    print(json.dumps(row))


if __name__ == "__main__":
    main()
