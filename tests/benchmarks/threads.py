"""Trainings alone, two at once, and beside a sampler: how fast each is, by how its threads wait and how many they are.

Run: python tests/benchmarks/threads.py [--rounds 3] [--seconds 20] [--ways studio spinning] [--alone]
Prints JSON: steps (samples) a second for every way, medians over the rounds, and their ratios within a round with 95 %
intervals by Student t. The ways take turns within a round. ``spinning`` are two threads that spin as GNU OpenMP's own
default has it, ``studio`` is what the studio does.
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

from studio.core.estimate import student_t

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
from studio.core.request import SampleRequest
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


def ratio(ours, rival):
    """Mean ratio of two measured in the same rounds, with its interval."""
    ratios = [one / other for one, other in zip(ours, rival, strict=True)]
    mean = statistics.mean(ratios)
    if len(ratios) < 2:
        return {"ratio": round(mean, 3)}
    half = student_t(len(ratios) - 1) * statistics.stdev(ratios) / len(ratios) ** 0.5
    return {"ratio": round(mean, 3), "low": round(mean - half, 3), "high": round(mean + half, 3)}


def compare(found, ways):
    """What is asked of the threads, from what was measured."""
    ratios = {}
    for way in ways:
        alone = found[f"{way}, alone"]
        if way != "spinning" and "spinning, alone" in found:
            ratios[f"{way}, alone, over spinning"] = ratio(alone, found["spinning, alone"])
        for name in ("two at once", "beside a sampler"):
            if f"{way}, {name}" in found:
                ratios[f"{way}, {name}, over alone"] = ratio(found[f"{way}, {name}"], alone)
        if f"{way}, the sampler beside it" in found:
            beside = found[f"{way}, the sampler beside it"]
            ratios[f"{way}, the sampler beside it, over alone"] = ratio(beside, found["the sampler alone"])
    return ratios


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--alone", action="store_true", help="nothing but one training at a time")
    options = parser.parse_args()
    found: dict[str, list[float]] = {}

    def note(name, value):
        found.setdefault(name, []).append(value)

    with tempfile.TemporaryDirectory() as place:
        short = Training(Path(place) / "short", {"steps": 3})
        short.process.wait()
        file = None if options.alone else short.trial().export().folder / "sample.onnx"
        for number in range(options.rounds):
            # In turn first and last.
            for way in options.ways[:: -1 if number % 2 else 1]:
                train, environment = WAYS[way]
                here = Path(place) / f"{way}-{number}"
                here.mkdir()
                first = Training(here / "a", LONG | train, environment)
                first.wait_for_steps()
                time.sleep(6.0)
                note(f"{way}, alone", *speed([first], options.seconds))
                if not options.alone:
                    beside(first, Training(here / "b", LONG | train, environment), way, file, options.seconds, note)
                first.kill()
            if not options.alone:
                note("the sampler alone", float(sample(file, options.seconds).communicate()[0]))
    medians = {name: round(statistics.median(values), 3) for name, values in found.items()}
    print(json.dumps({"rounds": options.rounds, "medians": medians, **compare(found, options.ways)}, indent=1))


def beside(first, second, way, file, seconds, note):
    """Measure a training beside another, then beside a sampler."""
    second.wait_for_steps(2)
    time.sleep(SETTLE_S)
    note(f"{way}, two at once", statistics.mean(speed([first, second], seconds)))
    second.kill()
    sampler = sample(file, seconds + SETTLE_S)
    time.sleep(SETTLE_S)
    note(f"{way}, beside a sampler", *speed([first], seconds - 2.0))
    note(f"{way}, the sampler beside it", float(sampler.communicate()[0]))


if __name__ == "__main__":
    main()
