"""Minutes against the clock while a second process comes and goes: how far from its budget a run ends.

Run: python tests/benchmarks/minutes.py [--minutes 2] [--busy 20] [--runs 3]
Prints JSON: for each run the seconds from the start of the process to its end, over those asked for.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from trainings import Training

# Two busy threads that compute for some seconds and sleep for as many, from a moment of their own on.
LOAD = """
import sys, time, threading
import numpy as np
period = float(sys.argv[1])
def work():
    while True:
        until = time.monotonic() + period
        while time.monotonic() < until:
            np.random.default_rng(0).normal(size=(300, 300)) @ np.ones((300, 300))
        time.sleep(period)
time.sleep(period / 2)
for _ in range(2):
    threading.Thread(target=work).start()
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--busy", type=float, default=20.0, help="seconds that the load lasts, and sleeps")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for number in range(options.runs):
            for loaded in (False, True):
                load = [subprocess.Popen([sys.executable, "-c", LOAD, str(options.busy)])] if loaded else []
                training = Training(Path(place) / f"{number}-{loaded}", {"minutes": options.minutes})
                training.process.wait()
                ratio = (time.monotonic() - training.begun) / (60.0 * options.minutes)
                rows.append({"loaded": loaded, "ratio": round(ratio, 3), "steps": training.status().step})
                for process in load:
                    process.kill()
                    process.wait()
    print(json.dumps({"minutes": options.minutes, "runs": rows, "worst": max(abs(row["ratio"] - 1.0) for row in rows)}))


if __name__ == "__main__":
    main()
