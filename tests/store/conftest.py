"""Fixtures of the store: processes that are killed, a disk that is full, a disk that is read-only."""

import os
import signal
import subprocess

import pytest

from studio.store.run import RunDocument, create_run


def _mount(*arguments):
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"this machine lets the tests mount nothing: {done.stderr.strip()}")


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", "size=64k", "none", folder)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def read_only():
    """Make a folder read-only, for root too."""
    mounted = []

    def make(folder):
        _mount("--bind", folder, folder)
        mounted.append(folder)
        _mount("-o", "remount,ro,bind", folder)

    yield make
    for folder in mounted:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def fork():
    """Run a function in a child process; gives (pid, the end of a pipe that it can be heard on)."""
    children = []

    def start(function):
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                os.close(reading)
                function(lambda text: os.write(writing, f"{text}\n".encode()))
                status = 0
            finally:
                os._exit(status)
        os.close(writing)
        children.append((pid, reading))
        return pid, reading

    yield start
    for pid, reading in children:
        os.close(reading)
        try:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        except (ProcessLookupError, ChildProcessError):
            continue


@pytest.fixture
def make_run(workspace):
    """Make a run in the workspace; gives its folder."""

    def make(name="a run", **values):
        document = RunDocument(id="", name=name, dataset="d", dataset_name="d", fingerprint="f", family="vae", **values)
        return create_run(workspace, document)

    return make
