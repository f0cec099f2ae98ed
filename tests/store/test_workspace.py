"""The workspace: made where it is missing, refused where it cannot be, tidied of what died."""

import os
import threading
import time

import pytest

from studio.core.errors import WorkspaceError
from studio.store.atomic import write_document
from studio.store.lock import ProcessLock
from studio.store.workspace import FOLDERS, Workspace, new_id


def test_a_new_workspace(tmp_path):
    workspace = Workspace(tmp_path / "deep" / "workspace")
    assert sorted(os.listdir(workspace.path)) == sorted([*FOLDERS, "workspace.json"])
    assert workspace.path.stat().st_mode & 0o777 == 0o700
    before = (workspace.path / "workspace.json").read_bytes()
    assert Workspace(workspace.path).path == workspace.path
    assert (workspace.path / "workspace.json").read_bytes() == before


def test_many_make_it_at_once(tmp_path):
    faults = []

    def make():
        try:
            Workspace(tmp_path / "a" / "workspace")
        except WorkspaceError as error:
            faults.append(error)

    for _ in range(10):
        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert faults == []


def test_what_is_in_the_folder_already_stays(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    Workspace(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("below", ["", "workspace", "deep/workspace"])
def test_a_file_in_the_way(tmp_path, below):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(WorkspaceError, match=r"cannot be used: .*Choose another with --workspace\."):
        Workspace(tmp_path / "file" / below)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_newer_workspace_is_refused(workspace):
    write_document(workspace.path / "workspace.json", {}, version=2)
    with pytest.raises(WorkspaceError, match="newer studio"):
        Workspace(workspace.path)


@pytest.mark.fault("C8")
def test_a_read_only_disk(tmp_path, read_only):
    Workspace(tmp_path / "old")
    read_only(tmp_path)
    # What is there can be looked at; nothing new can be made.
    assert Workspace(tmp_path / "old").entries("runs") == []
    with pytest.raises(WorkspaceError, match="the disk is read-only"):
        Workspace(tmp_path / "new")


def test_a_full_disk(small_disk):
    with pytest.raises(OSError, match="space"), open(small_disk / "big", "wb") as file:
        file.write(b"x" * 100_000)
    with pytest.raises(WorkspaceError, match="the disk is full; free some space and try again"):
        Workspace(small_disk / "workspace")
    (small_disk / "big").unlink()
    assert Workspace(small_disk / "workspace").entries("runs") == []


def test_entries_are_whole_and_in_order(workspace):
    folder = workspace.folder("models")
    for number, name in enumerate(["b", "a", ".half.tmp", "c"]):
        (folder / name).mkdir()
        os.utime(folder / name, (number, number))
    (folder / "file").touch()
    assert [path.name for path in workspace.entries("models")] == ["b", "a", "c"]


@pytest.mark.fault("C12")
def test_throw_away_twice(workspace):
    for text in ("first", "second"):
        folder = workspace.folder("models") / "m"
        folder.mkdir()
        (folder / "file").write_text(text)
        assert (workspace.throw_away(folder) / "file").read_text() == text
    assert len(os.listdir(workspace.folder("trash"))) == 2
    with pytest.raises(WorkspaceError, match="is gone already"):
        workspace.throw_away(folder)


@pytest.mark.fault("C12")
def test_put_back_undoes_throw_away(workspace):
    folder = workspace.folder("datasets") / "d"
    folder.mkdir()
    (folder / "file").write_text("kept")
    os.utime(folder, (5, 5))
    place = workspace.throw_away(folder)
    assert not folder.exists()
    workspace.put_back(place, folder)
    assert (folder / "file").read_text() == "kept"
    assert folder.stat().st_mtime == 5
    assert os.listdir(workspace.folder("trash")) == []


@pytest.mark.fault("C12")
def test_put_back_replaces_nothing(workspace):
    folder = workspace.folder("datasets") / "d"
    folder.mkdir()
    place = workspace.throw_away(folder)
    folder.mkdir()
    with pytest.raises(WorkspaceError, match=r"There is something at .*/d again"):
        workspace.put_back(place, folder)
    assert place.is_dir()


def test_put_back_what_has_gone(workspace):
    folder = workspace.folder("datasets") / "d"
    folder.mkdir()
    place = workspace.throw_away(folder)
    place.rmdir()
    with pytest.raises(WorkspaceError, match="has gone from the trash"):
        workspace.put_back(place, folder)
    folder.mkdir()
    place = workspace.throw_away(folder)
    workspace.folder("datasets").rmdir()
    with pytest.raises(WorkspaceError, match="datasets is missing"):
        workspace.put_back(place, folder)
    assert place.is_dir()


def test_leftovers_of_the_dead_are_removed(workspace):
    old = time.time() - 7200
    kept = ["runs/good", "runs/.hidden", "datasets/.young.tmp", "jobs/living", "jobs/young", "trash/thrown"]
    gone = ["runs/.half.tmp", "models/.half.tmp", "jobs/dead"]
    for name in [*kept, *gone]:
        (workspace.path / name).mkdir()
        (workspace.path / name / "file").touch()
    (workspace.path / "gallery" / ".picture.png.1234.tmp").touch()
    lock = ProcessLock(workspace.path / "jobs" / "living" / "lock")
    assert lock.acquire()
    for name in [*kept, *gone, "gallery/.picture.png.1234.tmp"]:
        if not name.endswith(("young", "young.tmp")):
            os.utime(workspace.path / name, (old, old))
    workspace.remove_leftovers()
    for name in kept:
        assert (workspace.path / name / "file").exists(), name
    for name in [*gone, "gallery/.picture.png.1234.tmp"]:
        assert not (workspace.path / name).exists(), name
    lock.release()


def test_leftovers_on_a_read_only_disk(workspace, read_only):
    (workspace.path / "runs" / ".file.tmp").touch()
    os.utime(workspace.path / "runs" / ".file.tmp", (1, 1))
    read_only(workspace.path)
    workspace.remove_leftovers()
    assert (workspace.path / "runs" / ".file.tmp").exists()


@pytest.mark.parametrize(
    ("name", "slug"),
    [("My Run", "my-run"), ("Ärger & Œuvre", "arger-uvre"), ("../../etc", "etc"), ("☃", "item"), ("", "item")],
)
def test_ids(name, slug):
    id = new_id(name)
    assert id.rpartition("-")[0] == slug
    assert len(id.rpartition("-")[2]) == 6
    assert new_id(name) != id
