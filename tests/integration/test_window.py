"""The window as a person uses it: a real process on a real screen, with keyboard and mouse."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from studio.store.dataset import list_datasets
from studio.store.lock import is_locked
from studio.store.run import read_status

SOURCE = """
import sys
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QApplication, QLabel


class Source(QLabel):
    def mousePressEvent(self, event):
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(path) for path in sys.argv[1:]])
        drag = QDrag(self)
        drag.setMimeData(mime)
        print("answer", drag.exec(Qt.DropAction.CopyAction), flush=True)


application = QApplication(["source"])
label = Source("Drag me")
label.setWindowTitle("drag source")
label.resize(250, 250)
label.show()
application.exec()
"""


@pytest.fixture
def pets(tmp_path):
    """Sixty PNGs in two folders, as a person has them."""
    generator = np.random.default_rng(0)
    for name, level in (("cats", 60), ("dogs", 180)):
        folder = tmp_path / "pets" / name
        folder.mkdir(parents=True)
        for number in range(30):
            pixels = np.clip(generator.normal(level, 30, (20, 20, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"{number:02}.png")
    return tmp_path / "pets"


@pytest.fixture
def drag_source(screen, tmp_path):
    """Show something that can be dragged, beside the studio; gives its window and its process."""
    started = []

    def show(*paths):
        script = tmp_path / "source.py"
        script.write_text(SOURCE)
        process = subprocess.Popen(
            [sys.executable, str(script), *map(str, paths)], env=screen.environment, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        window = screen.window("drag source")
        screen.xdotool("windowmove", "--sync", window, 1400, 300)
        return window, process

    yield show
    for process in started:
        process.kill()
        process.communicate()


def drag(screen, source, studio, hovering):
    """Drag from one window over another with the mouse; calls ``hovering`` before it is let go."""
    left, top, width, height = screen.place(source)
    start = (left + width // 2, top + height // 2)
    left, top, width, height = screen.place(studio)
    end = (left + width // 2, top + height // 2)
    screen.move(*start)
    screen.xdotool("mousedown", 1)
    try:
        screen.move(*end, steps=20, start=start)
        hovering(end)
    finally:
        screen.xdotool("mouseup", 1)


def frame_pixels(picture):
    """Accent-coloured pixels where the drop field has the left side of its dashed frame."""
    band = np.asarray(picture)[:, 13:20].astype(int)
    return int((band[:, :, 2] - band[:, :, 0] > 60).sum())


def test_a_folder_is_dropped_and_imported_by_keyboard(screen, open_window, drag_source, workspace, pets):
    process, window = open_window()
    screen.xdotool("windowmove", "--sync", window, 20, 20)
    source, dragging = drag_source(pets)
    screen.focus(window)
    before = screen.shot(window)
    assert frame_pixels(before) < 150

    def hovering(place):
        def covered():
            screen.move(place[0] + 1, place[1])
            screen.move(*place)
            return frame_pixels(screen.shot(window)) > 300

        screen.poll(covered, 10, what="the field that says what a drop will do")

    drag(screen, source, window, hovering)
    assert dragging.stdout.readline().strip() == "answer DropAction.CopyAction"
    screen.poll(lambda: frame_pixels(screen.shot(window)) < 150, 10, what="the end of the field")
    screen.focus(window)

    def imported():
        # The import sheet has the keyboard; Enter imports once it has looked at the files.
        screen.key("Return")
        return list_datasets(workspace)

    screen.poll(imported, 40, 0.3, what="the data set")
    _, document = list_datasets(workspace)[0]
    assert (document.name, document.count, document.rejected) == ("pets", 60, 0)
    assert document.spec.classes == ("cats", "dogs")
    assert document.spec.shape == (20, 20, 3)
    assert len(list_datasets(workspace)) == 1
    # The person's own files are as they were.
    assert len(list(pets.rglob("*.png"))) == 60
    assert process.poll() is None


@pytest.mark.fault("B3")
def test_a_run_outlives_its_window_and_is_found_again(screen, open_window, run_started, studio):
    process, window = open_window()
    at_rest = screen.settled(window, screen.strip)
    folder = run_started(window)
    screen.poll(lambda: not screen.same(screen.shot(window, screen.strip), at_rest), what="the run in the strip")
    screen.key("alt+F4")
    screen.poll(lambda: process.poll() is not None, 15, what="the end of the window")
    _, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    step = read_status(folder).step
    assert is_locked(folder / "lock")
    screen.poll(lambda: read_status(folder).step > step, 30, what="a further step")

    again, window = open_window()
    assert screen.title(window).startswith("Train, ")
    screen.poll(lambda: not screen.same(screen.shot(window, screen.strip), at_rest), what="the run in the strip again")
    assert read_status(folder).state == "running"
    stopped = studio("runs", "stop", folder.name)
    assert stopped.returncode == 0, stopped.stderr
    assert read_status(folder).state == "stopped"
    screen.poll(lambda: screen.same(screen.shot(window, screen.strip), at_rest), what="the strip at rest")
    screen.key("ctrl+q")
    screen.poll(lambda: again.poll() is not None, 15, what="the end of the window")
    assert again.returncode == 0


@pytest.mark.fault("C4")
def test_a_second_start_brings_the_first_to_the_front(screen, open_window, workspace, drag_source):
    process, window = open_window()
    other, _ = drag_source("/")
    screen.focus(other)
    assert screen.xdotool("getactivewindow") == other
    second = subprocess.run(
        [sys.executable, "-m", "studio", str(workspace.path)],
        env=screen.environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (second.returncode, second.stderr) == (0, "")
    assert second.stdout == (
        f"The workspace {workspace.path} is open already; its window has been brought to the front.\n"
    )
    assert process.poll() is None
    assert len(screen.windows("^(Data|Train|Gallery|Compare|Plugins), ")) == 1
    screen.poll(lambda: screen.xdotool("getactivewindow") == window, what="the first window in front")


@pytest.mark.fault("G4")
def test_without_a_display_there_is_one_sentence(workspace):
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "QT_QPA_PLATFORM")}
    environment.pop("WAYLAND_DISPLAY", None)
    for module in ("studio.gui", "studio"):
        done = subprocess.run(
            [sys.executable, "-m", module, str(workspace.path)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.startswith("studio: there is no display to open a window on")
        assert done.stderr.count("\n") == 1


def test_the_window_never_loads_torch_or_onnxruntime(screen, open_window):
    process, window = open_window()
    for number, title in ((2, "Train"), (3, "Gallery"), (4, "Compare"), (5, "Plugins"), (1, "Data")):
        screen.key(f"ctrl+{number}")
        screen.poll(lambda title=title: screen.title(window).startswith(f"{title}, "), what=f"the page {title}")
    mapped = Path(f"/proc/{process.pid}/maps").read_text()
    assert "libQt6Widgets" in mapped
    assert "numpy" in mapped
    for library in ("libtorch", "onnxruntime", "libcudart", "libcublas"):
        assert library not in mapped


@pytest.mark.fault("G3")
def test_ctrl_c_in_the_terminal_closes_the_window(screen, open_window, workspace):
    process, _ = open_window()
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=15)
    assert (process.returncode, output, errors) == (0, "", "")
    assert not is_locked(workspace.path / "window.lock")


@pytest.fixture
def windows(tmp_path):
    """Process of each window on a workspace of this test, by its workspace; they are ended with it."""

    def find():
        found = {}
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if "studio.gui" in words and words[-1].startswith(str(tmp_path)):
                found[words[-1]] = process
        return found

    yield find
    for process in find().values():
        process.kill()
        process.wait(10)


def test_safe_mode_and_another_workspace_are_other_windows(own_screen, open_window, workspace, tmp_path, windows):
    """By the palette; each is a process of its own, and both are in safe mode."""
    screen = own_screen

    def modes():
        """Whether each window is in safe mode, by its workspace."""
        return {place: process.environ().get("STUDIO_SAFE_MODE") == "1" for place, process in windows().items()}

    process, window = open_window()
    screen.key("ctrl+5")
    screen.poll(lambda: screen.title(window).startswith("Plugins, "), what="the Plugins page")
    screen.key("ctrl+k")
    screen.xdotool("type", "--delay", "30", "safe mode")
    screen.key("Return")
    assert process.wait(20) == 0
    screen.poll(lambda: modes() == {str(workspace.path): True}, what="the window in safe mode")
    window = screen.window("^Plugins, ")
    screen.focus(window)
    other = tmp_path / "other"
    other.mkdir()
    screen.key("ctrl+k")
    screen.xdotool("type", "--delay", "30", "another workspace")
    screen.key("Return")
    screen.window("another workspace")
    screen.xdotool("type", "--delay", "30", str(other))
    screen.key("Return")
    screen.poll(lambda: modes() == {str(workspace.path): True, str(other): True}, what="the other window")
