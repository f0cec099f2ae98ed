"""Starts real trainers in a workspace of their own, for the benchmarks of threads and of minutes."""

import json
import subprocess
import sys
import time

from studio.hooks.loader import load_family
from studio.jobs.process import trainer_environment
from studio.store.run import read_status
from studio.store.workspace import Workspace
from studio.testing import Trial, toy_dataset

__all__ = ["Training", "speed"]


class Training:
    """A run of the diffusion family's preset ``cpu`` on items of MNIST's size.

    Args:
        place: Folder for its workspace.
        train: The studio's settings of the run.
        environment: Variables over those that the studio gives a trainer; an empty one is taken away.
    """

    def __init__(self, place, train, environment=None):
        place.mkdir()
        workspace = Workspace(place)
        family = load_family("diffusion")
        preset = dict(family.declared.presets[0].settings)
        settings = {key: value for key, value in preset.items() if not key.startswith("train.")}
        defaults = {"batch_size": 32, "threads": 0, "preview_count": 16}
        plugin = family.plugin.manager.get_plugin("diffusion")
        self._trial = Trial(plugin, workspace, toy_dataset(workspace, (28, 28, 1), 10, 512), settings, defaults | train)
        self.folder = self._trial.folder
        variables = trainer_environment() | (environment or {})
        variables = {name: value for name, value in variables.items() if value}
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "studio.train", str(workspace.path), self.folder.name],
            env=variables,
            stderr=subprocess.DEVNULL,
        )

    def wait_for_steps(self, count=5):
        """Wait until it has trained for a few steps."""
        while self.status().step < count:
            if self.process.poll() is not None:
                raise RuntimeError(self.status().message)
            time.sleep(0.1)

    def status(self):
        """Its status, of less than a second ago."""
        return read_status(self.folder)

    def trial(self):
        """The run in this process, for its export."""
        return self._trial

    def kill(self):
        """End it."""
        self.process.kill()
        self.process.wait()


def speed(trainings, seconds):
    """Steps a second of each of some trainings over the same time."""
    first = [_beat(training) for training in trainings]
    time.sleep(seconds)
    last = [_beat(training) for training in trainings]
    return [(b - a) / (until - since) for (since, a), (until, b) in zip(first, last, strict=True)]


def _beat(training):
    """When its newest heartbeat was, at most a second and a step ago, and the step that began then."""
    status = json.loads((training.folder / "status.json").read_text())
    return status["heartbeat"], status["step"]
