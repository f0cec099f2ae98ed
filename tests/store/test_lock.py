"""A lock lives exactly as long as its process."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from studio.store.lock import ProcessLock, is_locked

HOLDER = """
import sys, time
from pathlib import Path
from studio.store.lock import ProcessLock
print(ProcessLock(Path(sys.argv[1])).acquire() or "refused", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def hold(tmp_path):
    """A process that holds the lock."""
    processes = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path / "lock")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process, process.stdout.readline().strip()

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.fault("C4")
def test_one_holder_at_a_time(tmp_path, hold):
    process, answer = hold()
    assert answer == "True"
    assert is_locked(tmp_path / "lock")
    assert not ProcessLock(tmp_path / "lock").acquire()
    assert (tmp_path / "lock").read_text() == f"{process.pid}\n"


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.fault("C5")
def test_death_releases(tmp_path, hold, sign):
    process, _ = hold()
    process.send_signal(sign)
    process.wait()
    assert not is_locked(tmp_path / "lock")
    lock = ProcessLock(tmp_path / "lock")
    assert lock.acquire()
    lock.release()


def test_release(tmp_path):
    lock = ProcessLock(tmp_path / "lock")
    assert lock.acquire()
    assert is_locked(tmp_path / "lock")
    lock.release()
    assert not is_locked(tmp_path / "lock")
    lock.release()


@pytest.mark.fault("C5")
def test_a_missing_or_foreign_file_is_not_locked(tmp_path):
    assert not is_locked(tmp_path / "none")
    (tmp_path / "lock").write_text("99999\n")
    assert not is_locked(tmp_path / "lock")
    lock = ProcessLock(tmp_path / "lock")
    assert lock.acquire()
    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    lock.release()


def test_those_who_look_disturb_nobody(tmp_path):
    """Whoever asks whether a lock is held holds it for a moment; a trainer must get it nevertheless."""
    path = tmp_path / "lock"
    path.touch()
    done = threading.Event()
    seen = []

    def look():
        while not done.is_set():
            if is_locked(path):
                seen.append(True)

    watchers = [threading.Thread(target=look) for _ in range(2)]
    for watcher in watchers:
        watcher.start()
    try:
        # Nobody holds it: two that look at once must not take one another for the holder.
        done.wait(0.1)
        assert not seen
        for _ in range(100):
            lock = ProcessLock(path)
            assert lock.acquire()
            lock.release()
    finally:
        done.set()
        for watcher in watchers:
            watcher.join()


def test_a_lock_on_a_full_disk(small_disk):
    (small_disk / "lock").touch()
    (small_disk / "big").write_bytes(b"")
    with pytest.raises(OSError, match="space"), open(small_disk / "big", "wb") as file:
        file.write(b"x" * 100_000)
    lock = ProcessLock(small_disk / "lock")
    assert lock.acquire()
    assert is_locked(small_disk / "lock")
    lock.release()


def test_a_lock_on_a_read_only_disk_is_seen(tmp_path, read_only, hold):
    hold()
    read_only(tmp_path)
    assert is_locked(tmp_path / "lock")
