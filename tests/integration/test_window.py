"""The window as a person uses it: a real process on a real screen, with keyboard and mouse."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.gui.theme import DARK, LIGHT
from studio.store.dataset import list_datasets
from studio.store.gallery import list_batches
from studio.store.lock import is_locked
from studio.store.run import list_runs, read_status
from studio.store.workspace import Workspace

WARNING, BAD = (LIGHT.warning, DARK.warning), (LIGHT.bad, DARK.bad)
# The foot of the window at the left: what runs now.
STRIP = (0.0, 0.955, 0.6, 1.0)

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


def quiet(monkeypatch):
    """One thread, so that a training leaves room for the window."""
    monkeypatch.setenv("STUDIO_THREADS", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def children(pid):
    """Processes that a process has started, with their command lines."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (OSError, ValueError, IndexError):
            continue
        if parent == pid:
            found[int(entry.name)] = command
    return found


@pytest.fixture
def run_started(screen, studio, workspace, monkeypatch):
    """Start a run on the digits with the keyboard alone, in a window; gives the folder of the run."""
    quiet(monkeypatch)
    screen.environment.update(STUDIO_THREADS="1", OMP_NUM_THREADS="1")
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


def test_a_run_outlives_its_window_and_is_found_again(screen, open_window, run_started, studio):
    process, window = open_window()
    at_rest = screen.shot(window, STRIP)
    folder = run_started(window)
    screen.poll(lambda: not screen.same(screen.shot(window, STRIP), at_rest), what="the run in the strip")
    screen.key("alt+F4")
    screen.poll(lambda: process.poll() is not None, 15, what="the end of the window")
    _, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    step = read_status(folder).step
    assert is_locked(folder / "lock")
    screen.poll(lambda: read_status(folder).step > step, 30, what="a further step")

    again, window = open_window()
    assert screen.title(window).startswith("Train, ")
    screen.poll(lambda: not screen.same(screen.shot(window, STRIP), at_rest), what="the run in the strip again")
    assert read_status(folder).state == "running"
    stopped = studio("runs", "stop", folder.name)
    assert stopped.returncode == 0, stopped.stderr
    assert read_status(folder).state == "stopped"
    screen.poll(lambda: screen.same(screen.shot(window, STRIP), at_rest), what="the strip at rest")
    screen.key("ctrl+q")
    screen.poll(lambda: again.poll() is not None, 15, what="the end of the window")
    assert again.returncode == 0


def test_a_trainer_that_is_killed_is_shown_interrupted(screen, open_window, run_started):
    process, window = open_window()
    at_rest = screen.shot(window, STRIP)
    folder = run_started(window)
    screen.poll(lambda: not screen.same(screen.shot(window, STRIP), at_rest), what="the run in the strip")
    os.kill(read_status(folder).pid, signal.SIGKILL)
    screen.poll(lambda: read_status(folder).state == "interrupted", what="the interrupted run")
    screen.poll(lambda: screen.same(screen.shot(window, STRIP), at_rest), what="the strip at rest")
    assert process.poll() is None
    # And the window still answers.
    screen.key("ctrl+1")
    screen.poll(lambda: screen.title(window).startswith("Data, "), what="the Data page")


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
    assert len(screen.windows("^(Data|Train|Gallery|Plugins), ")) == 1
    screen.poll(lambda: screen.xdotool("getactivewindow") == window, what="the first window in front")


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
    for number, title in ((2, "Train"), (3, "Gallery"), (4, "Plugins"), (1, "Data")):
        screen.key(f"ctrl+{number}")
        screen.poll(lambda title=title: screen.title(window).startswith(f"{title}, "), what=f"the page {title}")
    mapped = Path(f"/proc/{process.pid}/maps").read_text()
    assert "libQt6Widgets" in mapped
    assert "numpy" in mapped
    for library in ("libtorch", "onnxruntime", "libcudart", "libcublas"):
        assert library not in mapped


def test_a_sampler_that_is_killed_is_started_again(screen, open_window, studio, workspace, monkeypatch):
    quiet(monkeypatch)
    for words in (
        ("data", "add", "example:digits", "--name", "digits"),
        ("train", "digits", "--family", "vae", "--steps", "3", "--set", "channels=8", "--set", "train.threads=1"),
    ):
        done = studio(*words)
        assert done.returncode == 0, done.stderr
    exported = studio("export", list_runs(workspace)[0][0].name)
    assert exported.returncode == 0, exported.stderr
    process, window = open_window()
    screen.key("ctrl+3")
    screen.poll(lambda: screen.title(window).startswith("Gallery, "), what="the Gallery page")

    def sampled(count):
        def enough():
            if len(list_batches(workspace)) < count:
                screen.key("ctrl+Return")
            return len(list_batches(workspace)) >= count

        screen.poll(enough, 40, 0.3, what="samples")

    sampled(1)
    [service] = [pid for pid, command in children(process.pid).items() if "studio.runtime" in command]
    os.kill(service, signal.SIGKILL)
    screen.poll(lambda: "studio.runtime" not in children(process.pid).get(service, ""), what="the end of the sampler")
    sampled(len(list_batches(workspace)) + 1)
    assert process.poll() is None
    again = [pid for pid, command in children(process.pid).items() if "studio.runtime" in command]
    assert len(again) == 1
    assert again[0] != service


def test_ctrl_c_in_the_terminal_closes_the_window(screen, open_window, workspace):
    process, _ = open_window()
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=15)
    assert (process.returncode, output, errors) == (0, "", "")
    assert not is_locked(workspace.path / "window.lock")


@pytest.fixture
def disk(tmp_path):
    """Mount things for a test; skipped where that is not allowed."""
    mounted = []

    def mount(folder, *options):
        done = subprocess.run(["mount", *map(str, options), str(folder)], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"this machine lets the tests mount nothing: {done.stderr.strip()}")
        if folder not in mounted:
            mounted.append(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def edge_pixels(picture, colours):
    """Pixels in one of some colours, such as the edge of a notice; it is as wide as the page."""
    wanted = {tuple(bytes.fromhex(colour[1:])) for colour in colours}
    return sum(count for count, colour in picture.getcolors(2**24) if colour in wanted)


def test_a_read_only_workspace_can_be_looked_at(screen, open_window, studio, workspace, disk):
    assert studio("data", "add", "example:digits", "--name", "digits").returncode == 0
    disk(workspace.path, "--bind", workspace.path)
    disk(workspace.path, "-o", "remount,ro,bind")
    process, window = open_window()
    screen.poll(lambda: edge_pixels(screen.shot(window), WARNING) > 500, 10, what="the warning")
    for number, title in ((2, "Train"), (3, "Gallery"), (4, "Plugins"), (1, "Data")):
        screen.key(f"ctrl+{number}")
        screen.poll(lambda title=title: screen.title(window).startswith(f"{title}, "), what=f"the page {title}")
    screen.key("ctrl+2")
    screen.key("ctrl+Return")
    screen.key("ctrl+1")
    screen.poll(lambda: screen.title(window).startswith("Data, "), what="the Data page")
    screen.key("ctrl+q")
    output, errors = process.communicate(timeout=15)
    assert (process.returncode, output, errors) == (0, "", "")


def test_a_disk_without_room_for_a_workspace_is_said(screen, open_window, disk, workspace):
    place = workspace.path.with_name("workspace-full")
    place.mkdir()
    disk(place, "-t", "tmpfs", "-o", "size=64k,nr_inodes=4", "none")
    process, window = open_window(place, await_page=False)
    screen.poll(lambda: edge_pixels(screen.shot(window), BAD) > 500, 10, what="what is wrong")
    assert process.poll() is None
    screen.key("ctrl+k")
    screen.key("Escape")
    screen.key("ctrl+q")
    output, errors = process.communicate(timeout=15)
    assert (process.returncode, output, errors) == (0, "", "")


def test_a_full_disk_is_said_where_something_is_added(screen, open_window, disk, workspace):
    place = workspace.path.with_name("workspace-full")
    place.mkdir()
    disk(place, "-t", "tmpfs", "-o", "size=512k", "none")
    full = Workspace(place)
    process, window = open_window(place)
    subprocess.run(["dd", "if=/dev/zero", f"of={place / 'filler'}", "bs=4k"], capture_output=True, check=False)
    screen.key("ctrl+k")
    screen.xdotool("type", "example digits")
    assert edge_pixels(screen.shot(window), BAD) < 100
    screen.key("Return")
    screen.poll(lambda: edge_pixels(screen.shot(window), BAD) > 500, 40, what="that the disk is full")
    assert list_datasets(full) == []
    screen.key("ctrl+2")
    screen.poll(lambda: screen.title(window).startswith("Train, "), what="the Train page")
    screen.key("ctrl+q")
    output, errors = process.communicate(timeout=15)
    assert (process.returncode, output, errors) == (0, "", "")
