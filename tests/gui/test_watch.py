"""The watch tells what lies in the workspace and what its runs do, and that the workspace has gone."""

import pytest

from studio.core.modality import ImageSpec
from studio.desk.snapshot import WorkspaceWatch
from studio.gui.bridge import Bridge
from studio.gui.watch import Watch
from studio.store.atomic import new_folder
from studio.store.dataset import DatasetDocument, write_dataset_document
from studio.store.lock import ProcessLock
from studio.store.run import RunDocument, RunStatus, create_run, write_status


@pytest.fixture
def watch(app, workspace):
    bridge = Bridge()
    made = Watch(workspace, bridge)
    made.told = []
    made.changed.connect(made.told.append)
    made.start()
    yield made
    made.close()
    bridge.close()


@pytest.fixture
def add_dataset(workspace):
    def add(id="d-1", name="digits", created=1.0):
        folder = workspace.folder("datasets") / id
        document = DatasetDocument(id=id, name=name, spec=ImageSpec(shape=(2, 3, 1)), count=4, created=created)
        with new_folder(folder) as unfinished:
            write_dataset_document(unfinished, document)
        return folder

    return add


@pytest.fixture
def add_run(workspace):
    def add(name="a run", created=1.0):
        document = RunDocument(
            id="", name=name, dataset="d", dataset_name="d", fingerprint="f", family="vae", created=created
        )
        return create_run(workspace, document)

    return add


def test_a_data_set_that_appears_and_goes(watch, workspace, add_dataset, wait_until):
    folder = add_dataset()
    watch.look_now()
    wait_until(lambda: watch.snapshot.datasets)
    row = watch.snapshot.datasets[0]
    assert (row.folder, row.document.name, row.error) == (folder, "digits", "")
    workspace.throw_away(folder)
    watch.look_now()
    wait_until(lambda: len(watch.told) == 2)
    assert [len(each.datasets) for each in watch.told] == [1, 0]


def test_the_oldest_comes_first(watch, add_dataset, add_run, wait_until):
    for number, created in enumerate((30.0, 10.0, 20.0)):
        add_dataset(f"d-{number}", f"set {number}", created)
        add_run(f"run {number}", created)
    watch.look_now()
    wait_until(lambda: len(watch.snapshot.runs) == 3)
    assert [row.document.name for row in watch.snapshot.datasets] == ["set 1", "set 2", "set 0"]
    assert [row.name for row in watch.snapshot.runs] == ["run 1", "run 2", "run 0"]


def test_a_run_that_works_and_ends(watch, add_run, wait_until):
    folder = add_run()
    lock = ProcessLock(folder / "lock")
    assert lock.acquire()
    write_status(folder, RunStatus(state="running", step=1))
    watch.look_now()
    wait_until(lambda: watch.snapshot.runs and watch.snapshot.runs[0].status.state == "running")
    assert watch.snapshot.runs[0].live
    write_status(folder, RunStatus(state="running", step=2))
    watch.look_now()
    wait_until(lambda: watch.snapshot.runs[0].status.step == 2)
    write_status(folder, RunStatus(state="finished", step=3))
    lock.release()
    watch.look_now()
    wait_until(lambda: watch.snapshot.runs[0].status.state == "finished")
    assert not watch.snapshot.runs[0].live


def test_a_trainer_that_is_killed_is_seen_though_no_file_changes(watch, add_run, wait_until):
    folder = add_run()
    lock = ProcessLock(folder / "lock")
    assert lock.acquire()
    write_status(folder, RunStatus(state="running", step=7))
    wait_until(lambda: watch.snapshot.runs and watch.snapshot.runs[0].status.state == "running")
    lock.release()
    wait_until(lambda: watch.snapshot.runs[0].status.state == "interrupted")
    assert "step 7" in watch.snapshot.runs[0].status.message


def test_a_heartbeat_alone_is_no_news(watch, add_run, wait_until):
    folder = add_run()
    lock = ProcessLock(folder / "lock")
    assert lock.acquire()
    write_status(folder, RunStatus(state="running", step=7))
    wait_until(lambda: watch.snapshot.runs and watch.snapshot.runs[0].status.step == 7)
    told = len(watch.told)
    write_status(folder, RunStatus(state="running", step=7))
    # What comes after it has been seen, so the beat has been looked at.
    (folder.parents[1] / "models" / "m").mkdir()
    watch.look_now()
    wait_until(lambda: watch.snapshot.models)
    assert len(watch.told) == told + 1
    lock.release()


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"format": 1}', b'{"format": 99}'])
def test_a_damaged_document_is_listed_with_what_is_wrong(watch, add_dataset, add_run, wait_until, data):
    whole = add_dataset("d-2", "whole", 2.0)
    (add_dataset() / "spec.json").write_bytes(data)
    (add_run() / "run.json").write_bytes(data)
    watch.look_now()
    wait_until(lambda: len(watch.snapshot.datasets) == 2 and watch.snapshot.datasets[0].document is None)
    wait_until(lambda: watch.snapshot.runs)
    damaged, other = watch.snapshot.datasets
    assert "spec.json" in damaged.error
    assert other.folder == whole
    assert other.document.name == "whole"
    run = watch.snapshot.runs[0]
    assert run.document is None
    assert "run.json" in run.error
    assert run.name == run.folder.name
    assert watch.snapshot.problem == ""


def test_a_document_that_is_mended_is_read_again(watch, add_dataset, wait_until):
    folder = add_dataset()
    wait_until(lambda: watch.snapshot.datasets)
    good = (folder / "spec.json").read_bytes()
    (folder / "spec.json").write_bytes(b"{")
    wait_until(lambda: watch.snapshot.datasets[0].error)
    (folder / "spec.json").write_bytes(good)
    wait_until(lambda: watch.snapshot.datasets[0].document is not None)
    (folder / "spec.json").unlink()
    wait_until(lambda: "cannot be read" in watch.snapshot.datasets[0].error)


@pytest.mark.fault("C8")
def test_the_workspace_is_pulled_away_and_brought_back(watch, workspace, add_dataset, wait_until):
    add_dataset()
    wait_until(lambda: watch.snapshot.datasets)
    away = workspace.path.with_name("away")
    workspace.path.rename(away)
    watch.look_now()
    wait_until(lambda: watch.snapshot.problem)
    assert str(workspace.path) in watch.snapshot.problem
    assert "bring it back" in watch.snapshot.problem
    # What was known stays in view.
    assert watch.snapshot.datasets
    away.rename(workspace.path)
    watch.look_now()
    wait_until(lambda: not watch.snapshot.problem)
    assert watch.snapshot.datasets[0].document.name == "digits"


def test_one_of_its_folders_is_gone(watch, workspace, wait_until):
    workspace.folder("models").rmdir()
    watch.look_now()
    wait_until(lambda: watch.snapshot.problem)
    assert "cannot be read" in watch.snapshot.problem
    workspace.folder("models").mkdir()
    wait_until(lambda: not watch.snapshot.problem)


def test_closing_ends_the_thread(watch):
    watch.close()
    assert not watch._watch._thread.is_alive()


def test_a_watch_that_never_began_can_be_closed(workspace):
    WorkspaceWatch(workspace, print).close()
