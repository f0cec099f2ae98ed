"""What people do to runs, and the answer they get."""

import threading

import pytest

from studio.core.errors import DataError, StudioError
from studio.jobs.control import command_run, queue_runs, resume_run, stop_run
from studio.store.lock import is_locked
from studio.store.queue import Queue
from studio.store.run import RunStatus, read_status, write_status


@pytest.fixture
def waiting(workspace):
    """Names of the runs that wait in the queue."""

    def read():
        queue = Queue(workspace)
        names = [job.run for job in queue.waiting()]
        queue.close()
        return names

    return read


@pytest.mark.parametrize("state", ["queued", "paused", "stopped", "failed", "finished", "running"])
def test_a_command_to_nobody(make_run, state):
    folder = make_run()
    write_status(folder, RunStatus(state=state))
    shown = "interrupted" if state == "running" else state
    with pytest.raises(StudioError) as raised:
        command_run(folder, "save_now")
    assert str(raised.value) == f"The run {folder.name} is {shown}; nobody trains it, so it cannot save now."
    assert not (folder / "metrics.db").exists()


def test_a_command_is_answered(make_run, start_trainer):
    folder = make_run(work=60)
    start_trainer(folder)
    assert command_run(folder, "save_now") == "did save_now"
    assert command_run(folder, "pause") == "did pause"
    assert read_status(folder).state == "paused"


def test_a_command_is_refused(make_run, start_trainer):
    folder = make_run(work=60, end="full")
    start_trainer(folder)
    with pytest.raises(StudioError) as raised:
        command_run(folder, "sample_now")
    assert str(raised.value) == f"The run {folder.name} did not sample now: the disk is full."


@pytest.mark.fault("B4")
def test_a_trainer_that_does_not_answer(make_run, start_trainer):
    folder = make_run(work=60, end="deaf")
    start_trainer(folder)
    with pytest.raises(StudioError, match=r"has not answered for 0 s; it may be .* or hang\..*stop --force"):
        command_run(folder, "save_now", timeout_s=0.3)


def test_a_trainer_that_dies_of_the_command(make_run, start_trainer):
    folder = make_run(work=60, end="mortal")
    start_trainer(folder)
    with pytest.raises(StudioError, match=f"The trainer of {folder.name} ended before it answered"):
        command_run(folder, "save_now", timeout_s=10)


def test_a_command_to_a_trainer_that_is_still_starting(make_run, start_trainer, wait_for):
    """It holds the lock and imports torch; when it begins, it drops what was meant for an earlier one."""
    folder = make_run(slow=0.5, work=60)
    start_trainer(folder, wait=False)
    wait_for(lambda: is_locked(folder / "lock"))
    assert command_run(folder, "save_now", timeout_s=10) == "did save_now"


def test_stop(workspace, make_run, start_trainer):
    folder = make_run(work=60)
    trainer = start_trainer(folder)
    assert stop_run(workspace, folder).startswith("saved at step ")
    assert not is_locked(folder / "lock")
    assert read_status(folder).state == "stopped"
    assert trainer.wait(timeout=5) == 0


def test_stop_of_a_queued_run(workspace, make_run, no_supervisor, waiting):
    first, second = make_run("a"), make_run("b")
    queue_runs(workspace, first)
    queue_runs(workspace, second)
    assert stop_run(workspace, first) == "taken out of the queue"
    assert read_status(first).state == "stopped"
    assert waiting() == [second.name]


def test_what_cannot_be_queued_does_not_stand_as_queued(workspace, make_run, no_supervisor, waiting, monkeypatch):
    # An empty queue would be filled from the runs themselves.
    queue_runs(workspace, make_run("earlier"))
    first, second, third = (make_run(name) for name in "abc")
    write_status(second, RunStatus(state="queued", step=40))
    add = Queue.add

    def full(self, run, device):
        if run == second.name:
            raise OSError(28, "No space left on device")
        add(self, run, device)

    monkeypatch.setattr(Queue, "add", full)
    with pytest.raises(OSError, match="No space left"):
        queue_runs(workspace, first, second, third)
    assert waiting()[1:] == [first.name]
    assert [read_status(folder).state for folder in (first, second, third)] == ["queued", "stopped", "stopped"]
    status = read_status(second)
    assert (status.step, status.message.startswith("It could not be queued: ")) == (40, True)
    assert status.message.endswith(" Resume it.")


@pytest.mark.fault("B19")
def test_stop_of_a_run_that_is_just_being_started(workspace, make_run, start_trainer, no_supervisor):
    """The supervisor has taken it out of the queue; its trainer has no lock yet."""
    folder = make_run(late=0.5, work=60)
    queue_runs(workspace, folder)
    queue = Queue(workspace)
    queue.mark(queue.waiting()[0].id, "started")
    queue.close()
    start_trainer(folder, wait=False)
    assert stop_run(workspace, folder).startswith("saved at step ")
    assert read_status(folder).state == "stopped"


def test_stop_of_a_paused_run_whose_trainer_has_gone(workspace, make_run):
    folder = make_run()
    write_status(folder, RunStatus(state="paused", step=12))
    assert stop_run(workspace, folder) == "saved at step 12"
    assert read_status(folder).state == "stopped"


@pytest.mark.parametrize("state", ["stopped", "interrupted", "failed", "finished"])
def test_stop_of_a_run_that_rests(workspace, make_run, state):
    folder = make_run()
    write_status(folder, RunStatus(state=state))
    with pytest.raises(DataError, match=f"is {state}; there is nothing to stop"):
        stop_run(workspace, folder)


@pytest.mark.parametrize("state", ["stopped", "interrupted", "failed", "paused", "queued", "running"])
def test_resume_queues_a_run_without_a_trainer(workspace, make_run, no_supervisor, waiting, state):
    folder = make_run()
    write_status(folder, RunStatus(state=state, step=7, message="It failed.", steps_per_second=3.0, seconds=5.0))
    status = resume_run(workspace, folder)
    assert status == read_status(folder)
    assert (status.state, status.step, status.message, status.seconds) == ("queued", 7, "", 5.0)
    assert waiting() == [folder.name]
    resume_run(workspace, folder)
    assert waiting() == [folder.name]


@pytest.mark.fault("B19")
def test_resume_right_after_stop(workspace, make_run, no_supervisor, waiting):
    """The supervisor has not noticed yet that the trainer ended; the run is queued nevertheless."""
    folder = make_run()
    queue_runs(workspace, folder)
    queue = Queue(workspace)
    queue.mark(queue.waiting()[0].id, "started")
    queue.close()
    write_status(folder, RunStatus(state="stopped"))
    resume_run(workspace, folder)
    assert waiting() == [folder.name]


def test_resume_of_a_paused_run_that_kept_its_model(workspace, make_run, start_trainer, order):
    folder = make_run(work=0.5)
    trainer = start_trainer(folder)
    command_run(folder, "pause")
    assert resume_run(workspace, folder).state == "running"
    assert trainer.wait(timeout=10) == 0
    assert read_status(folder).state == "finished"
    assert order() == ["begin run cpu", "pause run cpu", "resume run cpu", "end run cpu"]


def test_resume_of_a_finished_run_is_refused(workspace, make_run, waiting):
    folder = make_run()
    write_status(folder, RunStatus(state="finished"))
    with pytest.raises(DataError, match="is finished; export it, or start a new one"):
        resume_run(workspace, folder)
    assert read_status(folder).state == "finished"


def test_resume_of_a_running_run_changes_nothing(workspace, make_run, start_trainer, order):
    folder = make_run(work=60)
    start_trainer(folder)
    assert resume_run(workspace, folder).state == "running"
    assert order() == ["begin run cpu"]


@pytest.mark.fault("B19")
def test_two_send_commands_at_once(make_run, start_trainer):
    folder = make_run(work=60)
    start_trainer(folder)
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(command_run(folder, "save_now", timeout_s=20))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["did save_now"] * 4
