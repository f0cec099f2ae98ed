"""What the desk is handed: work that waits until a test lets it be done, small models, reports of the judge."""

from collections import deque

import numpy as np
import pytest

from studio.core.manifest import Manifest, label_input, noise_input, steps_input
from studio.desk.context import Desk
from studio.desk.job import Finished
from studio.desk.sampler_thread import SamplesCame
from studio.desk.subject import Subject
from tests.judged import make_report


class PatientWorker:
    """Does work, and tells what was sent, when ``settle`` is called; one after another."""

    def __init__(self):
        self.waiting = deque()
        self.errors = []

    def run(self, work, then=None, failed=None, alone=False):
        def do():
            try:
                value = work()
            except Exception as error:
                (failed or self.errors.append)(error)
            else:
                if then is not None:
                    then(value)

        self.waiting.append(do)

    def receiver(self, receive):
        return lambda value: self.waiting.append(lambda: receive(value))

    def settle(self):
        while self.waiting:
            self.waiting.popleft()()


class Said:
    """Messages and notices, written down."""

    def __init__(self):
        self.texts = []
        self.press = None

    def say(self, text, button="", on_click=None, kind="info"):
        self.texts.append(text)
        self.press = on_click

    def set(self, kind, text, details="", button="", on_click=None):
        self.texts.append(text)
        self.press = on_click

    def hide(self):
        self.texts.append("")


@pytest.fixture
def worker():
    return PatientWorker()


@pytest.fixture
def said():
    return Said()


@pytest.fixture
def looks():
    return []


@pytest.fixture
def desk(workspace, worker, said, looks):
    return Desk(workspace, worker, said, lambda: looks.append(1))


@pytest.fixture(name="make_report")
def _make_report():
    return make_report


@pytest.fixture
def make_subject(tmp_path):
    """A model as it is compared, without a workspace."""

    def make(name="m-1", judged=True, family="vae", **values):
        about = {"model": name, "title": name, "family": family, "step": 9, "seconds": 61.0}
        manifest = Manifest(inputs=(), shape=(4, 4, 1), classes=("dark", "bright"), **about)
        return Subject(tmp_path / name, manifest, name, "", make_report(name, **values) if judged else None)

    return make


class FakeSampler:
    """The service, which a test has tell what happens."""

    def __init__(self):
        self.asked = []
        self.closed = False

    def open(self, path, tell, early=False):
        return self._ask(path, None, None, tell)

    def sample(self, path, request, output, tell):
        return self._ask(path, request, output, tell)

    def _ask(self, path, request, output, tell):
        asked = Asked(path, request, output, tell)
        self.asked.append(asked)
        return asked

    def close(self):
        self.closed = True


class Asked:
    """A request to the service; ``give`` writes samples where they go."""

    def __init__(self, path, request, output, tell):
        self.path, self.request, self.output, self.tell, self.cancelled = path, request, output, tell, False

    def cancel(self):
        self.cancelled = True

    def give(self, samples, done=None):
        with open(self.output, "wb") as file:
            np.save(file, samples)
        self.tell(SamplesCame(len(samples) if done is None else done, len(samples), "CPUExecutionProvider"))

    def finish(self):
        self.tell(Finished({"provider": "CPUExecutionProvider", "seconds": 0.5}))


@pytest.fixture
def sampler():
    return FakeSampler()


@pytest.fixture
def toy():
    """What a small model of three classes says of itself."""
    about = {"model": "m-1", "title": "Toy", "family": "flow", "shape": (2, 2, 1), "classes": ("a", "b", "c")}
    return Manifest(inputs=(noise_input((1, 2, 2)), label_input(3), steps_input(4, 100)), condition="class", **about)
