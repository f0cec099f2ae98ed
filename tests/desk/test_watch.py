"""The watch tells what differs, and goes on where the workspace cannot be read."""

import time

import pytest

from studio.desk.watch import WorkspaceWatch


@pytest.fixture
def watch(workspace, monkeypatch):
    monkeypatch.setattr("studio.desk.watch._PERIOD_S", 0.02)
    told = []
    made = WorkspaceWatch(workspace, told.append)
    made.told = told
    made.start()
    yield made
    made.close()


def told(watch, count):
    until = time.monotonic() + 10
    while len(watch.told) < count:
        assert time.monotonic() < until
        time.sleep(0.005)
    return watch.told[count - 1]


def test_only_what_differs_is_told(watch, workspace):
    (workspace.folder("models") / "m").mkdir()
    watch.look_now()
    assert [row.folder.name for row in told(watch, 1).models] == ["m"]
    for _ in range(5):
        watch.look_now()
        time.sleep(0.02)
    assert len(watch.told) == 1


def test_a_fault_of_ours_is_reported_and_the_watch_goes_on(watch, workspace, monkeypatch):
    import threading

    reported = []
    monkeypatch.setattr(threading, "excepthook", lambda seen: reported.append(seen.exc_type))
    read = watch._reader.read
    monkeypatch.setattr(watch._reader, "read", lambda: 1 / 0)
    assert told(watch, 1).problem.startswith("The workspace cannot be watched: ")
    assert ZeroDivisionError in reported
    monkeypatch.setattr(watch._reader, "read", read)
    assert told(watch, 2).problem == ""
