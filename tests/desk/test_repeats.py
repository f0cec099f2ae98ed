"""Near-duplicates are found in a process of its own, and what was found is kept."""

import time

import pytest

from studio.desk.repeats import RepeatFinder, Repeats

FINDER = """
import json, sys, time
import numpy as np
print(json.dumps({"event": "progress", "stage": "comparing", "done": 1, "total": 2}), flush=True)
if "slow" in sys.argv[2]:
    time.sleep(30)
if "broken" in sys.argv[2]:
    print(json.dumps({"event": "error", "message": "The data set is damaged."}))
    sys.exit(1)
out = sys.argv[sys.argv.index("-o") + 1]
np.save(out, np.array([0, 0, 2]))
print(json.dumps({"event": "done", "items": 3, "repeats": 1, "groups": 1, "label": "images", "written": out}))
"""


@pytest.fixture
def finder(workspace, worker, monkeypatch, tmp_path):
    """A finder whose process is a small one of ours, and what it told."""
    (tmp_path / "toy_finder.py").write_text(FINDER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    make = __import__("studio.desk.repeats", fromlist=["ChildJob"]).ChildJob
    starts = []

    def start(place, module, words):
        starts.append(module)
        return make(place, "toy_finder", words)

    monkeypatch.setattr("studio.desk.repeats.ChildJob", start)
    told, steps = [], []
    found = RepeatFinder(workspace, worker.receiver, lambda *now: steps.append(now), told.append)
    found.told, found.steps, found.starts = told, steps, starts
    yield found
    found.close()


def wait(worker, predicate):
    until = time.monotonic() + 20
    while not predicate():
        assert time.monotonic() < until
        worker.settle()
        time.sleep(0.01)


def test_what_was_found_is_kept(finder, worker, workspace):
    folder = workspace.folder("datasets") / "pets"
    finder.start(folder)
    assert finder.running
    wait(worker, lambda: finder.told)
    (found,) = finder.told
    assert isinstance(found, Repeats)
    assert (found.dataset, found.first.tolist(), found.label) == (folder, [0, 0, 2], "images")
    assert finder.steps == [("comparing", 1, 2)]
    assert not finder.running
    finder.start(folder)
    assert finder.told == [found, found]
    assert finder.starts == ["studio.evaluate.repeats"]
    assert list(workspace.folder("jobs").iterdir()) == []


def test_why_not_is_said(finder, worker, workspace):
    finder.start(workspace.folder("datasets") / "broken")
    wait(worker, lambda: finder.told)
    assert finder.told == ["The data set is damaged."]


def test_a_cancel_says_nothing(finder, worker, workspace):
    finder.start(workspace.folder("datasets") / "slow")
    wait(worker, lambda: finder.steps)
    finder.cancel()
    wait(worker, lambda: finder.told)
    assert finder.told == [""]


def test_what_is_given_up_is_not_heard_of(finder, worker, workspace):
    finder.start(workspace.folder("datasets") / "slow")
    finder.start(workspace.folder("datasets") / "pets")
    wait(worker, lambda: finder.told)
    assert [found.dataset.name for found in finder.told] == ["pets"]
