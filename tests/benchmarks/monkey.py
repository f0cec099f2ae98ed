"""Let a monkey play at the window for long, on a workspace that falls to pieces and is made anew every minute.

Run: python -m tests.benchmarks.monkey [--minutes 30] [--seed 1]
Prints JSON: games, turns, the longest time that one action held the window, and what reached its hooks; ends with 1
where anything did.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("STUDIO_THREADS", "1")

from PySide6.QtWidgets import QApplication

from studio.core.safe_mode import set_safe_mode
from studio.gui.app import App
from studio.gui.layout_memory import LayoutMemory
from studio.store.workspace import Workspace
from studio.testing import toy_dataset
from tests.faults.monkey import Monkey

_GAME_S = 60.0


def _game(application: QApplication, place: Path, seed: int, until: float) -> tuple[int, float]:
    """One game on a workspace of its own; gives its turns and the longest time of one."""
    workspace = Workspace(place / "workspace")
    toy_dataset(workspace)
    victim = place / "victim"
    victim.write_text("precious")
    set_safe_mode(True)
    app = App(application, workspace.path, LayoutMemory(place / "window.ini"))
    app.window.show()
    while len(app.window.pages) < 5:
        application.processEvents()
    monkey, turns = Monkey(app.window, workspace.path, victim, seed), 0
    while time.monotonic() < until and app.window.isVisible():
        monkey.play(50)
        turns += 50
    app.window.close()
    application.processEvents()
    assert victim.read_text() == "precious"
    return turns, monkey.longest_s


def main() -> int:
    """Play, and say how it went."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    caught: list[str] = []
    sys.excepthook = lambda *error: caught.append("".join(traceback.format_exception(*error)))
    threading.excepthook = lambda seen: caught.append(repr(seen.exc_value))
    application = QApplication([])
    application.setQuitOnLastWindowClosed(False)
    end, seed, turns, longest = time.monotonic() + 60 * options.minutes, options.seed, 0, 0.0
    while time.monotonic() < end:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
            done, held = _game(application, Path(place), seed, min(end, time.monotonic() + _GAME_S))
        seed, turns, longest = seed + 1, turns + done, max(longest, held)
    result = {"games": seed - options.seed, "turns": turns, "longest_s": round(longest, 2), "faults": caught}
    print(json.dumps(result, indent=1))
    return int(bool(caught))


if __name__ == "__main__":
    sys.exit(main())
