"""What the studio installed: read back, and held against what the person approved."""

import os

import pytest

from studio.store.atomic import write_document
from studio.store.place import plugins_folder
from studio.store.plugin_folder import (
    Lock,
    Record,
    changed_files,
    folder_name,
    installations,
    locked_files,
    read_installation,
    write_lock,
    write_record,
)


@pytest.fixture
def installed():
    """Put a plugin of two files into its folder; gives that folder."""

    def make(name="toy", approved=True):
        folder = plugins_folder() / folder_name(name)
        site = folder / "versions" / "1.0" / "site"
        (site / "toy").mkdir(parents=True)
        (site / "toy" / "__init__.py").write_text("plugin = None\n")
        (site / "notes.txt").write_text("none\n")
        lock = Lock(name=name, version="1.0", files=locked_files(site))
        write_lock(site.parent, lock)
        write_record(folder, Record(current="1.0", approved=lock.digest) if approved else Record(waiting="1.0"))
        return folder

    return make


def test_names_are_compared_as_indexes_do():
    assert folder_name("My_Plugin..x") == "my-plugin-x"


def test_what_is_there_is_read_back(installed):
    assert installations() == []
    installed("My.Plugin")
    (found,) = installations()
    assert (found.lock.name, found.lock.version, found.problem) == ("My.Plugin", "1.0", "")
    assert sorted(found.lock.files) == ["notes.txt", "toy/__init__.py"]
    assert found.site == plugins_folder() / "my-plugin" / "versions" / "1.0" / "site"
    assert changed_files(found) == []


def test_what_was_not_approved_says_so(installed):
    found = read_installation(installed(approved=False))
    assert found.problem == "It was not approved yet: see its report card, then turn it on."
    assert found.lock.version == "1.0"


@pytest.mark.fault("F9")
def test_a_list_of_files_that_was_rewritten_is_not_what_was_approved(installed):
    folder = installed()
    site = folder / "versions" / "1.0" / "site"
    (site / "notes.txt").write_text("nine\n")
    write_lock(site.parent, Lock(name="toy", version="1.0", files=locked_files(site)))
    assert read_installation(folder).problem == "Its list of files changed since it was approved; install it again."


def _add(site):
    (site / "toy" / "more.py").write_text("")
    return ["toy/more.py"]


def _edit(site):
    (site / "notes.txt").write_text("nine\n")
    return ["notes.txt"]


def _edit_and_put_the_clock_back(site):
    path = site / "notes.txt"
    times = path.stat()
    path.write_text("nine\n")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    return ["notes.txt"]


def _remove(site):
    (site / "notes.txt").unlink()
    return ["notes.txt"]


def _link(site):
    (site / "notes.txt").rename(site.parent / "elsewhere.txt")
    (site / "notes.txt").symlink_to(site.parent / "elsewhere.txt")
    return ["notes.txt"]


def _everything(site):
    site.rename(site.with_name("gone"))
    return ["notes.txt", "toy/__init__.py"]


@pytest.mark.parametrize("change", [_add, _edit, _edit_and_put_the_clock_back, _remove, _link, _everything])
@pytest.mark.fault("F9")
def test_every_change_since_the_approval_is_seen(installed, change):
    folder = installed()
    found = read_installation(folder)
    assert changed_files(found) == []
    expected = change(found.site)
    assert changed_files(found) == expected


def test_files_that_did_not_change_are_read_once(installed, monkeypatch):
    from studio.store import plugin_folder

    read, real = [], plugin_folder._hash
    monkeypatch.setattr(plugin_folder, "_hash", lambda path: read.append(path) or real(path))
    found = read_installation(installed())
    read.clear()
    assert changed_files(found) == changed_files(found) == []
    assert len(read) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "record.json").write_text("no"),
        lambda folder: write_record(folder, Record(current="2.0")),
        lambda folder: write_record(folder, Record()),
        lambda folder: write_document(folder / "record.json", {"current": "../../x"}),
        lambda folder: (folder / "versions" / "1.0" / "lock.json").write_text('{"format": 1}'),
    ],
)
def test_a_damaged_folder_is_a_row_with_its_problem(installed, damage):
    folder = installed()
    damage(folder)
    (found,) = installations()
    assert found.problem.startswith("Its folder is damaged (")
    assert found.problem.endswith("; install it again.")
    assert "\n" not in found.problem


def test_a_folder_of_another_plugin(installed):
    folder = installed()
    folder.rename(folder.with_name("other"))
    (found,) = installations()
    assert found.problem.endswith("other holds 'toy'; install it again.")


def test_what_a_killed_installation_left_is_no_row(installed):
    (installed() / "record.json").unlink()
    assert installations() == []
