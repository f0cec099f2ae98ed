"""What goes wrong around the window while it is open: processes that die, disks that are full, a screen that goes."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from studio.gui.theme import DARK, LIGHT
from studio.store.dataset import list_datasets
from studio.store.gallery import list_batches
from studio.store.lock import is_locked
from studio.store.run import read_status
from studio.store.workspace import Workspace

WARNING, BAD = (LIGHT.warning, DARK.warning), (LIGHT.bad, DARK.bad)


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


@pytest.mark.slow
@pytest.mark.fault("B1", "B2")
def test_a_trainer_that_is_killed_is_shown_interrupted(screen, open_window, run_started):
    process, window = open_window()
    at_rest = screen.settled(window, screen.strip)
    folder = run_started(window)
    screen.poll(lambda: not screen.same(screen.shot(window, screen.strip), at_rest), what="the run in the strip")
    os.kill(read_status(folder).pid, signal.SIGKILL)
    screen.poll(lambda: read_status(folder).state == "interrupted", what="the interrupted run")
    screen.poll(lambda: screen.same(screen.shot(window, screen.strip), at_rest), 60, what="the strip at rest")
    assert process.poll() is None
    # And the window still answers.
    screen.key("ctrl+1")
    screen.poll(lambda: screen.title(window).startswith("Data, "), what="the Data page")


@pytest.mark.slow
@pytest.mark.fault("B3")
def test_a_run_outlives_the_screen(own_screen, open_window, run_started):
    process, window = open_window()
    folder = run_started(window)
    own_screen.kill()
    process.communicate(timeout=15)
    # Qt ends the window with its display; nobody else may end with it.
    step = read_status(folder).step
    own_screen.poll(lambda: read_status(folder).step > step, what="a further step")
    assert is_locked(folder / "lock")


def test_a_sampler_that_is_killed_is_started_again(screen, open_window, earlier):
    workspace, _ = earlier
    already = len(list_batches(workspace))
    process, window = open_window()
    screen.key("ctrl+3")
    screen.poll(lambda: screen.title(window).startswith("Gallery, "), what="the Gallery page")

    def sampled(count):
        def enough():
            if len(list_batches(workspace)) < count:
                screen.key("ctrl+Return")
            return len(list_batches(workspace)) >= count

        screen.poll(enough, 40, 0.3, what="samples")

    sampled(already + 1)
    [service] = [pid for pid, command in children(process.pid).items() if "studio.runtime" in command]
    os.kill(service, signal.SIGKILL)
    screen.poll(lambda: "studio.runtime" not in children(process.pid).get(service, ""), what="the end of the sampler")

    def another():
        # What was asked for before may come without it.
        screen.key("ctrl+Return")
        return [pid for pid, command in children(process.pid).items() if "studio.runtime" in command and pid != service]

    assert len(screen.poll(another, 40, 0.5, what="another sampler")) == 1
    sampled(len(list_batches(workspace)) + 1)
    assert process.poll() is None


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


@pytest.mark.fault("C8")
def test_a_read_only_workspace_can_be_looked_at(screen, open_window, studio, workspace, disk):
    assert studio("data", "add", "example:digits", "--name", "digits").returncode == 0
    disk(workspace.path, "--bind", workspace.path)
    disk(workspace.path, "-o", "remount,ro,bind")
    process, window = open_window()
    screen.poll(lambda: edge_pixels(screen.shot(window), WARNING) > 500, 10, what="the warning")
    for number, title in ((2, "Train"), (3, "Gallery"), (4, "Compare"), (5, "Plugins"), (1, "Data")):
        screen.key(f"ctrl+{number}")
        screen.poll(lambda title=title: screen.title(window).startswith(f"{title}, "), what=f"the page {title}")
    screen.key("ctrl+2")
    screen.key("ctrl+Return")
    screen.key("ctrl+1")
    screen.poll(lambda: screen.title(window).startswith("Data, "), what="the Data page")
    screen.key("ctrl+q")
    output, errors = process.communicate(timeout=15)
    assert (process.returncode, output, errors) == (0, "", "")


@pytest.mark.fault("C1")
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


@pytest.mark.fault("C1")
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
