"""What is asked of runs: one thing at a time for each, and an error is told to whoever asked."""

import threading

import pytest

from studio.core.errors import DataError
from studio.desk.run_control import RunControl


class ThreadWorker:
    """Answers in the thread; ``wait`` lets all of it end."""

    def __init__(self):
        self.threads = []

    def run(self, work, then=None, failed=None, alone=False):
        def answer():
            try:
                value = work()
            except Exception as error:
                failed(error)
            else:
                then(value)

        self.threads.append(threading.Thread(target=answer))
        self.threads[-1].start()

    def receiver(self, receive):
        return receive

    def wait(self):
        for thread in self.threads:
            thread.join(10)


@pytest.fixture
def worker():
    return ThreadWorker()


@pytest.fixture
def asked(monkeypatch):
    """What reached the jobs; their answers wait until ``release`` is set."""
    found, release = [], threading.Event()

    def record(kind):
        def act(*arguments, **named):
            release.wait(10)
            found.append((kind, *arguments, *named.values()))
            return "done"

        return act

    for kind in ("command_run", "resume_run", "stop_run"):
        monkeypatch.setattr(f"studio.desk.run_control.{kind}", record(kind))
    found_and_release = found, release
    yield found_and_release
    release.set()


def test_each_question_reaches_its_run(workspace, worker, asked, tmp_path):
    found, release = asked
    release.set()
    control, answers = RunControl(workspace), []
    for name in ("pause", "resume", "stop", "end", "save now", "sample now"):
        assert control.ask(worker, tmp_path, name, answers.append)
        worker.wait()
    assert found == [
        ("command_run", tmp_path, "pause"),
        ("resume_run", workspace, tmp_path),
        ("stop_run", workspace, tmp_path, False),
        ("stop_run", workspace, tmp_path, True),
        ("command_run", tmp_path, "save_now"),
        ("command_run", tmp_path, "sample_now"),
    ]
    assert answers == ["done", "", "done", "done", "done", "done"]


def test_one_thing_at_a_time_for_each_run(workspace, worker, asked, tmp_path):
    found, release = asked
    control, answers = RunControl(workspace), []
    one, other = tmp_path / "one", tmp_path / "other"
    assert control.ask(worker, one, "pause", answers.append)
    assert not control.ask(worker, one, "stop", answers.append)
    assert control.ask(worker, other, "stop", answers.append)
    assert (control.waiting(one), control.waiting(other)) == ("pause", "stop")
    release.set()
    worker.wait()
    assert len(found) == len(answers) == 2
    assert control.waiting(one) == control.waiting(other) == ""
    assert control.ask(worker, one, "stop", answers.append)


def test_an_error_is_told_and_the_run_can_be_asked_again(workspace, worker, monkeypatch, tmp_path):
    def refuse(*_):
        raise DataError("The trainer does not answer.")

    monkeypatch.setattr("studio.desk.run_control.command_run", refuse)
    control, errors = RunControl(workspace), []
    control.ask(worker, tmp_path, "pause", print, errors.append)
    worker.wait()
    assert [str(error) for error in errors] == ["The trainer does not answer."]
    assert control.waiting(tmp_path) == ""
