"""Guards for every test: a home and a workspace of its own, one thread, no process left behind."""

import functools
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

# Before torch is imported. The suite runs in two processes, and two threads of each would fight over two cores.
os.environ["OMP_NUM_THREADS"] = os.environ["STUDIO_THREADS"] = "1"
REPOSITORY = Path(__file__).resolve().parents[1]


def _missing_for_qt() -> str:
    try:
        import PySide6.QtSvg
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        return str(error)
    return ""


# Without the libraries that Qt needs (the README's third block) the tests of the window cannot even be imported.
collect_ignore_glob = ["gui/*", "integration/test_window*", "faults/test_window*"] if _missing_for_qt() else []


def pytest_runtest_setup() -> None:
    """Let torch read its table of ONNX operators once: it does so for every part of a program, and none is added."""
    module = sys.modules.get("torch.onnx._internal.exporter._registration")
    if module is not None and not hasattr(module.ONNXRegistry.from_torchlib, "cache_info"):
        module.ONNXRegistry.from_torchlib = staticmethod(functools.cache(module.ONNXRegistry.from_torchlib))


def pytest_report_header() -> str:
    missing = _missing_for_qt()
    return f"the tests of the window are left out: {missing}" if missing else ""


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory, monkeypatch):
    """No test reads or writes the person's own files."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "share"))
    monkeypatch.delenv("STUDIO_WORKSPACE", raising=False)


@pytest.fixture
def repository() -> Path:
    """The checkout."""
    return REPOSITORY


@pytest.fixture
def workspace(tmp_path):
    """An empty workspace; whatever still works on it at the end of a test is ended."""
    from studio.store.workspace import Workspace

    place = Workspace(tmp_path / "workspace")
    yield place
    _end_processes(str(place.path))


def _end_processes(marker: str) -> None:
    for _ in range(50):
        pids = _processes_with(marker)
        if not pids:
            return
        for pid in pids:
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                continue
        time.sleep(0.1)


def _processes_with(marker: str) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if marker in command and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


@pytest.fixture
def studio(workspace):
    """Run the command ``studio`` on the test's workspace; returns the finished process."""

    def run(*arguments, timeout=240, **environment):
        return subprocess.run(
            [sys.executable, "-m", "studio.cli", *map(str, arguments), "--workspace", str(workspace.path)],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env={**os.environ, **environment},
        )

    return run
