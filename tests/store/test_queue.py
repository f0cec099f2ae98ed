"""The queue, and how it is made again from the runs."""

import os

import pytest

from studio.core.errors import WorkspaceError
from studio.store.database import open_database
from studio.store.lock import ProcessLock
from studio.store.queue import Queue
from studio.store.run import RunStatus, write_status


@pytest.fixture
def queue(workspace):
    """Open the workspace's queue; closed at the end."""
    opened = []

    def make():
        opened.append(Queue(workspace))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def test_order_and_states(queue):
    jobs = queue()
    for run, device in (("a", "cpu"), ("b", "cuda:0"), ("c", "cpu")):
        jobs.add(run, device)
    assert [(job.run, job.lane, job.state) for job in jobs.waiting()] == [
        ("a", "cpu", "waiting"),
        ("b", "cuda:0", "waiting"),
        ("c", "cpu", "waiting"),
    ]
    first = jobs.waiting()[0]
    jobs.mark(first.id, "started")
    assert [job.run for job in jobs.started()] == ["a"]
    assert jobs.is_started(first.id)
    assert [job.run for job in jobs.waiting()] == ["b", "c"]
    jobs.mark(first.id, "ended")
    assert not jobs.holds("a")
    assert not jobs.is_started(first.id)


def test_a_run_waits_once(queue):
    jobs = queue()
    jobs.add("a", "cpu")
    jobs.add("a", "cpu")
    assert len(jobs.waiting()) == 1
    jobs.mark(jobs.waiting()[0].id, "started")
    jobs.add("a", "cpu")
    assert jobs.waiting() == []


def test_withdraw_takes_a_waiting_run_only(queue):
    jobs = queue()
    jobs.add("a", "cpu")
    assert jobs.withdraw("a")
    assert not jobs.withdraw("a")
    jobs.add("a", "cpu")
    jobs.mark(jobs.waiting()[0].id, "started")
    assert not jobs.withdraw("a")
    assert jobs.holds("a")
    jobs.end("a")
    assert not jobs.holds("a")


def test_two_look_at_one_queue(queue):
    first, second = queue(), queue()
    first.add("a", "cpu")
    assert second.holds("a")


@pytest.fixture
def runs(make_run):
    """Five runs: two queued (the later one first), one at work, one finished, one damaged."""
    late, early, working, finished, damaged = (
        make_run(name, device=device, lane=lane, created=float(number))
        for number, (name, device, lane) in enumerate(
            [
                ("late", "cpu", "beside"),
                ("early", "cuda:0", ""),
                ("working", "cpu", ""),
                ("finished", "cpu", ""),
                ("damaged", "cpu", ""),
            ]
        )
    )
    write_status(finished, RunStatus(state="finished"))
    write_status(working, RunStatus(state="running"))
    (damaged / "run.json").write_bytes(b"")
    os.utime(late / "status.json", (2000, 2000))
    os.utime(early / "status.json", (1000, 1000))
    lock = ProcessLock(working / "lock")
    assert lock.acquire()
    yield late, early, working
    lock.release()


def check_rebuilt(jobs, runs):
    late, early, working = runs
    assert [(job.run, job.lane) for job in jobs.waiting()] == [(early.name, "cuda:0"), (late.name, "beside")]
    assert [job.run for job in jobs.started()] == [working.name]


def test_a_deleted_queue_is_made_again(queue, runs):
    check_rebuilt(queue(), runs)


@pytest.mark.parametrize("damage", ["text", "pages", "empty"])
@pytest.mark.fault("C6")
def test_a_damaged_queue_is_made_again(workspace, queue, runs, damage):
    jobs = queue()
    for number in range(300):
        jobs.add(f"some-run-{number}", "cpu")
    jobs.close()
    path = workspace.path / "studio.db"
    if damage == "text":
        path.write_bytes(b"text" * 1000)
    elif damage == "empty":
        path.write_bytes(b"")
    else:
        with open(path, "r+b") as file:
            file.seek(4096)
            file.write(os.urandom(8192))
    check_rebuilt(queue(), runs)
    assert (workspace.path / "studio.db.corrupt-1").exists() == (damage != "empty")


def test_a_queue_whose_maker_was_killed_is_made_again(workspace, queue, runs):
    """The tables were made, the rows not yet."""
    schema = ["CREATE TABLE jobs (id INTEGER PRIMARY KEY, run TEXT, device TEXT, state TEXT)"]
    open_database(workspace.path / "studio.db", schema).close()
    check_rebuilt(queue(), runs)


def test_a_queue_that_was_worked_off_stays_empty(queue, make_run):
    folder = make_run()
    jobs = queue()
    jobs.mark(jobs.waiting()[0].id, "ended")
    jobs.close()
    assert not queue().holds(folder.name)


def test_a_newer_queue_is_refused(workspace):
    open_database(workspace.path / "studio.db", [], version=2).close()
    with pytest.raises(WorkspaceError, match="newer studio"):
        Queue(workspace)


def test_two_make_the_queue_at_once(workspace, fork, make_run):
    folders = [make_run(f"run {number}") for number in range(5)]

    def make(say):
        Queue(workspace).close()

    for pid, _ in [fork(make) for _ in range(3)]:
        assert os.waitpid(pid, 0)[1] == 0
    jobs = Queue(workspace)
    assert sorted(job.run for job in jobs.waiting()) == sorted(folder.name for folder in folders)
    jobs.close()
