"""What the next start reads was damaged by the last crash: it starts all the same, as often as needed."""

import os

import pytest

from studio.core.errors import WorkspaceError
from studio.store.lock import ProcessLock
from studio.store.queue import Queue
from studio.store.run import read_status
from studio.store.switches import plugins_off
from studio.store.workspace import Workspace

GARBAGE = [b"", b"\x00" * 512, b"{", b"\xff" * 5000, b'{"format": 99}']


@pytest.mark.fault("C10")
@pytest.mark.parametrize("garbage", GARBAGE[:4])
def test_everything_that_a_start_reads_is_damaged(workspace, make_run, garbage):
    """Three starts in a row, each on the remains of the one before; runs and originals are kept."""
    folder = make_run()
    Queue(workspace).close()
    for start in range(1, 4):
        names = {path.name for path in workspace.path.iterdir() if path.is_file()} | {"workspace.json", "studio.db"}
        for name in sorted(names | {"catalogue.json", "plugins.json", "window.lock", "supervisor.lock"}):
            if "corrupt" not in name:
                (workspace.path / name).write_bytes(garbage)
        again = Workspace(workspace.path)
        queue = Queue(again)
        assert [job.run for job in queue.waiting()] == [folder.name]
        queue.close()
        # Which plugins a person switched off cannot be guessed: that is said rather than switched on again.
        with pytest.raises(WorkspaceError, match=r"plugins\.json is damaged"):
            plugins_off(again.path)
        lock = ProcessLock(again.path / "window.lock")
        assert lock.acquire()
        lock.release()
        assert read_status(folder).state == "queued"
        if garbage.strip(b"\x00"):
            assert (workspace.path / f"workspace.json.corrupt-{start}").exists()


@pytest.mark.fault("C10")
def test_a_crash_between_setting_aside_and_making_anew(workspace, make_run, monkeypatch):
    """The damaged file has its new name, and nothing has the old one yet."""
    folder = make_run()
    Queue(workspace).close()
    (workspace.path / "studio.db").write_bytes(b"garbage" * 1000)
    real = os.rename

    def crash(self, target):
        real(self, target)
        raise KeyboardInterrupt

    with monkeypatch.context() as crashing:
        crashing.setattr("pathlib.Path.rename", crash)
        with pytest.raises(KeyboardInterrupt):
            Queue(workspace)
    queue = Queue(workspace)
    assert [job.run for job in queue.waiting()] == [folder.name]
    queue.close()
    assert (workspace.path / "studio.db.corrupt-1").read_bytes() == b"garbage" * 1000
