"""Time from Go to the first picture of every family on the Play page, and pictures a second from then on.

Run: python tests/benchmarks/play.py [--seconds 30] [--example spirals]
The page's own lesson, with the libraries imported beforehand as opening the page does. Prints JSON: of each family the
seconds to its first picture, and pictures a second from then to its last.
"""

import argparse
import json
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from studio.data.table.points import draw_points
from studio.desk.context import Desk
from studio.desk.play.lesson import Lesson, families_for_points, get_ready
from studio.desk.previews import list_previews
from studio.desk.run_control import RunControl
from studio.hooks.installed import read_catalogue
from studio.store.workspace import Workspace


class Worker:
    """Work in threads; answers come in them."""

    def run(self, work, then=None, failed=None, alone=False):
        def do():
            try:
                value = work()
            except Exception as error:
                print(json.dumps({"error": str(error)}))
                if failed is not None:
                    failed(error)
            else:
                if then is not None:
                    then(value)

        threading.Thread(target=do, daemon=True).start()

    def receiver(self, receive):
        return receive


class Silent:
    def say(self, *_, **__):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--example", default="spirals")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        workspace = Workspace(Path(place))
        desk = Desk(workspace, Worker(), Silent(), lambda: None)
        families = families_for_points(read_catalogue(bundled_only=True))
        get_ready(workspace)
        time.sleep(8.0)
        rows = np.asarray(draw_points(options.example, 1000, 0)[0], np.float32)
        lesson = Lesson(desk, RunControl(workspace), families, rows, "play", options.example)
        begun, seen = time.monotonic(), {}
        lesson.start()
        while (now := time.monotonic() - begun) < options.seconds:
            for family, folder in dict(lesson.runs).items():
                steps = seen.setdefault(family, {})
                for preview in list_previews(folder):
                    steps.setdefault(preview.step, now)
            time.sleep(0.02)
        found = {}
        for family, steps in seen.items():
            times = sorted(steps.values())
            rate = (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0
            found[family] = {"first_s": round(times[0], 2) if times else None, "a_second": round(rate, 2)}
        print(json.dumps({"example": options.example, "faults": lesson.faults, "families": found}))
        lesson.close()
        time.sleep(3.0)


if __name__ == "__main__":
    main()
