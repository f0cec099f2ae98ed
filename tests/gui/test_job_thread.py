"""Jobs followed from the window: their signals arrive on its thread, their cancel returns at once, nothing is left."""

import json
import os
import threading
import time

import pytest

from studio.core.errors import DataError
from studio.gui.job_thread import JobThread, _living
from studio.jobs.child import ChildJob


@pytest.fixture
def follow(app, workspace, tmp_path, monkeypatch):
    """Follow a job of the given source; what was heard is a list of (signal, arguments, whether on this thread)."""
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder))
    jobs = []

    def run(source, read=None, begin=True):
        name = f"toy_{len(jobs)}"
        (folder / f"{name}.py").write_text("import json, os, sys, time\n" + source)
        job = JobThread(lambda: ChildJob(workspace, name, ["{folder}"]), read)
        job.heard = []
        for signal in ("progressed", "finished", "failed", "cancelled"):
            getattr(job, signal).connect(
                lambda *what, signal=signal: job.heard.append((signal, what, threading.current_thread()))
            )
        jobs.append(job)
        if begin:
            job.start()
        return job

    yield run
    for job in jobs:
        job.cancel()
        job.wait(10)


def say(**event):
    return f"print({json.dumps(event)!r}, flush=True)\n"


def ended(job):
    return any(signal != "progressed" for signal, _, _ in job.heard)


def what(job):
    return [(signal, *arguments) for signal, arguments, _ in job.heard]


def test_progress_and_result_arrive_on_this_thread(follow, wait_until, workspace):
    job = follow(say(event="progress", stage="reading", done=1, total=2) + say(event="done", items=3))
    assert job in _living
    wait_until(lambda: ended(job))
    assert what(job) == [("progressed", "reading", 1, 2), ("finished", {"event": "done", "items": 3})]
    assert {thread for _, _, thread in job.heard} == {threading.current_thread()}
    assert job.wait(5)
    assert job not in _living
    assert os.listdir(workspace.folder("jobs")) == []


def test_the_result_is_read_before_the_folder_goes(follow, wait_until):
    source = (
        "open(sys.argv[1] + '/result', 'w').write('kept')\nprint(json.dumps({'event': 'done', 'at': sys.argv[1]}))\n"
    )
    seen = []

    def read(event):
        seen.append(threading.current_thread())
        with open(event["at"] + "/result") as file:
            return {"text": file.read()}

    job = follow(source, read)
    wait_until(lambda: ended(job))
    assert what(job) == [("finished", {"text": "kept"})]
    assert seen != [threading.current_thread()]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (
            say(event="error", message="There is nothing to import; choose another folder."),
            "There is nothing to import",
        ),
        ("raise ValueError('out of range')\n", "ValueError: out of range"),
    ],
)
def test_a_failure_is_a_sentence(follow, wait_until, source, sentence):
    job = follow(source)
    wait_until(lambda: ended(job))
    ((signal, text),) = what(job)
    assert signal == "failed"
    assert sentence in text


def test_an_unreadable_result_is_a_failure(follow, wait_until, workspace):
    def read(event):
        raise DataError("The preview is damaged; look again.")

    job = follow(say(event="done"), read)
    wait_until(lambda: ended(job))
    assert what(job) == [("failed", "The preview is damaged; look again.")]
    job.wait(5)
    assert os.listdir(workspace.folder("jobs")) == []


def test_a_job_that_cannot_start_is_a_failure(app, workspace, wait_until):
    workspace.folder("jobs").rmdir()
    heard = []
    job = JobThread(lambda: ChildJob(workspace, "nothing", []))
    job.failed.connect(heard.append)
    job.start()
    wait_until(lambda: heard)
    assert heard[0].startswith("The job could not run: ")
    assert heard[0].endswith("there is no such file or folder.")


def test_cancel_only_asks_and_leaves_nothing(follow, wait_until, workspace):
    job = follow(say(event="progress", stage="s", done=0, total=0) + "time.sleep(60)\n")
    wait_until(lambda: job.heard)
    job.cancel()
    # It has only been asked: the job still has to end.
    assert not ended(job)
    wait_until(lambda: ended(job))
    assert what(job)[-1] == ("cancelled",)
    assert job.wait(5)
    assert os.listdir(workspace.folder("jobs")) == []


def test_cancel_before_the_start_starts_nothing(follow, wait_until, tmp_path):
    job = follow(f"open({str(tmp_path / 'ran')!r}, 'w')\n" + say(event="done"), begin=False)
    job.cancel()
    job.start()
    wait_until(lambda: ended(job))
    assert what(job) == [("cancelled",)]
    assert not (tmp_path / "ran").exists()


def test_an_object_nobody_holds_lives_until_its_job_ends(follow, wait_until):
    heard = []
    follow(say(event="done", n=1)).finished.connect(heard.append)
    wait_until(lambda: heard)
    assert heard == [{"event": "done", "n": 1}]


def test_the_thread_is_over_before_its_object_may_go(follow, wait_until, monkeypatch):
    """Else the object, and the closures of the page that it holds, could die in the thread."""
    whole = JobThread._follow

    def slowly(self):
        whole(self)
        time.sleep(0.2)

    monkeypatch.setattr(JobThread, "_follow", slowly)
    job = follow(say(event="done"))
    alive = []
    job.finished.connect(lambda _: alive.append(job._thread.is_alive()))
    wait_until(lambda: alive)
    assert alive == [False]
