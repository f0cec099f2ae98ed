"""Runs on disk, and their status as it really is."""

import json
import os

import pytest

from studio.core.errors import DataError, WorkspaceError
from studio.store.lock import ProcessLock
from studio.store.run import (
    RunStatus,
    create_run,
    find_run,
    list_runs,
    read_run,
    read_status,
    remove_run,
    write_status,
)


@pytest.fixture
def alive():
    """Take a run's lock, as its trainer does."""
    locks = []

    def take(folder):
        lock = ProcessLock(folder / "lock")
        assert lock.acquire()
        locks.append(lock)
        return lock

    yield take
    for lock in locks:
        lock.release()


def test_a_new_run(make_run, workspace):
    folder = make_run("Ä run / of “mine”", seed=7, settings={"lr": 0.1})
    assert folder.parent == workspace.path / "runs"
    assert sorted(os.listdir(folder)) == [".status.spare", "checkpoints", "previews", "run.json", "status.json"]
    document = read_run(folder)
    assert document.id == folder.name
    assert (document.name, document.seed, document.settings) == ("Ä run / of “mine”", 7, {"lr": 0.1})
    assert folder.name.startswith("a-run-of-mine-")
    assert read_status(folder).state == "queued"


def test_names_that_make_no_id(make_run):
    for name in ("", "../..", "☃", "\x1b[31m\n", "x" * 300):
        folder = make_run(name)
        assert read_run(folder).name == name
        assert len(folder.name) <= 47
        assert folder.name.replace("-", "").isalnum()


@pytest.mark.parametrize("state", ["queued", "paused", "stopped", "failed", "finished"])
def test_a_resting_state_stays(make_run, state):
    folder = make_run()
    write_status(folder, RunStatus(state=state, step=5))
    assert read_status(folder).state == state


def test_running_without_a_process_is_interrupted(make_run, alive):
    folder = make_run()
    write_status(folder, RunStatus(state="running", step=1234, steps_per_second=5.0))
    lock = alive(folder)
    assert read_status(folder).state == "running"
    lock.release()
    status = read_status(folder)
    assert status.state == "interrupted"
    assert status.message.startswith("The trainer ended without a word at step 1234; ")
    assert status.message.endswith("log.txt may say why.")
    assert status.steps_per_second == 0


@pytest.mark.parametrize("data", [b"", b"{}", b'{"format": 1, "state": "dancing"}', b'{"format": 1, "step": "many"}'])
def test_a_damaged_status_is_interrupted(make_run, data):
    folder = make_run()
    (folder / "status.json").write_bytes(data)
    status = read_status(folder)
    assert status.state == "interrupted"
    assert status.message == "The status was damaged; the checkpoints are untouched."


def test_a_missing_status_is_interrupted(make_run):
    folder = make_run()
    (folder / "status.json").unlink()
    assert read_status(folder).state == "interrupted"


def test_seconds_left():
    assert RunStatus(step=10, total=30, steps_per_second=2.0).seconds_left == 10
    assert RunStatus(step=40, total=30, steps_per_second=2.0).seconds_left == 0
    assert RunStatus(step=10, total=0, steps_per_second=2.0).seconds_left is None
    assert RunStatus(step=10, total=30).seconds_left is None


def test_runs_are_listed_in_the_order_they_were_made(make_run, workspace):
    folders = [make_run(f"run {number}", created=float(number)) for number in (1, 2, 3)]
    # A heartbeat touches the folder; the order stays.
    write_status(folders[0], RunStatus(state="finished"))
    assert [folder for folder, _ in list_runs(workspace)] == folders


def test_a_damaged_run_is_listed_with_its_error(make_run, workspace):
    good, bad = make_run("good"), make_run("bad")
    (bad / "run.json").write_bytes(b'{"format": 1, "id": 3}')
    rows = dict(list_runs(workspace))
    assert rows[good].name == "good"
    assert isinstance(rows[bad], WorkspaceError)
    assert "is damaged; the run can be removed, not continued" in str(rows[bad])
    with pytest.raises(WorkspaceError, match="is damaged"):
        find_run(workspace, bad.name)


def test_what_is_no_run_is_not_listed(make_run, workspace):
    folder = make_run()
    (workspace.path / "runs" / ".half.tmp").mkdir()
    (workspace.path / "runs" / "notes.txt").write_text("x")
    assert [path.name for path, _ in list_runs(workspace)] == [folder.name]


def test_find(make_run, workspace):
    first, second, third = make_run("one"), make_run("two"), make_run("two")
    assert find_run(workspace, first.name)[0] == first
    assert find_run(workspace, "one")[0] == first
    assert find_run(workspace, third.name)[0] == third
    with pytest.raises(DataError) as raised:
        find_run(workspace, "two")
    assert str(raised.value).startswith("Several runs are called 'two'; name one by its id: ")
    assert first.name not in str(raised.value)
    assert second.name in str(raised.value)
    with pytest.raises(DataError, match=r"There is no run 'three' in .*; 'studio runs list' shows what there is\."):
        find_run(workspace, "three")


def test_an_id_goes_before_a_name(make_run, workspace):
    first = make_run("one")
    make_run(first.name)
    assert find_run(workspace, first.name)[0] == first


def test_remove_by_id_and_by_name(make_run, workspace):
    for name in ("by name", make_run("by id").name):
        folder = make_run("by name") if name == "by name" else workspace.path / "runs" / name
        place = remove_run(workspace, name)
        assert not folder.exists()
        assert place.parent == workspace.path / "trash"
        assert json.loads((place / "run.json").read_text())["id"] == folder.name


def test_a_damaged_run_can_be_removed(make_run, workspace):
    folder = make_run()
    (folder / "run.json").write_bytes(b"")
    assert (remove_run(workspace, folder.name) / "run.json").exists()


def test_a_living_run_is_not_removed(make_run, workspace, alive):
    folder = make_run()
    alive(folder)
    with pytest.raises(DataError, match=f"is at work; stop it first with 'studio runs stop {folder.name}'"):
        remove_run(workspace, folder.name)
    assert folder.exists()


@pytest.mark.parametrize("name", ["", ".", "..", "../datasets", "checkpoints", "{run}/checkpoints", "{outside}"])
def test_nothing_but_a_run_is_removed(make_run, workspace, tmp_path, name):
    """A path is no name: the person's own folders stay where they are."""
    run = make_run()
    outside = tmp_path / "photos"
    outside.mkdir()
    with pytest.raises(DataError, match="There is no run"):
        remove_run(workspace, name.format(run=run.name, outside=outside))
    assert outside.is_dir()
    assert (run / "checkpoints").is_dir()
    assert os.listdir(workspace.path / "trash") == []


def test_a_run_that_cannot_be_written_leaves_nothing(make_run, workspace, read_only):
    document = read_run(make_run())
    read_only(workspace.path / "runs")
    with pytest.raises(OSError, match="Read-only"):
        create_run(workspace, document)
    assert len(list_runs(workspace)) == 1


def test_no_two_runs_have_one_name_and_a_person_changes_it(workspace, make_run):
    from studio.core.errors import DataError
    from studio.store.run import free_name, read_run, rename_run

    first, second = make_run("vae on digits"), make_run("second")
    assert free_name(workspace, "vae on digits") == "vae on digits 2"
    assert free_name(workspace, "flow on digits") == "flow on digits"
    before = read_run(second).model_dump(exclude={"name"})
    assert rename_run(workspace, second, " better \n name ").name == "better name"
    assert read_run(second).model_dump(exclude={"name"}) == before
    for name, said in (("vae on digits", "Another run is called"), ("  ", "1 to 500"), ("x" * 501, "1 to 500")):
        with pytest.raises(DataError, match=said):
            rename_run(workspace, second, name)
    assert read_run(first).name == "vae on digits"
