"""Observers watch a run from processes of their own: they see what it records, and can do nothing to it."""

import json

import numpy as np
import pytest

from studio.core.modality import ImageSpec
from studio.core.safe_mode import set_safe_mode
from studio.store.metrics import RunDatabase
from studio.store.run import RunDocument, read_run
from studio.train.observers import Observers
from studio.train.trainer import Trainer
from tests.hooks.conftest import install, site, source

__all__ = ["install", "site", "source"]

CODE = """
from studio.api import hookimpl


class Watch:
    def __init__(self, run):
        self.run, self.lines = run, []

    BODY


class Plugin:
    @hookimpl
    def studio_observe(self, run):
        GIVE


plugin = Plugin()
"""
CSV = """
    def on_run_started(self):
        self.lines.append(["started", self.run.name, self.run.family, self.run.settings["train.batch_size"]])

    def on_step(self, step, metrics):
        self.lines.append(["step", step, sorted(metrics)])

    def on_validated(self, step, metrics):
        self.lines.append(["validated", step, sorted(metrics)])

    def on_run_finished(self, state):
        import json

        self.lines.append(["finished", state])
        (self.run.output / "seen.json").write_text(json.dumps(self.lines))
"""


@pytest.fixture
def watched(scripted, plain_loop, install, tmp_path, monkeypatch):
    """Train with an observer; gives the trial and its status."""

    def make(body=CSV, give="return Watch(run)", names=("watch",), **train):
        code = CODE.replace("    BODY", body.strip("\n")).replace("GIVE", give)
        install("watch", code)
        trial = scripted(plain_loop, **{"steps": 6, "validate_every": 3, "preview_every": 10**6, **train})
        document = read_run(trial.folder).model_copy(update={"observers": names})
        monkeypatch.setattr("studio.train.trainer.read_run", lambda folder: document)
        return trial, Trainer(trial.workspace, trial.folder, trial.family).execute()

    return make


def warnings(trial):
    database = RunDatabase(trial.folder)
    try:
        return [event.message for _, event in database.events() if "observer" in event.message]
    finally:
        database.close()


def test_it_sees_what_the_run_records_and_how_it_ends(watched):
    trial, status = watched()
    assert status.state == "finished"
    assert warnings(trial) == []
    lines = json.loads((trial.folder / "observers" / "watch" / "seen.json").read_text())
    assert lines[0] == ["started", "scripted trial", "scripted", 16]
    assert lines[-1] == ["finished", "finished"]
    steps = [line for line in lines if line[0] == "step"]
    assert [line[1] for line in steps] == [1, 2, 3, 4, 5, 6]
    assert steps[0][2] == ["gradient_norm", "loss"]
    assert ["validated", 6, ["loss"]] in lines


@pytest.mark.parametrize(
    ("body", "give", "said"),
    [
        (
            "    def on_step(self, step, metrics):\n        raise ValueError('no <b>luck</b>')",
            "return Watch(run)",
            "no <b>",
        ),
        ("    def on_run_started(self):\n        import os; os._exit(3)", "return Watch(run)", "it said nothing"),
        ("    pass", "return Watch(run)", "gave Watch, which has none of on_run_started"),
        ("    pass", "return None", "gave NoneType, which has none of"),
        ("    pass", "raise RuntimeError('no')", "RuntimeError: no"),
    ],
)
@pytest.mark.fault("F1", "F4")
def test_an_error_in_it_ends_the_observer_not_the_training(watched, body, give, said):
    trial, status = watched(body, give)
    assert status.state == "finished"
    assert status.step == 6
    (warning,) = warnings(trial)
    assert warning.startswith("The observer of 'watch' ")
    assert said in warning
    assert "\n" not in warning


def test_in_safe_mode_the_run_goes_on_without_it(watched):
    set_safe_mode(True)
    trial, status = watched()
    assert status.state == "finished"
    assert warnings(trial) == ["Safe mode leaves out the observer of 'watch'."]
    assert not (trial.folder / "observers").exists()


def test_one_that_is_not_there_is_said(watched):
    trial, status = watched(names=("gone",))
    assert status.state == "finished"
    assert warnings(trial) == [
        "The observer of 'gone' failed: The package 'gone' brings no observer that is on."
    ] or warnings(trial) == ["The observer of 'gone' ended: The package 'gone' brings no observer that is on."]


@pytest.mark.fault("F1")
def test_one_that_hangs_is_ended(watched, monkeypatch):
    monkeypatch.setattr("studio.train.observers._PATIENCE_S", 1.0)
    trial, status = watched("    def on_run_started(self):\n        import time; time.sleep(600)")
    assert status.state == "finished"
    assert warnings(trial) == ["The observer of 'watch' did not end with the run and was ended."]


def test_the_training_is_the_same_to_the_bit(watched, scripted, plain_loop):
    trial, _ = watched()
    alone = scripted(plain_loop, steps=6, validate_every=3, preview_every=10**6)
    alone.train()
    for name, value in alone.checkpoint().tensors["modules"].items():
        assert np.array_equal(value.numpy(), trial.checkpoint().tensors["modules"][name].numpy())


def test_without_observers_nothing_is_started(tmp_path):
    spec = ImageSpec(shape=(4, 4, 1))
    run = RunDocument(id="r", name="r", dataset="d", dataset_name="d", fingerprint="", family="f", spec=spec)
    observers = Observers(tmp_path, run, lambda *words: pytest.fail("said something"))
    observers.start(0)
    observers.look()
    observers.finish("finished")
    assert not (tmp_path / "observers").exists()
