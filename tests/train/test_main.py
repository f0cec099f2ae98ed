"""The trainer's process: its exit status, and what it says where it cannot begin."""

import logging
import os
import signal
import sys
from types import SimpleNamespace

import pytest

from studio.core.errors import StudioError
from studio.store.lock import ProcessLock, is_locked
from studio.store.run import RunDocument, RunStatus, create_run, read_raw_status, write_status
from studio.train import __main__ as module


@pytest.fixture
def run(workspace):
    document = RunDocument(id="", name="r", dataset="d", dataset_name="d", fingerprint="f", family="vae")
    folder = create_run(workspace, document)
    write_status(folder, RunStatus(state="queued"))
    return folder


@pytest.fixture
def train(workspace, monkeypatch):
    """Call the process's main with a trainer that ends as the test says; gives the exit status."""
    seen = SimpleNamespace(signals={}, limited=[])

    def call(name, state="finished", error=None):
        class Trainer:
            run = SimpleNamespace(device="cpu")

            def __init__(self, workspace, folder, begun, watch):
                seen.pid = read_raw_status(folder).pid
                seen.locked = is_locked(folder / "lock")

            def ask_to_stop(self, *_):
                pass

            def execute(self):
                if error is not None:
                    raise error
                return RunStatus(state=state)

        monkeypatch.setattr("studio.train.trainer.Trainer", Trainer)
        monkeypatch.setattr(module, "limit_memory", seen.limited.append)
        monkeypatch.setattr(module.faulthandler, "enable", lambda: None)
        monkeypatch.setattr(module.signal, "signal", seen.signals.__setitem__)
        monkeypatch.setattr(sys, "argv", ["studio.train", str(workspace.path), name])
        return module.main()

    call.seen = seen
    return call


@pytest.mark.parametrize(("state", "status"), [("finished", 0), ("stopped", 0), ("paused", 0), ("failed", 1)])
def test_the_exit_status_says_how_it_ended(train, run, state, status):
    assert train(run.name, state) == status


def test_its_number_is_known_before_the_libraries_are_there(train, run):
    train(run.name)
    assert train.seen.pid == os.getpid()
    assert train.seen.locked
    assert set(train.seen.signals) == {signal.SIGTERM}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing can be limited")
def test_a_cpu_run_takes_no_more_than_the_memory_that_is_free(train, run):
    train(run.name)
    (limit,) = train.seen.limited
    assert limit > 0


def test_what_ends_it_is_one_sentence(train, run, caplog):
    with caplog.at_level(logging.ERROR):
        assert train(run.name, error=StudioError("It cannot be.")) == 1
    assert [record.getMessage() for record in caplog.records] == ["It cannot be."]


def test_a_run_that_is_not_there(train, workspace, caplog):
    assert train("../elsewhere") == 1
    said = f"There is no run '../elsewhere' in {workspace.path}; 'studio runs list' shows what there is."
    assert said in caplog.text


def test_a_run_that_another_process_trains(train, run, caplog):
    lock = ProcessLock(run / "lock")
    assert lock.acquire()
    assert train(run.name) == 2
    assert "another process trains this run" in caplog.text
    assert read_raw_status(run).pid != os.getpid()
    lock.release()
