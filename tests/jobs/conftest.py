"""Fixtures of the jobs: a trainer that trains nothing, and modules that behave badly, as real processes."""

import os
import subprocess
import textwrap
import time

import pytest

from studio.jobs.process import start_detached
from studio.store.lock import ProcessLock, is_locked
from studio.store.run import RunDocument, create_run, read_status

# It takes the lock, says what it does and when in order.txt, obeys commands, and ends as its settings want.
TRAINER = """
import os, sys, time
from pathlib import Path
from studio.store.lock import ProcessLock
from studio.store.metrics import RunDatabase
from studio.store.run import RunStatus, read_run, write_status

workspace, run = Path(sys.argv[1]), sys.argv[2]
folder = workspace / "runs" / run
document = read_run(folder)
wanted = {"work": 0.1, "late": 0.0, "slow": 0.0, "end": "finished", **document.settings}
if wanted["end"] == "die":
    sys.exit("no luck today")
if wanted["end"] == "nothing":
    sys.exit(0)
time.sleep(wanted["late"])
lock = ProcessLock(folder / "lock")
if not lock.acquire():
    sys.exit(2)

def note(word):
    with open(workspace / "order.txt", "a") as file:
        file.write(f"{word} {document.name} {document.device}\\n")

time.sleep(wanted["slow"])
if wanted["end"] == "deaf":
    import signal
    signal.signal(signal.SIGTERM, lambda *_: note("asked"))
database = RunDatabase(folder)
segment = database.begin_segment(0)
status = RunStatus(state="running", pid=os.getpid(), total=100)
note("begin")
write_status(folder, status)
until = time.monotonic() + wanted["work"]
step = 0
while status.state == "paused" or time.monotonic() < until:
    step += 1
    status.step = step
    for command in [] if wanted["end"] == "deaf" else database.waiting_commands():
        note(command.name)
        if wanted["end"] == "mortal":
            os._exit(1)
        if wanted["end"] == "full":
            database.answer(command.id, "failed", "the disk is full")
            continue
        if command.name in ("stop", "release"):
            status.state = "stopped" if command.name == "stop" else "paused"
            write_status(folder, status)
            database.answer(command.id, "done", f"saved at step {step}")
            note("end")
            sys.exit(0)
        status.state = {"pause": "paused", "resume": "running"}.get(command.name, status.state)
        write_status(folder, status)
        database.answer(command.id, "done", f"did {command.name}")
    time.sleep(0.02)
    if step == 5 and wanted["end"].startswith("SIG"):
        import signal
        os.kill(os.getpid(), getattr(signal, wanted["end"]))
    if step == 5 and wanted["end"] == "exit":
        os._exit(3)
status.state = wanted["end"]
write_status(folder, status)
note("end")
"""


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """Write modules that child processes can run; ``fake_trainer`` is there already."""
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder))

    def write(name, source):
        (folder / f"{name}.py").write_text(textwrap.dedent(source))

    write("fake_trainer", TRAINER)
    return write


@pytest.fixture
def make_run(workspace, modules):
    """Make a run whose settings tell the fake trainer what to do."""

    def make(name="run", device="cpu", lane="", **settings):
        document = RunDocument(
            id="",
            name=name,
            dataset="d",
            dataset_name="d",
            fingerprint="f",
            family="vae",
            device=device,
            lane=lane,
            settings=settings,
            created=time.time(),
        )
        return create_run(workspace, document)

    return make


@pytest.fixture
def wait_for():
    """Wait until something holds; fails after ten seconds."""

    def wait(condition, seconds=10.0):
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, "it did not happen in time"
            time.sleep(0.02)

    return wait


@pytest.fixture
def start_trainer(workspace, wait_for):
    """Start the fake trainer on a run and wait until it works."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(folder, wait=True):
        process = start_detached("fake_trainer", [str(workspace.path), folder.name], folder / "log.txt")
        processes.append(process)
        if wait:
            wait_for(lambda: is_locked(folder / "lock") and read_status(folder).state == "running")
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture
def no_supervisor(workspace):
    """Hold the supervisor's lock, so that queueing a run starts no supervisor."""
    lock = ProcessLock(workspace.path / "supervisor.lock")
    assert lock.acquire()
    yield lock
    lock.release()


@pytest.fixture
def order(workspace):
    """What the fake trainers did, in order."""

    def read():
        path = workspace.path / "order.txt"
        return path.read_text().splitlines() if path.exists() else []

    return read


@pytest.fixture
def ended():
    """Whether no process of that id lives; zombies are dead."""

    def look(pid):
        try:
            with open(f"/proc/{pid}/stat") as file:
                return file.read().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return not os.path.exists(f"/proc/{pid}")

    return look
