"""Guards for every test: a home and a workspace of its own, one thread, no process left behind."""

import builtins
import functools
import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

# Before torch is imported. The suite runs in two processes, and two threads of each would fight over two cores.
os.environ["OMP_NUM_THREADS"] = os.environ["STUDIO_THREADS"] = "1"
# Some hundred processes are started here; without their byte code each would compile the studio anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
_HOMES = itertools.count()
REPOSITORY = Path(__file__).resolve().parents[1]


def _missing_for_qt() -> str:
    kept = builtins.__import__
    try:
        import PySide6.QtSvg
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        return str(error)
    finally:
        # It looks at every import for a ``__feature__`` of its own, which nobody asks for: an export by torch, with a
        # million of them, takes a tenth longer.
        builtins.__import__ = kept
    return ""


# Without the libraries that Qt needs (the README's third block) the tests of the window cannot even be imported.
collect_ignore_glob = ["gui/*", "integration/test_window*", "faults/test_window*"] if _missing_for_qt() else []


def pytest_configure() -> None:
    """A suite that is started in the background, or by nohup, begins with signals ignored that tests send."""
    for name in ("SIGINT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)


def pytest_runtest_setup() -> None:
    """Do once in a process what comes again and again: trying a sampler."""
    module = sys.modules.get("studio.train.trainer")
    if module is not None and not hasattr(module.try_sampler, "tried"):
        module.try_sampler = _try_each_once(module.try_sampler)


def _try_each_once(try_sampler):
    """What every training begins with: a sampler of the same modules, inputs and items is tried once in a process."""
    tried = {}

    @functools.wraps(try_sampler)
    def once(program, *arguments):
        # One that was tried without its capture is tried again where that counts.
        captures = sys.modules["studio.nn.trial"]._capture.__name__
        key = _structure(program), arguments, captures
        if key not in tried:
            tried[key] = try_sampler(program, *arguments)
        return tried[key]

    once.tried = tried
    return once


def _structure(program):
    """What its modules are: their names, types, plain attributes, and the shapes and types of their tensors."""
    parts = [getattr(program, "init", program), getattr(program, "finish", None), getattr(program, "codec", None)]
    for stage in getattr(program, "stages", ()):
        parts += [stage.enter, stage.step, stage.trip]
    plain = (bool, int, float, str, tuple, list, type(None))
    found = [repr((getattr(program, "inputs", ()), getattr(program, "num_state", 0)))]
    for part in parts:
        for name, module in part.named_modules() if hasattr(part, "named_modules") else [("", part)]:
            values = {
                key: value
                for key, value in getattr(module, "__dict__", {}).items()
                if isinstance(value, plain) or callable(value)
            }
            tensors = part.state_dict(keep_vars=True) if not name and hasattr(part, "state_dict") else {}
            shapes = {key: (tuple(tensor.shape), tensor.dtype) for key, tensor in tensors.items()}
            found.append((name, type(module), repr((values, shapes))))
    return tuple(found)


def pytest_report_header() -> str:
    missing = _missing_for_qt()
    return f"the tests of the window are left out: {missing}" if missing else ""


@pytest.fixture(scope="session", autouse=True)
def _shared_home(tmp_path_factory):
    """No fixture that tests share reads or writes the person's own files."""
    with pytest.MonkeyPatch.context() as patch:
        _move_home(tmp_path_factory.mktemp("home"), patch)
        yield


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory, monkeypatch):
    """No test reads or writes the person's own files, nor another test's."""
    # Not by mktemp, which looks through all that were made before, thousands of times.
    home = tmp_path_factory.getbasetemp() / f"home-of-{next(_HOMES)}"
    home.mkdir()
    _move_home(home, monkeypatch)
    yield
    shutil.rmtree(home, ignore_errors=True)


def _shared(base):
    """The folder that the processes of the suite have in common, by the one of each."""
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def _move_home(home, patch):
    patch.setenv("HOME", str(home))
    patch.setenv("XDG_DATA_HOME", str(home / "share"))
    # What the bundled plugins declare is asked once, not in every home nor in both processes of the suite.
    patch.setenv("XDG_CACHE_HOME", str(_shared(home.parent) / "cache"))
    patch.delenv("STUDIO_WORKSPACE", raising=False)
    patch.delenv("STUDIO_PLUGINS", raising=False)
    # Set, so that a test which leaves safe mode on does not hand it on.
    patch.setenv("STUDIO_SAFE_MODE", "0")


@pytest.fixture
def uncaptured(monkeypatch):
    """Samplers are tried without the capture for the export, which takes seconds; an export begins with the same."""
    monkeypatch.setattr("studio.nn.trial._capture", lambda *_: None)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """Have a folder filled by whichever process of the suite needs it first, as ``made_once(name, fill)``.

    What takes seconds to make, such as an export, is not made again by the second process. Nobody may write into it.
    """
    place = _shared(tmp_path_factory.getbasetemp()) / "made-once"
    place.mkdir(exist_ok=True)

    def make(name, fill):
        import fcntl

        folder, unfinished = place / name, place / f"{name}.unfinished"
        with open(place / f"{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir()
                fill(unfinished)
                unfinished.rename(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def export_file(made_once, tmp_path_factory):
    """The toy sampler as a file under a name of its own; gives its file and its manifest."""
    from tests.toy_sampler import describe_toy, export_toy

    kept = {}

    def make(name, width=16, given=False, **values):
        key = (name, width, given, *sorted(values.items()))
        if key not in kept:
            graph = made_once(f"toy-{width}-{given}", lambda folder: export_toy(folder / "sample.onnx", width, given))
            path = tmp_path_factory.mktemp("exported") / "sample.onnx"
            kept[key] = path, describe_toy(graph / "sample.onnx", path, name, **values)
        return kept[key]

    return make


@pytest.fixture(scope="session")
def bigrams(made_once):
    """A file of log p of texts, and its probabilities of each token after each other, float64 (V, V)."""
    import numpy as np

    from tests.toy_bigrams import export_bigrams

    folder = made_once("bigrams", lambda place: np.save(place / "logits", export_bigrams(place / "log_prob.onnx")))
    weights = np.exp(np.load(folder / "logits.npy").astype(np.float64))
    return folder / "log_prob.onnx", weights / weights.sum(1, keepdims=True)


class _Machine:
    """A watch over cores that are as busy as a test says."""

    def __init__(self, cores, *others):
        self.cores = cores
        self._others = list(others)
        self.time = 0.0

    def elapsed(self):
        return self.time

    def wait(self):
        self.time = max(self.time, 0.2)

    def others(self):
        self.time = 0.0
        return self._others.pop(0)


@pytest.fixture
def machine():
    """Makes a watch (see studio.core.threads): cores, then how many of them others keep busy at each look."""
    return _Machine


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


@pytest.fixture(scope="session")
def studio_on():
    """Make the command ``studio`` for the folder of a workspace, as a function that returns the finished process."""

    def make(folder):
        def run(*arguments, timeout=240, **environment):
            return subprocess.run(
                [sys.executable, "-m", "studio.cli", *map(str, arguments), "--workspace", str(folder)],
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
                env={**os.environ, **environment},
            )

        return run

    return make


@pytest.fixture
def studio(workspace, studio_on):
    """Run the command ``studio`` on the test's workspace."""
    return studio_on(workspace.path)


@pytest.fixture
def manifest():
    """What a sampler with classes says of itself, without a file."""
    from studio.core.manifest import Manifest, label_input, noise_input, scalar_input, steps_input

    inputs = (noise_input((4,)), steps_input(18), scalar_input("guidance", 1.0, 0.0, 20.0), label_input(3))
    return Manifest(inputs=inputs, model="m-1", family="flow", title="Flow on pets", classes=("cat", "dog", "7"))


@pytest.fixture
def plain():
    """The same of one without classes."""
    from studio.core.manifest import Manifest, noise_input

    return Manifest(inputs=(noise_input((4,)),), model="m-2")
