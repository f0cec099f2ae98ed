import math
import sqlite3

import pytest
import torch

from studio.store.metrics import RunDatabase
from studio.store.run import RunStatus, read_raw_status
from studio.train.recorder import Recorder


@pytest.fixture
def recorder(tmp_path):
    database = RunDatabase(tmp_path)
    recorder = Recorder(tmp_path, database, RunStatus(state="running"))
    recorder.begin(0)
    yield recorder
    database.close()


@pytest.mark.parametrize("step_s", [0.01, 0.2, 0.5, 0.9, 3.0])
def test_at_an_even_pace_no_number_older_than_a_second_is_unwritten(recorder, monkeypatch, step_s):
    now = 1000.0
    monkeypatch.setattr("studio.train.recorder.time.monotonic", lambda: now)
    recorder._flushed_at = now
    logged = {}
    for step in range(1, 60):
        now += step_s
        logged[step] = now
        recorder.add(step, {"loss": float(step)})
        recorder.beat(step)
        # A kill just before the next beat loses what is unwritten now; all of it is younger than a second, or a step.
        written = {k for k, _ in recorder.database.curve("loss")}
        lost = [k for k, at in logged.items() if k not in written and now + step_s - at > 1.0]
        assert lost == []


@pytest.mark.fault("B18")
def test_fast_steps_do_not_write_at_every_step(recorder, monkeypatch):
    now = 0.0
    monkeypatch.setattr("studio.train.recorder.time.monotonic", lambda: now)
    recorder._flushed_at = now
    writes = []
    add = recorder.database.add_metrics
    monkeypatch.setattr(recorder.database, "add_metrics", lambda *row: (writes.append(now), add(*row)))
    for step in range(1000):
        now += 0.005
        recorder.add(step, {"loss": 1.0})
        recorder.beat(step)
    assert 5 <= len(writes) <= 8


@pytest.mark.fault("C1")
def test_what_the_disk_refuses_is_kept_and_written_later(recorder, monkeypatch):
    with monkeypatch.context() as patch:

        def full(*_):
            raise sqlite3.OperationalError("database or disk is full")

        patch.setattr(recorder.database, "add_metrics", full)
        recorder.add(1, {"loss": torch.tensor(0.5)})
        recorder.beat(1, force=True)
        assert recorder.database.curve("loss") == []
    recorder.add(2, {"loss": math.inf})
    recorder.beat(2, force=True)
    (first, second) = recorder.database.curve("loss")
    assert first == (1, 0.5)
    assert math.isnan(second[1])
    assert [event.kind for _, event in recorder.database.events()] == ["recovered"]
    assert recorder.latest == {"loss": 0.5}


def _stop_at(trainer, session, step):
    if session.step_count == step:
        trainer.ask_to_stop()


@pytest.mark.fault("C1")
def test_a_state_is_written_though_the_disk_takes_no_numbers(scripted, plain_loop, monkeypatch):
    """Finding S8: a trainer that was told to stop says so on a full disk, and that its last numbers are lost."""
    trial = scripted(plain_loop, steps=50)

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(RunDatabase, "add_metrics", full)
    trainer = trial.trainer()
    between = trainer.between_steps
    monkeypatch.setattr(trainer, "between_steps", lambda session: (_stop_at(trainer, session, 20), between(session)))
    assert trainer.execute().state == "stopped"
    status = read_raw_status(trial.folder)
    assert (status.state, status.pid) == ("stopped", 0)
    assert status.message == "The last numbers of its curves could not be written, and are lost."


def test_what_is_wrong_with_the_disk_is_said_while_it_trains(recorder, monkeypatch):
    """Whether it is full or a quota is used up: the run is not taken for one that hangs."""
    with monkeypatch.context() as patch:

        def full(*_):
            raise sqlite3.OperationalError("database or disk is full")

        patch.setattr(recorder.database, "add_metrics", full)
        recorder.add(1, {"loss": 0.5})
        recorder.beat(1, force=True)
        said = read_raw_status(recorder.folder).message
        assert said.startswith("Numbers cannot be written and are kept in memory until they can: the disk is full")
    recorder.beat(2, force=True)
    assert read_raw_status(recorder.folder).message == ""
