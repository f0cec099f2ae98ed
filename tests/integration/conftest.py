"""A private X server with a window manager, and hands on its keyboard and mouse."""

import os
import shutil
import subprocess
import sys
import time

import pytest
from PIL import ImageChops, ImageGrab

from studio.store.lock import is_locked
from studio.store.run import list_runs, read_status

_TOOLS = ("Xvfb", "openbox", "xdotool")


class Screen:
    """One display, with a keyboard and a mouse."""

    # The foot of the studio's window at the left: what runs now.
    strip = (0.0, 0.955, 0.6, 1.0)

    def __init__(self, display, folder):
        self.display = display
        self.folder = folder
        self.environment = {**os.environ, "DISPLAY": display}
        for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
            self.environment.pop(name, None)

    def poll(self, predicate, timeout_s=30.0, period_s=0.05, what="what was waited for"):
        """Wait until something is so; gives what the predicate gave."""
        until = time.monotonic() + timeout_s
        while not (found := predicate()):
            if time.monotonic() > until:
                picture = self.folder / "screen.png"
                ImageGrab.grab(xdisplay=self.display).save(picture)
                pytest.fail(f"{what} did not come within {timeout_s:.0f} s; the screen is in {picture}")
            time.sleep(period_s)
        return found

    @staticmethod
    def same(first, second):
        """Whether two pictures show the same."""
        return first.size == second.size and ImageChops.difference(first, second).getbbox() is None

    def xdotool(self, *words, check=True):
        """Run xdotool; gives what it says."""
        done = subprocess.run(
            ["xdotool", *map(str, words)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=check,
        )
        return done.stdout.strip()

    def key(self, *keys):
        """Press keys, such as ``ctrl+2``."""
        self.xdotool("key", "--clearmodifiers", *keys)

    def windows(self, name):
        """Windows in view whose title holds a regular expression."""
        return self.xdotool("search", "--onlyvisible", "--name", name, check=False).split()

    def window(self, name, timeout_s=30.0):
        """The window of that name, once it is there."""
        return self.poll(lambda: self.windows(name), timeout_s, what=f"the window '{name}'")[-1]

    def title(self, window):
        """Title of a window."""
        return self.xdotool("getwindowname", window, check=False)

    def focus(self, window):
        """Give a window the keyboard, once the window manager takes the request: on a busy machine it is late."""

        def given():
            self.xdotool("windowactivate", "--sync", window, check=False)
            return self.xdotool("getactivewindow", check=False) == window

        self.poll(given, what=f"the keyboard for window {window}")

    def place(self, window):
        """Left, top, width, height of a window on the screen."""
        lines = self.xdotool("getwindowgeometry", "--shell", window).splitlines()
        found = {name: int(value) for name, _, value in (line.partition("=") for line in lines)}
        return found["X"], found["Y"], found["WIDTH"], found["HEIGHT"]

    def shot(self, window, part=(0.0, 0.0, 1.0, 1.0)):
        """A picture of a window, or of the part between two corners given as shares of it."""
        left, top, width, height = self.place(window)
        box = (left + part[0] * width, top + part[1] * height, left + part[2] * width, top + part[3] * height)
        return ImageGrab.grab(tuple(round(edge) for edge in box), xdisplay=self.display).convert("RGB")

    def settled(self, window, part):
        """A picture of a part once there is something in it, and it does not change any more."""
        seen = []

        def still():
            seen.append(self.shot(window, part))
            written = len(seen[-1].getcolors(2**24)) > 5
            # For a second: on a busy machine what is still to come may come late.
            return written and len(seen) > 4 and all(self.same(seen[-1], one) for one in seen[-5:-1])

        self.poll(still, period_s=0.25, what="a window that has been painted")
        return seen[-1]

    def move(self, x, y, steps=1, start=None):
        """Move the mouse, in steps from a start where there is one."""
        for step in range(1, steps + 1):
            share = step / steps
            here = (x, y) if start is None else (start[0] + (x - start[0]) * share, start[1] + (y - start[1]) * share)
            self.xdotool("mousemove", round(here[0]), round(here[1]))


class Server:
    """An X server of our own on a free display, with a window manager.

    Args:
        folder: For what they say.
    """

    def __init__(self, folder):
        missing = [name for name in _TOOLS if shutil.which(name) is None]
        if missing:
            pytest.skip(f"a window on a screen needs {', '.join(missing)}, which this machine lacks")
        reading, writing = os.pipe()
        with open(folder / "screen.log", "wb") as log:
            self.processes = [
                subprocess.Popen(
                    ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1700x900x24", "-nolisten", "tcp"],
                    pass_fds=(writing,),
                    stdout=log,
                    stderr=log,
                )
            ]
            os.close(writing)
            with os.fdopen(reading) as answer:
                number = answer.readline().strip()
            if not number:
                self.close()
                pytest.skip("Xvfb does not start on this machine")
            self.display = f":{number}"
            environment = {**os.environ, "DISPLAY": self.display}
            self.processes.append(subprocess.Popen(["openbox"], env=environment, stdout=log, stderr=log))

    def close(self):
        """End them."""
        for process in reversed(self.processes):
            process.terminate()
            process.wait(10)


@pytest.fixture(scope="module")
def _server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("screen"))
    yield server
    server.close()


@pytest.fixture
def screen(request, tmp_path):
    """The screen; the window manager answers."""
    if "own_screen" in request.fixturenames:
        return request.getfixturevalue("own_screen")
    return _ready(request.getfixturevalue("_server"), tmp_path)


@pytest.fixture
def own_screen(tmp_path):
    """A screen for this test alone, which it may kill."""
    server = Server(tmp_path)
    found = _ready(server, tmp_path)
    found.kill = server.processes[0].kill
    yield found
    server.close()


def _ready(server, folder):
    found = Screen(server.display, folder)
    found.poll(lambda: found.xdotool("get_num_desktops", check=False), what="the window manager")
    return found


@pytest.fixture
def open_window(screen, workspace):
    """Open the studio on the workspace in a process of its own; gives the process and its window."""
    started = []

    def start(path=None, await_page=True):
        process = subprocess.Popen(
            [sys.executable, "-m", "studio.gui", str(path or workspace.path)],
            env=screen.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        # Its title names the page as soon as the workspace is open.
        window = screen.window("^(Data|Train|Gallery|Plugins), " if await_page else "^Generative Studio")
        screen.focus(window)
        return process, window

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


@pytest.fixture
def run_started(screen, studio, workspace, monkeypatch):
    """Start a run on the digits with the keyboard alone, in a window; gives the folder of the run."""
    # One thread, so that the training leaves room for the window.
    for name in ("STUDIO_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
        screen.environment[name] = "1"
    added = studio("data", "add", "example:digits", "--name", "digits")
    assert added.returncode == 0, added.stderr

    def start(window):
        screen.key("ctrl+2")
        screen.poll(lambda: screen.title(window).startswith("Train, "), what="the Train page")

        def begun():
            # Nothing happens until the families are known; once a run is being made, the key waits for it.
            if not list_runs(workspace):
                screen.key("ctrl+Return")
            return list_runs(workspace)

        screen.poll(begun, 30, 0.3, what="a run")
        folder, document = list_runs(workspace)[0]
        assert len(list_runs(workspace)) == 1
        assert document.dataset_name == "digits"
        screen.poll(lambda: read_status(folder).state == "running" and read_status(folder).step > 0, 90, what="a step")
        return folder

    yield start
    for folder, _ in list_runs(workspace):
        if is_locked(folder / "lock"):
            studio("runs", "stop", folder.name)


@pytest.fixture
def earlier(workspace, repository):
    """A workspace that the studio of 30 November 2026 wrote, and the folder of the pictures saved from it."""
    place = repository / "tests" / "integration" / "earlier"
    shutil.rmtree(workspace.path)
    shutil.copytree(place / "workspace", workspace.path)
    return workspace, place / "pictures"
