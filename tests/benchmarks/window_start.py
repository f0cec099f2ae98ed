"""Times the first paint of the window against a bare PySide6 window, in interleaved pairs of processes."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

# Each prints the system's monotonic clock when its first paint event has been painted, and ends.
_BARE = """
import os, sys, time
from PySide6.QtWidgets import QApplication, QWidget
class Window(QWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(time.monotonic(), flush=True)
        os._exit(0)
application = QApplication(sys.argv[:1])
window = Window()
window.resize(1280, 800)
window.show()
application.exec()
"""
_OURS = """
import os, sys, time
from pathlib import Path
from studio.gui import app, window
painted = window.Window.paintEvent
def paint(self, event):
    painted(self, event)
    print(time.monotonic(), flush=True)
    os._exit(0)
window.Window.paintEvent = paint
app.run_window(Path(sys.argv[1]))
"""


def _first_paint(code: str, *words: str) -> float:
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, timeout=60)
    return float(done.stdout.split()[-1]) - begun


def main() -> None:
    """Start both in turn and print the difference as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=20)
    pairs = parser.parse_args().pairs
    os.environ.setdefault("QT_QPA_PLATFORM", "xcb" if os.environ.get("DISPLAY") else "offscreen")
    with tempfile.TemporaryDirectory() as workspace:
        os.environ["XDG_CONFIG_HOME"] = workspace
        _first_paint(_BARE)
        _first_paint(_OURS, workspace)
        bare, ours = [], []
        for turn in range(pairs):
            for which in ("bare", "ours") if turn % 2 else ("ours", "bare"):
                if which == "bare":
                    bare.append(_first_paint(_BARE))
                else:
                    ours.append(_first_paint(_OURS, workspace))
    differences = np.array(ours) - np.array(bare)
    draws = np.random.default_rng(0).choice(differences, (10_000, pairs))
    low, high = np.percentile(np.median(draws, axis=1), (2.5, 97.5))
    row = {
        "benchmark": "window_start",
        "platform": os.environ["QT_QPA_PLATFORM"],
        "pairs": pairs,
        "bare_s": round(statistics.median(bare), 3),
        "ours_s": round(statistics.median(ours), 3),
        "difference_s": round(float(np.median(differences)), 3),
        "interval": [round(float(low), 3), round(float(high), 3)],
        "bar_s": 0.25,
    }
    print(json.dumps(row))


if __name__ == "__main__":
    main()
