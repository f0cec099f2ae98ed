"""Jobs that are followed: one end for each, told last; their cancel returns at once; nothing is left."""

import json
import os
import threading
import time

import pytest

from studio.core.errors import DataError
from studio.desk.job import Cancelled, Failed, Finished, FollowedJob, Progressed
from studio.jobs.child import ChildJob


def directly(receive):
    return receive


@pytest.fixture
def follow(workspace, tmp_path, monkeypatch):
    """Follow a job of the given source; what was told is a list."""
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder))
    jobs = []

    def run(source, read=None, begin=True):
        name = f"toy_{len(jobs)}"
        (folder / f"{name}.py").write_text("import json, os, sys, time\n" + source)
        told = []
        job = FollowedJob(lambda: ChildJob(workspace, name, ["{folder}"]), told.append, directly, read)
        job.told = told
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


def told_until_the_end(job):
    assert job.wait(20)
    return job.told


def test_progress_and_result_are_told_and_nothing_is_left(follow, workspace):
    job = follow(say(event="progress", stage="reading", done=1, total=2) + say(event="done", items=3))
    assert told_until_the_end(job) == [Progressed("reading", 1, 2), Finished({"event": "done", "items": 3})]
    assert os.listdir(workspace.folder("jobs")) == []


def test_the_result_is_read_in_the_thread_before_the_folder_goes(follow):
    source = (
        "open(sys.argv[1] + '/result', 'w').write('kept')\nprint(json.dumps({'event': 'done', 'at': sys.argv[1]}))\n"
    )
    seen = []

    def read(event):
        seen.append(threading.current_thread())
        with open(event["at"] + "/result") as file:
            return {"text": file.read()}

    assert told_until_the_end(follow(source, read)) == [Finished({"text": "kept"})]
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
def test_a_failure_is_a_sentence(follow, source, sentence):
    (last,) = told_until_the_end(follow(source))
    assert isinstance(last, Failed)
    assert sentence in last.text


def test_an_unreadable_result_is_a_failure(follow, workspace):
    def read(event):
        raise DataError("The preview is damaged; look again.")

    assert told_until_the_end(follow(say(event="done"), read)) == [Failed("The preview is damaged; look again.")]
    assert os.listdir(workspace.folder("jobs")) == []


def test_a_job_that_cannot_start_is_a_failure(workspace):
    workspace.folder("jobs").rmdir()
    told = []
    job = FollowedJob(lambda: ChildJob(workspace, "nothing", []), told.append, directly)
    job.start()
    assert job.wait(10)
    assert told[0].text.startswith("The job could not run: ")
    assert told[0].text.endswith("there is no such file or folder.")


def test_cancel_only_asks_and_leaves_nothing(follow, workspace):
    job = follow(say(event="progress", stage="s", done=0, total=0) + "time.sleep(60)\n")
    until = time.monotonic() + 20
    while not job.told:
        assert time.monotonic() < until
        time.sleep(0.01)
    job.cancel()
    # It has only been asked: the job still has to end.
    assert job.told == [Progressed("s", 0, 0)]
    assert told_until_the_end(job)[-1] == Cancelled()
    assert os.listdir(workspace.folder("jobs")) == []


def test_cancel_before_the_start_starts_nothing(follow, tmp_path):
    job = follow(f"open({str(tmp_path / 'ran')!r}, 'w')\n" + say(event="done"), begin=False)
    job.cancel()
    job.start()
    assert told_until_the_end(job) == [Cancelled()]
    assert not (tmp_path / "ran").exists()


def test_progress_that_is_on_its_way_when_it_is_cancelled_is_not_told(workspace):
    told, waiting = [], []

    def later(receive):
        return lambda event: waiting.append((receive, event))

    job = FollowedJob(lambda: ChildJob(workspace, "nothing", []), told.append, later)
    job._told(Progressed("reading", 1, 2))
    job.cancel()
    job.start()
    assert job.wait(10)
    for receive, event in waiting:
        receive(event)
    assert told == [Cancelled()]
