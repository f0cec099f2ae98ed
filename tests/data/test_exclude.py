"""The process that makes a data set without some items: its events, its one sentence, what a cancel leaves."""

import json
import subprocess
import sys

import numpy as np
import pytest

from studio.data.exclusion import ExclusionRequest
from studio.testing import toy_dataset


@pytest.fixture
def toy(tmp_path):
    from studio.store.workspace import Workspace

    return toy_dataset(Workspace(tmp_path / "workspace"), (64, 64, 3), 2, 4000)


@pytest.fixture
def start(workspace, tmp_path):
    """Start the process on a request; what is still there at the end is killed."""
    processes = []

    def run(*words, **values):
        request = tmp_path / "request.json"
        if values:
            request.write_text(ExclusionRequest(workspace=workspace, **values).to_json())
        command = [sys.executable, "-m", "studio.data.exclude", *(words or (str(request),))]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return processes[-1]

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def last(process):
    out, err = process.communicate(timeout=60)
    assert err == ""
    return json.loads(out.splitlines()[-1])


def test_it_reports_and_ends_with_done(start, toy, leftovers):
    process = start(dataset=toy.document.id, ranges=((0, 9), (20, 20)), name="fewer")
    done = last(process)
    assert process.returncode == 0
    assert done.pop("dataset") in leftovers()
    assert (done["event"], done["name"], done["items"], done["rejected"]) == ("done", "fewer", 3989, 0)
    assert sum(done["splits"].values()) == 3989
    assert "without 11 images" in done["notes"][0]


def test_it_says_why_it_fails(start, toy, leftovers):
    process = start(dataset=toy.document.id, ranges=((0, 3999),))
    assert "would stay" in last(process)["message"]
    assert process.returncode == 1
    assert last(start("nothing", "here"))["event"] == "error"
    assert leftovers() == [toy.document.id]


def test_it_is_cancelled(start, toy, leftovers):
    numbers = np.arange(0, 4000, 2).tolist()
    process = start(dataset=toy.document.id, ranges=[(number, number) for number in numbers])
    assert json.loads(process.stdout.readline())["event"] == "progress"
    process.terminate()
    done = last(process)
    # A cancel that comes behind the last step is too late, and everything is there.
    assert done == {"event": "error", "message": "It was cancelled; no data set was made."} or done["event"] == "done"
    assert len(leftovers()) == (1 if done["event"] == "error" else 2)
    assert not [name for name in leftovers() if name.startswith(".")]
