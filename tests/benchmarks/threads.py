"""Trainings alone, two at once, and beside a sampler: how fast each is, by how its threads wait and how many they are.

Run: python tests/benchmarks/threads.py [--rounds 3] [--seconds 20]
Prints JSON: steps (samples) a second for every way, medians over the rounds; the ways take turns within a round.
``spinning`` are two threads that spin as GNU OpenMP's own default has it, ``studio`` is what the studio does.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from trainings import Training, speed

LONG = {"steps": 10**6, "validate_every": 10**6, "preview_every": 10**6}
WAYS = {
    "studio": ({}, {}),
    "spinning": ({"threads": 2}, {"GOMP_SPINCOUNT": ""}),
    "passive": ({"threads": 2}, {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": ""}),
    "one thread": ({"threads": 1}, {}),
}
# Two looks at other programs, five seconds each, and some.
SETTLE_S = 14.0
SAMPLER = """
import sys, time
from pathlib import Path
from studio.runtime.model import OnnxModel
from studio.runtime.request import SampleRequest
from studio.runtime.sampling import Sampling
model, drawn = OnnxModel(Path(sys.argv[1]), "cpu"), 0
Sampling(model, SampleRequest(seed=0, count=4)).run(lambda *_: None)
begun = time.monotonic()
while time.monotonic() - begun < float(sys.argv[2]):
    Sampling(model, SampleRequest(seed=drawn, count=4)).run(lambda *_: None)
    drawn += 4
print(drawn / (time.monotonic() - begun))
"""


def sample(file, seconds):
    """Start drawing from a file; its output is samples a second."""
    command = [sys.executable, "-c", SAMPLER, str(file), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    found: dict[str, list[float]] = {}

    def note(name, *values):
        found.setdefault(name, []).extend(values)

    with tempfile.TemporaryDirectory() as place:
        short = Training(Path(place) / "short", {"steps": 3})
        short.process.wait()
        file = short.trial().export().folder / "sample.onnx"
        for number in range(options.rounds):
            for way, (train, environment) in WAYS.items():
                here = Path(place) / f"{way}-{number}"
                here.mkdir()
                first = Training(here / "a", LONG | train, environment)
                first.wait_for_steps()
                time.sleep(3.0)
                note(f"{way}, alone", *speed([first], options.seconds))
                if way in ("studio", "spinning"):
                    sampler = sample(file, options.seconds + SETTLE_S)
                    time.sleep(SETTLE_S)
                    note(f"{way}, beside a sampler", *speed([first], options.seconds - 2.0))
                    note(f"{way}, the sampler beside it", float(sampler.communicate()[0]))
                second = Training(here / "b", LONG | train, environment)
                second.wait_for_steps(2)
                time.sleep(SETTLE_S)
                note(f"{way}, two at once", *speed([first, second], options.seconds))
                first.kill()
                second.kill()
            note("the sampler alone", float(sample(file, options.seconds).communicate()[0]))
    print(json.dumps({name: round(statistics.median(values), 3) for name, values in found.items()}, indent=1))


if __name__ == "__main__":
    main()
