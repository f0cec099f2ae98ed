"""The supervisor: one job per device, in order, whatever becomes of the trainers and of itself."""

import os
import signal
import subprocess
import sys
import time
from unittest.mock import Mock

import psutil
import pytest

from studio.core.safe_mode import set_safe_mode
from studio.jobs import supervisor as source
from studio.jobs.control import queue_runs
from studio.jobs.ending import end_trainer, trainer_process
from studio.jobs.supervisor import Supervisor, ensure_supervisor
from studio.store.lock import ProcessLock, is_locked
from studio.store.queue import Queue
from studio.store.run import RunStatus, read_status, write_status

PROCESS = """
import logging, sys
from pathlib import Path
from studio.jobs.supervisor import Supervisor
from studio.store.workspace import Workspace
logging.basicConfig(level=logging.INFO)
print(Supervisor(Workspace(Path(sys.argv[1])), "fake_trainer", ()).run())
"""


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(source, "_POLL_S", 0.05)


@pytest.fixture
def queue(workspace):
    opened = Queue(workspace)
    yield opened
    opened.close()


@pytest.fixture
def enqueue(queue):
    def add(*folders, device="cpu"):
        for folder in folders:
            queue.add(folder.name, device)

    return add


@pytest.fixture
def supervisor(workspace, modules, monkeypatch):
    monkeypatch.setattr(source, "_LINGER_S", 0.3)
    made = Supervisor(workspace, "fake_trainer", libraries=())
    yield made
    for process in made._processes.values():
        if isinstance(process, subprocess.Popen):
            process.kill()
            process.wait()
    made._close_nursery()
    made.queue.close()


@pytest.fixture
def start_supervisor(workspace, modules):
    """A supervisor in a process of its own."""
    processes = []

    def start():
        command = [sys.executable, "-c", PROCESS, str(workspace.path)]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_it_ends_when_the_queue_is_empty(supervisor, workspace):
    assert supervisor.run()
    assert not is_locked(workspace.path / "supervisor.lock")


@pytest.mark.fault("B21")
def test_one_after_the_other_in_order(supervisor, make_run, enqueue, order):
    folders = [make_run(name) for name in "abc"]
    enqueue(folders[1], folders[0], folders[2])
    assert supervisor.run()
    assert order() == [f"{word} {name} cpu" for name in "bac" for word in ("begin", "end")]
    assert {read_status(folder).state for folder in folders} == {"finished"}
    assert supervisor.queue.waiting() == supervisor.queue.started() == []


@pytest.mark.parametrize("whole", [True, False])
def test_a_trainer_is_in_safe_mode_as_whoever_queued_it(supervisor, make_run, modules, monkeypatch, whole):
    """Whatever the supervisor was started in: one that works already serves every window."""
    modules("telling", "import os, sys\nopen(f'{sys.argv[1]}/told', 'w').write(os.environ['STUDIO_SAFE_MODE'])\n")
    supervisor.trainer = "telling"
    folder = make_run()
    monkeypatch.setattr("studio.jobs.control.ensure_supervisor", lambda _: None)
    set_safe_mode(whole)
    queue_runs(supervisor.workspace, folder)
    set_safe_mode(not whole)
    assert supervisor.run()
    assert (supervisor.workspace.path / "told").read_text() == ("1" if whole else "0")


@pytest.mark.fault("B21")
def test_two_devices_at_once(supervisor, make_run, enqueue, order):
    first, second = make_run("a", work=0.8), make_run("b", device="cuda:0", work=0.8)
    enqueue(first)
    enqueue(second, device="cuda:0")
    assert supervisor.run()
    assert sorted(order()[:2]) == ["begin a cpu", "begin b cuda:0"]


def test_lanes_side_by_side_on_one_device(supervisor, make_run, order, monkeypatch):
    monkeypatch.setattr("studio.jobs.control.ensure_supervisor", lambda _: None)
    queue_runs(supervisor.workspace, *(make_run(name, lane=lane, work=0.8) for name, lane in ("ax", "by", "cy")))
    assert supervisor.run()
    assert sorted(order()[:2]) == ["begin a cpu", "begin b cpu"]
    assert order().index("end b cpu") < order().index("begin c cpu")


def test_what_starts_together_is_forked_from_one_process(supervisor, make_run, wait_for, monkeypatch):
    """And each is found, ended by force and judged by its exit code like one that was started by itself."""
    monkeypatch.setattr("studio.jobs.control.ensure_supervisor", lambda _: None)
    runs = [make_run(end, lane=end, end=end, work=60) for end in ("deaf", "exit", "die", "SIGSEGV")]
    queue_runs(supervisor.workspace, *runs)
    supervisor.look()
    nursery = psutil.Process(supervisor._nursery._process.pid)
    wait_for(lambda: read_status(runs[0]).state == "running")
    assert trainer_process(runs[0]).parent() == nursery
    assert read_status(runs[0]).pid == trainer_process(runs[0]).pid
    wait_for(lambda: supervisor.look() and len(supervisor.queue.started()) == 1)
    assert "exit code 3" in read_status(runs[1]).message
    assert read_status(runs[2]).message.startswith("The trainer did not start (exit code 1)")
    assert (runs[2] / "log.txt").read_text() == "no luck today\n"
    assert "SIGSEGV" in read_status(runs[3]).message
    end_trainer(runs[0])
    assert supervisor.run()
    assert supervisor._nursery is None
    assert not nursery.is_running()


def test_one_that_makes_ready_ends_where_no_run_comes(supervisor, wait_for):
    assert supervisor.run(soon=True)
    assert supervisor._nursery is None


def test_a_run_that_comes_to_one_that_made_ready_is_forked(supervisor, make_run, enqueue):
    supervisor._open_nursery()
    run = make_run(work=60)
    enqueue(run)
    supervisor.look()
    nursery = supervisor._nursery._process.pid
    wait = time.monotonic() + 10
    while trainer_process(run) is None:
        assert time.monotonic() < wait
        time.sleep(0.02)
    assert trainer_process(run).ppid() == nursery
    end_trainer(run)


def test_a_nursery_that_is_killed_takes_no_run_with_it(supervisor, make_run, wait_for, monkeypatch):
    monkeypatch.setattr("studio.jobs.control.ensure_supervisor", lambda _: None)
    runs = [make_run(name, lane=name, work=1.5) for name in "ab"]
    queue_runs(supervisor.workspace, *runs)
    supervisor.look()
    wait_for(lambda: all(read_status(run).state == "running" for run in runs))
    supervisor._nursery._process.kill()
    assert supervisor.run()
    assert [read_status(run).state for run in runs] == ["finished", "finished"]


@pytest.mark.fault("C4")
def test_only_one_supervisor(supervisor, workspace, monkeypatch):
    monkeypatch.setattr("studio.store.lock._PATIENCE_S", 0.05)
    lock = ProcessLock(workspace.path / "supervisor.lock")
    assert lock.acquire()
    assert not supervisor.run()
    lock.release()


@pytest.mark.fault("B2", "B20")
def test_a_trainer_that_dies_at_the_start(supervisor, make_run, enqueue):
    bad, silent, good = make_run("bad", end="die"), make_run("silent", end="nothing"), make_run("good")
    enqueue(bad, silent, good)
    assert supervisor.run()
    status = read_status(bad)
    assert status.state == "failed"
    assert status.message == f"The trainer did not start (exit code 1); {bad / 'log.txt'} says why."
    assert (bad / "log.txt").read_text() == "no luck today\n"
    assert read_status(silent).state == "failed"
    assert read_status(good).state == "finished"


@pytest.mark.fault("B1", "B21")
def test_a_trainer_that_is_killed(supervisor, make_run, enqueue, wait_for):
    killed, good = make_run("killed", work=60), make_run("good")
    enqueue(killed, good)
    supervisor.look()
    wait_for(lambda: read_status(killed).state == "running")
    os.kill(read_status(killed).pid, signal.SIGKILL)
    assert supervisor.run()
    status = read_status(killed)
    assert status.state == "interrupted"
    assert "resume it" in status.message
    assert read_status(good).state == "finished"


@pytest.mark.fault("B20")
def test_a_module_that_is_not_there(workspace, make_run, enqueue):
    folder = make_run("a")
    enqueue(folder)
    supervisor = Supervisor(workspace, "no_such_trainer")
    assert supervisor.run()
    supervisor.queue.close()
    assert read_status(folder).state == "failed"
    assert "No module named no_such_trainer" in (folder / "log.txt").read_text()


def test_a_run_that_was_thrown_away(supervisor, workspace, make_run, enqueue):
    gone, good = make_run("gone"), make_run("good")
    enqueue(gone, good)
    workspace.throw_away(gone)
    assert supervisor.run()
    assert read_status(good).state == "finished"
    assert not gone.exists()


def test_a_run_is_not_trained_twice(supervisor, make_run, enqueue, start_trainer, order):
    """Its last trainer still lives: the next one waits for it."""
    folder = make_run("a", work=60)
    trainer = start_trainer(folder)
    enqueue(folder)
    assert supervisor.look()
    assert supervisor.queue.started() == []
    assert order() == ["begin a cpu"]
    trainer.kill()
    trainer.wait()
    assert supervisor.look()
    assert [job.run for job in supervisor.queue.started()] == [folder.name]


def test_a_paused_run_gives_its_device_to_the_next(supervisor, make_run, enqueue, order, wait_for, start_trainer):
    paused, second = make_run("a", work=60), make_run("b")
    enqueue(paused)
    supervisor.look()
    wait_for(lambda: read_status(paused).state == "running")
    from studio.jobs.control import command_run

    assert command_run(paused, "pause") == "did pause"
    # Nobody waits for the device: it keeps its model.
    supervisor.look()
    time.sleep(0.1)
    assert is_locked(paused / "lock")
    enqueue(second)
    assert supervisor.run()
    assert order() == ["begin a cpu", "pause a cpu", "release a cpu", "end a cpu", "begin b cpu", "end b cpu"]
    assert read_status(paused).state == "paused"
    assert read_status(second).state == "finished"


def test_a_running_one_is_not_asked_to_give_way(supervisor, make_run, enqueue, order):
    first, second = make_run("a", work=0.5), make_run("b")
    enqueue(first, second)
    assert supervisor.run()
    assert order() == ["begin a cpu", "end a cpu", "begin b cpu", "end b cpu"]


@pytest.mark.fault("B21")
def test_a_killed_supervisor_is_replaced(start_supervisor, make_run, enqueue, wait_for, order):
    """The trainer outlives it; the next supervisor waits for that trainer and goes on with the queue."""
    first, second = make_run("a", work=1.5), make_run("b")
    enqueue(first, second)
    killed = start_supervisor()
    wait_for(lambda: read_status(first).state == "running")
    killed.kill()
    killed.wait()
    again = start_supervisor()
    assert again.communicate(timeout=20)[0] == "True\n"
    assert order() == ["begin a cpu", "end a cpu", "begin b cpu", "end b cpu"]
    assert read_status(first).state == read_status(second).state == "finished"


def test_a_job_that_a_killed_supervisor_did_not_get_started(supervisor, make_run, enqueue, monkeypatch):
    """It was marked, its trainer was not started: it must not wait for ever."""
    monkeypatch.setattr(source, "_START_S", 0.2)
    folder = make_run("a")
    enqueue(folder)
    supervisor.queue.mark(supervisor.queue.waiting()[0].id, "started")
    assert supervisor.run()
    assert read_status(folder).state == "finished"


def test_a_trainer_that_is_about_to_take_its_lock(supervisor, make_run, enqueue, start_trainer, order):
    """A killed supervisor had just started it: the device is not free, and it is not started again."""
    first, second = make_run("a", late=1.0), make_run("b")
    enqueue(first, second)
    supervisor.queue.mark(supervisor.queue.waiting()[0].id, "started")
    start_trainer(first, wait=False)
    assert supervisor.run()
    assert order() == ["begin a cpu", "end a cpu", "begin b cpu", "end b cpu"]


def test_a_run_that_was_resumed_before_its_end_was_noticed(supervisor, make_run, enqueue, wait_for, order):
    """Stopped and resumed between two looks: it waits again, and is not called failed."""
    folder = make_run("a", work=0.1)
    enqueue(folder)
    supervisor.look()
    (seen,) = supervisor.queue.started()
    for process in supervisor._processes.values():
        process.wait()
    supervisor.queue.end(folder.name)
    write_status(folder, RunStatus(state="queued"))
    enqueue(folder)
    # The look that was under way when it was resumed.
    assert supervisor._ended(seen)
    assert read_status(folder).state == "queued"
    assert supervisor.run()
    assert order() == ["begin a cpu", "end a cpu"] * 2
    assert read_status(folder).state == "finished"


def test_trouble_with_the_disk_is_waited_out(supervisor, make_run, enqueue, monkeypatch):
    monkeypatch.setattr(source, "_TROUBLE_S", 0.05)
    monkeypatch.setattr(source, "_START_S", 0.1)
    folder = make_run("a")
    enqueue(folder)
    with monkeypatch.context() as trouble:
        trouble.setattr(source, "start_detached", Mock(side_effect=OSError(28, "No space left on device")))
        assert supervisor._look_again()
    assert "the disk is full" in supervisor._trouble
    assert supervisor.run()
    assert read_status(folder).state == "finished"


def test_a_workspace_that_is_gone_ends_it(supervisor, workspace, make_run, enqueue):
    enqueue(make_run("a"))
    workspace.path.rename(workspace.path.with_name("elsewhere"))
    workspace.path.mkdir()
    (workspace.path / "runs").write_text("no folder")
    assert supervisor.run()
    assert (workspace.path / "runs").read_text() == "no folder"


def test_leftovers_are_removed_at_the_start(supervisor, workspace):
    half = workspace.folder("models") / ".half.tmp"
    half.mkdir()
    os.utime(half, (1, 1))
    assert supervisor.run()
    assert not half.exists()


def test_ensure_supervisor_starts_one_that_ends_by_itself(workspace, wait_for):
    ensure_supervisor(workspace)
    log = workspace.path / "supervisor.log"
    wait_for(log.exists)
    wait_for(lambda: is_locked(workspace.path / "supervisor.lock") or (workspace.path / "studio.db").exists())
    wait_for(lambda: not is_locked(workspace.path / "supervisor.lock"))
    assert "Traceback" not in log.read_text()


@pytest.mark.fault("B23", "B4")
def test_a_machine_that_slept_finds_its_run_at_work(make_run, start_trainer, wait_for, monkeypatch):
    """A trainer that stands still is neither dead nor interrupted; it is said to be silent, and goes on."""
    monkeypatch.setattr("studio.store.run._SILENT_S", 0.2)
    folder = make_run("a", work=1.0)
    trainer = start_trainer(folder)
    os.kill(trainer.pid, signal.SIGSTOP)
    time.sleep(0.4)
    status = read_status(folder)
    assert status.state == "running"
    assert "has not answered" in status.message
    os.kill(trainer.pid, signal.SIGCONT)
    wait_for(lambda: read_status(folder).state == "finished")
