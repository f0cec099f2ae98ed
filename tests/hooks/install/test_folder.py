"""Installing, turning on, updating, going back and removing: each whole or not at all."""

import os
import subprocess
import sys
import textwrap

import pytest

from studio.core.errors import PluginError
from studio.hooks.found import find_plugins
from studio.hooks.install import folder as installing
from studio.hooks.install.folder import approve, find_installation, put_back, put_in_place, remove, roll_back
from studio.hooks.install.plan import InstallPlan, PlannedWheel
from studio.hooks.install.wheel import read_wheel
from studio.store.lock import ProcessLock
from studio.store.place import plugins_folder
from studio.store.plugin_folder import changed_files


@pytest.fixture
def plan(wheel):
    """The plan of a wheel, without asking pip."""

    def make(*others, **options):
        wheels = [PlannedWheel(path, read_wheel(path)) for path in (wheel(**options), *others)]
        return InstallPlan(wheels[0], tuple(wheels[1:]))

    return make


@pytest.fixture
def put(plan):
    """Install a version of the plugin ``mine``, turned on."""

    def make(version="1.0"):
        put_in_place(plan(version=version, files={"toy_mine/__init__.py": "plugin = None\n"}), lambda *_: None)
        return approve("mine")

    return make


def row(name="mine"):
    return next((row for row in find_plugins() if row.name == name), None)


def test_it_is_off_until_it_was_approved_and_seen_by_its_own_process_only(plan, source):
    path = list(sys.path)
    waiting = put_in_place(plan(files={"toy_mine/__init__.py": source("mine")}), lambda *_: None)
    assert waiting.problem == "It was not approved yet: see its report card, then turn it on."
    assert row().reason == waiting.problem
    assert row().entry is None
    assert [(wheel.name, wheel.version) for wheel in waiting.lock.wheels] == [("mine", "1.0")]
    on = approve("mine")
    assert on.problem == ""
    assert row().entry is not None
    assert sys.path == path
    code = "from studio.hooks.loader import load_family; print(load_family('mine', 'mine').declared.title)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "Title\n"
    # What was imported from it is still what was approved.
    assert changed_files(on) == []
    assert row().entry is not None


@pytest.mark.fault("F9")
def test_a_file_that_changed_since_turns_it_off_until_it_is_approved_again(put):
    installed = put()
    (installed.site / "toy_mine" / "__init__.py").write_text("plugin = 1\n")
    assert row().entry is None
    assert row().reason.startswith("toy_mine/__init__.py of it changed since it was approved; look at what is there")
    approve("mine")
    assert row().entry is not None


def test_an_update_leaves_the_version_before_on_until_it_is_approved(put, plan):
    put("1.0")
    put_in_place(plan(version="2.0", files={"toy_mine/__init__.py": ""}), lambda *_: None)
    assert row().version == "1.0"
    assert row().entry is not None
    assert approve("mine").lock.version == "2.0"
    assert row().version == "2.0"
    assert roll_back("mine").lock.version == "1.0"
    assert row().version == "1.0"
    assert roll_back("mine").lock.version == "2.0"


def test_versions_that_nothing_leads_to_are_swept(put):
    for version in ("1.0", "2.0", "3.0"):
        put(version)
    folder = plugins_folder() / "mine" / "versions"
    leftover = folder / ".4.0-x.tmp"
    leftover.mkdir()
    put("4.0")
    # The one before is kept, to go back to; it was version 2 when version 4 came.
    assert sorted(name.partition("-")[0] for name in os.listdir(folder)) == ["2.0", "3.0", "4.0"]
    assert not leftover.exists()


def test_there_is_nothing_to_go_back_to(put):
    put()
    with pytest.raises(PluginError, match=r"There is no version of 'mine' before 1\.0 to go back to"):
        roll_back("mine")


def test_removed_and_put_back(put):
    put()
    gone = remove("mine")
    assert row() is None
    put_back(gone)
    assert row().entry is not None
    with pytest.raises(PluginError, match="cannot be put back"):
        put_back(gone)


@pytest.mark.parametrize("name", ["nothing", "", "..", "../mine", ".removed"])
def test_what_is_not_there(name):
    for act in (find_installation, approve, roll_back, remove):
        with pytest.raises(PluginError):
            act(name)


def test_one_change_at_a_time(put):
    put()
    lock = ProcessLock(plugins_folder() / ".lock")
    assert lock.acquire()
    try:
        # A second descriptor of this process is another owner.
        with pytest.raises(PluginError, match="Another plugin is being installed or removed"):
            remove("mine")
    finally:
        lock.release()
    remove("mine")


@pytest.mark.fault("F7")
def test_two_wheels_with_one_file_leave_the_state_before(put, plan, wheel, tree):
    put()
    before = {path for path in plugins_folder().rglob("*") if path.name != "seen.json"}
    other = wheel("other", files={"toy_mine/__init__.py": "x"}, entries="")
    with pytest.raises(PluginError, match="which another of its wheels has brought"):
        put_in_place(plan(other, version="2.0", files={"toy_mine/__init__.py": ""}), lambda *_: None)
    assert {path for path in plugins_folder().rglob("*") if path.name != "seen.json"} == before
    assert row().version == "1.0"


@pytest.mark.parametrize("step", ["unpack_wheel", "locked_files", "write_lock", "write_record"])
@pytest.mark.fault("F7")
def test_killed_at_any_step_the_state_before_is_there(put, wheel, step, tmp_path):
    put("1.0")
    path = wheel(version="2.0", files={"toy_mine/__init__.py": ""})
    code = f"""
        import os
        from pathlib import Path
        from studio.hooks.install import folder
        from studio.hooks.install.plan import InstallPlan, PlannedWheel
        from studio.hooks.install.wheel import read_wheel
        folder.{step} = lambda *words: os.kill(os.getpid(), 9)
        path = Path({str(path)!r})
        folder.put_in_place(InstallPlan(PlannedWheel(path, read_wheel(path))), lambda *words: None)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert done.returncode == -9
    assert row().version == "1.0"
    assert row().entry is not None
    assert put("2.0").lock.version == "2.0"


@pytest.mark.fault("F7")
def test_a_full_disk_leaves_the_state_before(put, plan, monkeypatch):
    put("1.0")

    def full(*words):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(installing, "unpack_wheel", full)
    with pytest.raises(OSError, match="No space"):
        put_in_place(plan(version="2.0", files={"toy_mine/__init__.py": ""}), lambda *_: None)
    monkeypatch.undo()
    assert not list((plugins_folder() / "mine" / "versions").glob(".*"))
