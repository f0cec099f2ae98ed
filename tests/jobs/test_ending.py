"""How a trainer ended that could not say so itself (P5), and the end of one that hangs (P6)."""

import os
import re
import sqlite3
import subprocess
import sys

import pytest

from studio.core.errors import StudioError
from studio.jobs.control import run_ahead, stop_run
from studio.jobs.ending import describe_end, trainer_process
from studio.jobs.supervisor import Supervisor
from studio.store.lock import is_locked
from studio.store.metrics import RunDatabase
from studio.store.queue import Queue
from studio.store.run import RunStatus, read_status, write_status


@pytest.fixture
def supervise(workspace, modules, monkeypatch):
    """Queue runs and work until the queue is empty."""
    monkeypatch.setattr("studio.jobs.supervisor._POLL_S", 0.05)

    def run(*folders):
        supervisor = Supervisor(workspace, "fake_trainer")
        for folder in folders:
            supervisor.queue.add(folder.name, "cpu")
        supervisor.run()
        supervisor.queue.close()

    return run


@pytest.mark.parametrize(
    ("end", "state", "said"),
    [
        ("SIGSEGV", "failed", r"crashed at step \d+ \(SIGSEGV\) in compiled code .*log\.txt says where"),
        (
            "SIGKILL",
            "interrupted",
            r"was killed at step \d+, most likely because memory ran out: .* resume it",
        ),
        ("exit", "failed", r"left at step \d+ with exit code 3 and said nothing, as by os\._exit; .*log\.txt holds"),
    ],
)
def test_an_end_without_a_word_is_explained_and_the_queue_goes_on(make_run, supervise, end, state, said):
    folder, after = make_run("first", work=60, end=end), make_run("second")
    supervise(folder, after)
    status = read_status(folder)
    assert status.state == state
    assert re.search(said, status.message)
    assert ("resume" in status.message) == (state == "interrupted")
    assert read_status(after).state == "finished"


def test_other_exits_in_words(tmp_path):
    state, text = describe_end(-1, 7, tmp_path / "log.txt")
    assert (state, "ended from outside at step 7 (SIGHUP)" in text) == ("interrupted", True)
    state, text = describe_end(-999, 7, tmp_path / "log.txt")
    assert "at step 7 (signal 999)" in text
    assert describe_end(0, 1200, tmp_path / "log.txt")[1].startswith("The trainer's process left at step 1,200 with")


def test_a_trainer_that_hangs_is_ended_by_force_and_its_run_can_go_on(workspace, make_run, start_trainer, wait_for):
    folder = make_run(work=60, end="deaf")
    start_trainer(folder)
    wait_for(lambda: read_status(folder).pid)
    assert stop_run(workspace, folder, force=True).startswith("ended by force at step")
    assert not is_locked(folder / "lock")
    status = read_status(folder)
    assert status.state == "stopped"
    assert "goes on from its last checkpoint" in status.message
    with pytest.raises(StudioError, match="there is nothing to stop"):
        stop_run(workspace, folder, force=True)


def test_force_reaches_a_trainer_that_still_imports(workspace, make_run, wait_for, tmp_path):
    """Finding P6: torch takes seconds, and whoever ended the run meanwhile was told that there is nothing to end."""
    (tmp_path / "torch.py").write_text("import time\ntime.sleep(60)\n")
    folder = make_run()
    command = [sys.executable, "-m", "studio.train", str(workspace.path), folder.name]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(tmp_path)}, stderr=subprocess.DEVNULL)
    wait_for(lambda: trainer_process(folder) is not None)
    assert stop_run(workspace, folder, force=True).startswith("ended by force at step")
    process.wait(10)
    assert not is_locked(folder / "lock")


def test_force_is_told_from_a_kill_where_a_supervisor_watches(workspace, make_run, wait_for, modules, monkeypatch):
    """The supervisor, who saw a kill only, must not say that memory ran out."""
    import threading

    monkeypatch.setattr("studio.jobs.supervisor._POLL_S", 0.05)
    folder = make_run(work=60, end="deaf")
    supervisor = Supervisor(workspace, "fake_trainer")
    supervisor.queue.add(folder.name, "cpu")
    supervisor.queue.close()
    worker = threading.Thread(target=lambda: Supervisor(workspace, "fake_trainer").run())
    worker.start()
    wait_for(lambda: read_status(folder).state == "running" and read_status(folder).pid)
    stop_run(workspace, folder, force=True)
    worker.join(10)
    assert not worker.is_alive()
    assert "Ended by force" in read_status(folder).message


def test_force_ends_nobody_elses_process(workspace, make_run, start_trainer, monkeypatch):
    """A status that names another process, as in a workspace that was copied, ends nothing."""
    folder = make_run(work=60)
    start_trainer(folder)
    status = read_status(folder)
    status.pid = os.getpid()
    write_status(folder, status)
    assert trainer_process(folder) is None
    with pytest.raises(StudioError, match="there is nothing to end"):
        stop_run(workspace, folder, force=True)


def test_a_full_disk_does_not_keep_a_run_from_being_stopped(workspace, make_run, start_trainer, wait_for, monkeypatch):
    folder = make_run(work=60)
    start_trainer(folder)
    wait_for(lambda: read_status(folder).pid)

    def full(self, name):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(RunDatabase, "send", full)
    stop_run(workspace, folder)
    assert not is_locked(folder / "lock")


def test_a_run_in_the_queue_knows_what_it_waits_for(workspace, make_run):
    first, second = make_run("first"), make_run("second")
    queue = Queue(workspace)
    queue.add(first.name, "cpu")
    queue.mark(queue.waiting()[0].id, "started")
    queue.add(second.name, "cpu")
    queue.close()
    assert run_ahead(workspace, second) == first.name
    assert run_ahead(workspace, first) == ""


def test_a_silent_trainer_is_known_to_hang(make_run, start_trainer, monkeypatch):
    folder = make_run(work=60)
    start_trainer(folder)
    assert not read_status(folder).hangs
    monkeypatch.setattr("studio.store.run._SILENT_S", -1.0)
    status = read_status(folder)
    assert status.hangs
    assert "can be ended by force" in status.message
    write_status(folder, RunStatus(state="stopped", hangs=True))
    assert not read_status(folder).hangs
