"""Writes what a run records into `metrics.csv`: a line for each number of a step or validation, then how it ended."""

import csv

from studio.api import hookimpl

HEADER = ("kind", "step", "metric", "value")


class MetricsCsv:
    """An open file; whatever is told is in it at once, so that a run that is killed leaves whole lines."""

    def __init__(self, folder):
        path = folder / "metrics.csv"
        # A run that goes on after a pause goes on in the same file.
        new = not path.exists() or path.stat().st_size == 0
        self.file = path.open("a", newline="", encoding="utf-8", buffering=1)
        self.writer, self.last = csv.writer(self.file, lineterminator="\n"), 0
        if new:
            self.writer.writerow(HEADER)

    def on_step(self, step, metrics):
        self.write("step", step, metrics)

    def on_validated(self, step, metrics):
        self.write("validation", step, metrics)

    def on_run_finished(self, state):
        self.writer.writerow(("end", self.last, state, ""))
        self.file.close()

    def write(self, kind, step, metrics):
        self.last = step
        self.writer.writerows((kind, step, name, repr(float(value))) for name, value in sorted(metrics.items()))


class ObserverPlugin:
    """The hook of the observer."""

    @hookimpl
    def studio_observe(self, run):
        return MetricsCsv(run.output)


plugin = ObserverPlugin()
