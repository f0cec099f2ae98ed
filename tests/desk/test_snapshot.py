"""The workspace at one moment: read again only where it changed, damaged and foreign entries among the rest."""

import os
import time

import pytest

from studio.core.manifest import Manifest
from studio.core.modality import ImageSpec
from studio.desk import snapshot
from studio.desk.snapshot import RunRow, WorkspaceReader, WorkspaceWatch
from studio.store.dataset import DatasetDocument, write_dataset_document
from studio.store.lock import ProcessLock
from studio.store.model import write_manifest
from studio.store.run import RunDocument, RunStatus, create_run, write_status


@pytest.fixture
def reader(workspace):
    return WorkspaceReader(workspace)


@pytest.fixture
def add_run(workspace):
    def make(name="a run", created=1.0):
        about = {"dataset": "d", "dataset_name": "d", "fingerprint": "f", "family": "vae"}
        return create_run(workspace, RunDocument(id="", name=name, created=created, **about))

    return make


@pytest.fixture
def add_dataset(workspace):
    def make(id, created=1.0):
        folder = workspace.folder("datasets") / id
        folder.mkdir()
        spec = ImageSpec(shape=(2, 3, 1))
        write_dataset_document(folder, DatasetDocument(id=id, name=id, spec=spec, count=4, created=created))
        return folder

    return make


@pytest.fixture
def add_model(workspace):
    def make(id, created=100, run=""):
        folder = workspace.folder("models") / id
        folder.mkdir()
        (folder / "sample.onnx").write_bytes(b"onnx")
        os.utime(folder / "sample.onnx", (created, created))
        write_manifest(folder, Manifest(inputs=(), model=id, run=run))
        return folder

    return make


def test_every_list_begins_with_the_oldest(reader, add_run, add_dataset, add_model):
    late, early = add_run("late", 9.0), add_run("early", 2.0)
    data = [add_dataset("b", 5.0), add_dataset("a", 6.0)]
    models = [add_model("y", 100, "r-1"), add_model("x", 200)]
    found = reader.read()
    assert [row.folder for row in found.runs] == [early, late]
    assert [row.folder for row in found.datasets] == data
    assert [row.folder for row in found.models] == models
    assert ([row.run for row in found.models], found.problem) == (["r-1", ""], "")


def test_documents_that_did_not_change_are_not_read_again(reader, add_dataset, monkeypatch):
    read = []
    real = snapshot.read_dataset_document
    monkeypatch.setattr(snapshot, "read_dataset_document", lambda folder: read.append(folder.name) or real(folder))
    first, _ = add_dataset("a"), add_dataset("b")
    before = reader.read()
    assert reader.read() == before
    assert read == ["a", "b"]
    os.utime(first / "spec.json", (5, 5))
    reader.read()
    assert read == ["a", "b", "a"]


def test_what_is_damaged_or_foreign_is_a_row_with_its_reason(reader, workspace, add_run, add_dataset, tmp_path):
    (add_run() / "run.json").write_bytes(b"{")
    (add_dataset("a") / "spec.json").unlink()
    (workspace.folder("models") / "link").symlink_to(tmp_path)
    found = reader.read()
    (run,), (data,), (model,) = found.runs, found.datasets, found.models
    assert (run.document, data.document, model.manifest) == (None, None, None)
    assert "damaged" in run.error
    assert data.error
    assert "is a link" in model.error
    assert run.name == run.folder.name
    assert model.run == ""


def test_a_status_whose_process_is_gone_is_seen_though_no_file_changed(reader, add_run):
    folder = add_run()
    write_status(folder, RunStatus(state="running", step=3))
    lock = ProcessLock(folder / "lock")
    assert lock.acquire()
    (row,) = reader.read().runs
    assert (row.status.state, row.live) == ("running", True)
    lock.release()
    (row,) = reader.read().runs
    assert (row.status.state, row.live) == ("interrupted", False)


def test_a_heartbeat_alone_is_no_news(reader, add_run):
    folder = add_run()
    write_status(folder, RunStatus(state="stopped", step=3, heartbeat=5.0))
    before = reader.read()
    write_status(folder, RunStatus(state="stopped", step=3, heartbeat=6.0))
    assert reader.read() == before
    write_status(folder, RunStatus(state="stopped", step=4, heartbeat=6.0))
    assert reader.read() != before


def test_a_model_whose_file_changed_is_read_again(reader, add_model, monkeypatch):
    folder = add_model("m")
    read = []
    real = snapshot.read_manifest
    monkeypatch.setattr(snapshot, "read_manifest", lambda path: read.append(path.name) or real(path))
    reader.read()
    os.utime(folder / "sample.onnx", (300, 300))
    (row,) = reader.read().models
    assert read == ["m", "m"]
    assert row.created == 300


def test_what_went_is_gone(reader, workspace, add_dataset):
    folder = add_dataset("a")
    assert len(reader.read().datasets) == 1
    workspace.throw_away(folder)
    assert reader.read().datasets == ()


def test_a_queued_run_is_live(tmp_path):
    assert RunRow(tmp_path, None, RunStatus(state="queued")).live
    assert not RunRow(tmp_path, None, RunStatus(state="finished")).live


@pytest.fixture
def watch(workspace, monkeypatch):
    monkeypatch.setattr("studio.desk.snapshot._PERIOD_S", 0.02)
    told = []
    made = WorkspaceWatch(workspace, told.append)
    made.told = told
    made.start()
    yield made
    made.close()


def told(watch, count):
    until = time.monotonic() + 10
    while len(watch.told) < count:
        assert time.monotonic() < until
        time.sleep(0.005)
    return watch.told[count - 1]


def test_only_what_differs_is_told(watch, workspace):
    (workspace.folder("models") / "m").mkdir()
    watch.look_now()
    assert [row.folder.name for row in told(watch, 1).models] == ["m"]
    for _ in range(5):
        watch.look_now()
        time.sleep(0.02)
    assert len(watch.told) == 1


def test_a_fault_of_ours_is_reported_and_the_watch_goes_on(watch, workspace, monkeypatch):
    import threading

    reported = []
    monkeypatch.setattr(threading, "excepthook", lambda seen: reported.append(seen.exc_type))
    read = watch._reader.read
    monkeypatch.setattr(watch._reader, "read", lambda: 1 / 0)
    assert told(watch, 1).problem.startswith("The workspace cannot be watched: ")
    assert ZeroDivisionError in reported
    monkeypatch.setattr(watch._reader, "read", read)
    assert told(watch, 2).problem == ""
