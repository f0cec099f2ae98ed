"""Opening a workspace: what can be wrong with it is said in one sentence, and the window lives."""

import logging
import subprocess
import sys

import pytest

from studio.core.errors import WorkspaceError
from studio.data.image.sample_file import read_sample_settings
from studio.desk.opening import open_workspace
from studio.desk.run_words import device_truth
from studio.desk.snapshot import RunRow, Snapshot
from studio.store.lock import WINDOW_LOCK, is_locked
from studio.store.run import RunDocument, RunStatus


@pytest.fixture
def opened():
    """Open workspaces and close them after the test."""
    kept = []

    def make(path):
        found = open_workspace(path)
        kept.append(found)
        return found

    yield make
    for found in kept:
        found.close()


def mount(*arguments):
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"this machine lets the tests mount nothing: {done.stderr.strip()}")


def test_a_new_workspace_is_made_and_held(tmp_path, opened):
    found = opened(tmp_path / "new" / "workspace")
    assert (found.read_only, found.notice) == (False, "")
    assert found.workspace.folder("datasets").is_dir()
    assert is_locked(tmp_path / "new" / "workspace" / WINDOW_LOCK)
    found.close()
    assert not is_locked(tmp_path / "new" / "workspace" / WINDOW_LOCK)


def test_what_goes_wrong_is_logged_in_the_workspace_until_it_is_closed(tmp_path, opened):
    before = list(logging.getLogger("studio").handlers)
    found = opened(tmp_path / "w")
    logging.getLogger("studio.gui").warning("something happened")
    assert "something happened" in (tmp_path / "w" / "window.log").read_text()
    found.close()
    assert logging.getLogger("studio").handlers == before


@pytest.mark.fault("C14")
def test_no_log_is_written_through_a_link(tmp_path, opened, capsys):
    """S1: a link of that name had the window write into the file behind it."""
    (tmp_path / "w").mkdir()
    (tmp_path / "diary.txt").write_text("mine")
    (tmp_path / "w" / "window.log").symlink_to(tmp_path / "diary.txt")
    opened(tmp_path / "w")
    logging.getLogger("studio.gui").warning("something happened")
    assert (tmp_path / "diary.txt").read_text() == "mine"
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.fault("C4")
def test_a_workspace_that_another_process_has(workspace):
    code = (
        "import sys, time; from pathlib import Path; from studio.store.lock import ProcessLock; "
        "lock = ProcessLock(Path(sys.argv[1])); print(lock.acquire(), flush=True); time.sleep(60)"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(workspace.path / WINDOW_LOCK)], stdout=subprocess.PIPE, text=True
    )
    assert other.stdout.readline().strip() == "True"
    with pytest.raises(WorkspaceError, match=r"is open in another window; use that one\.$"):
        open_workspace(workspace.path)
    other.kill()
    other.communicate()
    # The system gives the lock back with the process.
    open_workspace(workspace.path).close()


def test_a_file_where_the_workspace_should_be(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(WorkspaceError, match="cannot be used"):
        open_workspace(tmp_path / "file")
    with pytest.raises(WorkspaceError, match="a file stands where a folder is needed"):
        open_workspace(tmp_path / "file" / "workspace")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_workspace_of_a_newer_studio_is_refused(workspace):
    (workspace.path / "workspace.json").write_text('{"format": 99}')
    with pytest.raises(WorkspaceError, match="newer studio"):
        open_workspace(workspace.path)


def test_a_workspace_on_a_read_only_disk_can_be_looked_at(workspace, opened):
    mount("--bind", workspace.path, workspace.path)
    try:
        mount("-o", "remount,ro,bind", workspace.path)
        found = opened(workspace.path)
        assert found.read_only is True
        assert found.notice.startswith(f"The workspace {workspace.path} cannot be written to")
        assert "you can look at it" in found.notice
    finally:
        subprocess.run(["umount", "-l", workspace.path], check=True)


@pytest.mark.fault("C1")
def test_a_workspace_on_a_full_disk_can_be_looked_at(tmp_path, opened):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount("-t", "tmpfs", "-o", "size=256k", "none", disk)
    try:
        open_workspace(disk / "w").close()
        (disk / "w" / WINDOW_LOCK).unlink()
        subprocess.run(["dd", "if=/dev/zero", f"of={disk / 'filler'}", "bs=4k"], capture_output=True, check=False)
        with pytest.raises(OSError, match="No space"):
            (disk / "one more").write_bytes(bytes(8192))
        found = opened(disk / "w")
        assert found.workspace.path == disk / "w"
        assert found.read_only is False  # an empty file fits still, and a lock needs no more
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_no_room_for_a_workspace_at_all(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount("-t", "tmpfs", "-o", "size=16k,nr_inodes=4", "none", disk)
    try:
        with pytest.raises(WorkspaceError, match="the disk is full"):
            open_workspace(disk / "w")
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def row(tmp_path, device, wanted="cpu", state="running"):
    document = RunDocument(
        id="r", name="r", dataset="d", dataset_name="d", fingerprint="f", family="vae", device=wanted
    )
    return RunRow(tmp_path, document, RunStatus(state=state, device=device))


def test_the_truth_about_the_device(tmp_path):
    assert device_truth(Snapshot(), 0, 2) == ("CPU, 2 threads", False)
    assert device_truth(Snapshot(), 1, 8) == ("1 NVIDIA GPU, 8 CPU threads", False)
    assert device_truth(Snapshot(), 4, 8) == ("4 NVIDIA GPUs, 8 CPU threads", False)
    asked = Snapshot(runs=(row(tmp_path, "cpu", "cuda:0"),))
    assert device_truth(asked, 1, 2) == ("CPU: CUDA was asked for", True)
    assert device_truth(Snapshot(runs=(row(tmp_path, "cuda:0", "cuda:0"),)), 1, 2) == ("Training on cuda:0", False)
    assert device_truth(Snapshot(runs=(row(tmp_path, "cpu"),)), 0, 2) == ("Training on CPU, 2 threads", False)
    fewer = row(tmp_path, "cpu")
    fewer.status.threads = 1
    assert device_truth(Snapshot(runs=(fewer,)), 0, 2) == ("Training on CPU, 1 thread", False)
    resting = Snapshot(runs=(row(tmp_path, "cpu", "cuda:0", "finished"),))
    assert device_truth(resting, 0, 2) == ("CPU, 2 threads", False)


def test_the_settings_of_a_sample_that_carries_none(tmp_path):
    from studio.core.errors import DataError

    (tmp_path / "x.png").write_bytes(b"not a picture")
    with pytest.raises(DataError):
        read_sample_settings(tmp_path / "x.png")
