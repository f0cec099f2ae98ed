"""Links inside a workspace: refused and shown as foreign, never followed to what lies outside."""

import os
import shutil
import sqlite3

import pytest
import torch

from studio.core.errors import DataError, ForeignEntryError, WorkspaceError
from studio.data.dataset import open_dataset
from studio.store.atomic import write_document
from studio.store.curve import CurveDatabase
from studio.store.dataset import list_datasets
from studio.store.gallery import list_batches
from studio.store.lock import ProcessLock, is_locked
from studio.store.metrics import RunDatabase
from studio.store.model import list_models, read_manifest
from studio.store.queue import Queue
from studio.store.run import list_runs, read_run, remove_run
from studio.store.workspace import Workspace
from studio.testing import toy_dataset
from studio.train.checkpoint import Checkpoint, CheckpointFolder

pytestmark = pytest.mark.fault("C14")


def checkpoint(step):
    groups = {name: {} for name in ("modules", "averaged", "optimizers", "random", "state")}
    groups["modules"]["net/weight"] = torch.ones(3)
    return Checkpoint(step, groups, {"best": None})


def replace_by_link(path, target):
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()
    path.symlink_to(target)


@pytest.mark.parametrize("name", ["checkpoints", "previews"])
def test_a_linked_folder_of_a_run_is_shown_as_foreign(make_run, workspace, outside, name):
    """S1: a run whose checkpoints were a link had the folders behind it pruned."""
    folder = make_run()
    replace_by_link(folder / name, outside)
    ((_, error),) = list_runs(workspace)
    assert isinstance(error, ForeignEntryError)
    assert f"{folder / name} is a link" in str(error)
    with pytest.raises(ForeignEntryError):
        read_run(folder)


def test_checkpoints_behind_a_link_are_neither_written_nor_pruned(make_run, outside):
    """S1: the same, for a link that came after the run was opened."""
    folder = make_run()
    checkpoints = CheckpointFolder(folder / "checkpoints", keep=1)
    checkpoints.save(checkpoint(1))
    replace_by_link(folder / "checkpoints", outside)
    for action in (lambda: checkpoints.save(checkpoint(7)), checkpoints.newest, checkpoints.best):
        with pytest.raises(ForeignEntryError, match="is a link"):
            action()


def test_a_linked_checkpoint_counts_as_none(make_run, outside):
    folder = make_run()
    checkpoints = CheckpointFolder(folder / "checkpoints", keep=1)
    (folder / "checkpoints" / "step-5").symlink_to(outside / "step-5")
    checkpoints.save(checkpoint(6))
    checkpoints.save(checkpoint(7))
    assert checkpoints.steps() == [7]
    assert (folder / "checkpoints" / "step-5").is_symlink()


@pytest.mark.parametrize("name", ["state.json", "modules.safetensors"])
def test_a_file_of_a_checkpoint_that_is_a_link_is_damage(make_run, tmp_path, name):
    folder = make_run()
    checkpoints = CheckpointFolder(folder / "checkpoints")
    checkpoints.save(checkpoint(1))
    checkpoints.save(checkpoint(2))
    path = folder / "checkpoints" / "step-2" / name
    path.rename(tmp_path / name)
    path.symlink_to(tmp_path / name)
    found = checkpoints.newest()
    assert found.step == 1
    assert "is a link" in found.skipped[0]


def test_an_entry_that_is_a_link_is_shown_and_can_be_removed(workspace, outside):
    for kind, rows in (("runs", list_runs), ("datasets", list_datasets), ("models", list_models)):
        (workspace.folder(kind) / "elsewhere").symlink_to(outside)
        ((folder, error),) = rows(workspace)
        assert folder.name == "elsewhere"
        assert isinstance(error, ForeignEntryError)
    place = remove_run(workspace, "elsewhere")
    assert place.is_symlink()
    assert list_runs(workspace) == []


def test_a_workspace_whose_folder_is_a_link_is_refused(workspace, outside):
    replace_by_link(workspace.path / "runs", outside)
    with pytest.raises(ForeignEntryError, match="runs is a link"):
        Workspace(workspace.path)


def test_a_database_that_is_a_link_is_neither_read_nor_altered(studio, make_run, outside, tmp_path):
    """S5: ``runs show`` made its tables in whatever database a link led to."""
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE diary (line TEXT)")
    connection.close()
    before = foreign.read_bytes()
    folder = make_run()
    (folder / "metrics.db").symlink_to(foreign)
    with pytest.raises(WorkspaceError, match="is a link"):
        RunDatabase(folder)
    with pytest.raises(WorkspaceError, match="is a link"):
        CurveDatabase(folder)
    done = studio("runs", "show", folder.name)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "is a link" in done.stderr
    assert foreign.read_bytes() == before
    assert sorted(path.name for path in tmp_path.glob("foreign*")) == ["foreign.db"]


def test_to_look_at_a_run_alters_nothing(studio, make_run):
    """S5: showing opens for reading only."""
    folder = make_run()
    assert studio("runs", "show", folder.name).returncode == 0
    assert not (folder / "metrics.db").exists()


def test_the_other_name_of_a_foreign_database_is_not_written(make_run, tmp_path):
    foreign = tmp_path / "foreign.db"
    sqlite3.connect(foreign).execute("CREATE TABLE diary (line TEXT)").connection.close()
    folder = make_run()
    os.link(foreign, folder / "metrics.db")
    with pytest.raises(ForeignEntryError, match="hard link"):
        RunDatabase(folder)


def test_the_queue_behind_a_link_is_refused(workspace, tmp_path):
    (workspace.path / "studio.db").symlink_to(tmp_path / "other.db")
    with pytest.raises(WorkspaceError, match="is a link"):
        Queue(workspace)
    assert not (tmp_path / "other.db").exists()


def test_a_lock_behind_a_link_is_not_taken(make_run, tmp_path):
    folder = make_run()
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (folder / "lock").symlink_to(victim)
    with pytest.raises(ForeignEntryError, match="link"):
        ProcessLock(folder / "lock").acquire()
    assert not is_locked(folder / "lock")
    assert victim.read_text() == "precious"


def test_a_document_behind_a_link_is_foreign(make_run, workspace, tmp_path):
    folder = make_run()
    (folder / "run.json").rename(tmp_path / "run.json")
    (folder / "run.json").symlink_to(tmp_path / "run.json")
    ((_, error),) = list_runs(workspace)
    assert isinstance(error, ForeignEntryError)


@pytest.mark.parametrize("name", ["items.npy", "labels.npy", "splits.npy"])
def test_an_array_of_a_data_set_behind_a_link_is_foreign(workspace, tmp_path, name):
    toy_dataset(workspace)
    (folder,) = workspace.entries("datasets")
    (folder / name).rename(tmp_path / name)
    (folder / name).symlink_to(tmp_path / name)
    with pytest.raises(DataError, match="is a link"):
        open_dataset(folder)
    ((_, error),) = list_datasets(workspace)
    assert isinstance(error, ForeignEntryError)


def test_the_file_of_a_model_behind_a_link_is_foreign(workspace, tmp_path):
    folder = workspace.folder("models") / "m"
    folder.mkdir()
    (tmp_path / "other.onnx").write_bytes(b"")
    (folder / "sample.onnx").symlink_to(tmp_path / "other.onnx")
    with pytest.raises(ForeignEntryError):
        read_manifest(folder)


def test_the_samples_of_a_batch_behind_a_link_are_foreign(workspace, tmp_path):
    from studio.store.atomic import write_document

    folder = workspace.folder("gallery") / "b"
    folder.mkdir()
    write_document(folder / "batch.json", {"id": "b", "seed": 0, "count": 1})
    (tmp_path / "samples.npy").write_bytes(b"")
    (folder / "samples.npy").symlink_to(tmp_path / "samples.npy")
    ((_, error),) = list_batches(workspace)
    assert isinstance(error, ForeignEntryError)


def test_a_log_behind_a_link_is_not_appended_to(make_run, workspace, tmp_path):
    from studio.jobs.process import start_detached

    folder = make_run()
    victim = tmp_path / "victim.txt"
    victim.write_text("precious")
    (folder / "log.txt").symlink_to(victim)
    with pytest.raises(ForeignEntryError, match="link"):
        start_detached("studio.no_such_module", [], folder / "log.txt")
    assert victim.read_text() == "precious"


def test_nothing_is_written_into_an_entry_that_is_a_link(workspace, make_run, outside):
    """Whoever holds the path of an entry may write there later, when it has become a link."""
    from studio.core.manifest import Manifest
    from studio.jobs.control import resume_run
    from studio.store.gallery import mark_batch
    from studio.store.model import write_manifest
    from studio.store.run import RunStatus, write_status

    link = make_run()
    replace_by_link(link, outside)
    actions = [
        lambda: write_status(link, RunStatus(state="stopped")),
        lambda: resume_run(workspace, link),
        lambda: write_manifest(link, Manifest(inputs=())),
        lambda: mark_batch(link, [0], []),
    ]
    for action in actions:
        with pytest.raises(ForeignEntryError, match="is a link"):
            action()


def test_previews_behind_a_link_that_came_later_are_not_drawn(workspace, outside, monkeypatch):
    """S1: the trainer looked at the folder when it began, and never again."""
    from studio.api import Continuous, hookimpl
    from studio.testing import Trial
    from tests.train.conftest import ScriptedPlugin

    def script(session, net, opt):
        codec = session.codec(Continuous())
        for batch in session.batches():
            if session.step_count == 2:
                replace_by_link(trial.folder / "previews", outside)
            session.step(opt, ((codec.encode(batch.items) - net.mean) ** 2).mean())

    class Plugin(ScriptedPlugin):
        studio_sample = hookimpl(ScriptedPlugin.studio_sample)

    trial = Trial(Plugin(script), workspace, toy_dataset(workspace, (4, 4, 1)), {}, {"steps": 5, "preview_every": 1})
    trial.train()
    database = RunDatabase(trial.folder)
    said = [event.message for _, event in database.events() if event.kind == "no preview"]
    database.close()
    assert any("previews is a link" in message for message in said)


def test_plans_behind_a_link_are_not_written(make_run, outside):
    from studio.train.record import PlanRecord

    folder = make_run()
    record = PlanRecord(folder)
    replace_by_link(folder, outside)
    record.add_threads(0, 2)
    assert not (outside / "plans.json").exists()


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_the_kept_catalogue_is_a_file_or_nothing(outside, kind, monkeypatch, tmp_path):
    """S7: a pipe in its place kept every start waiting for ever."""
    from studio.hooks import installed
    from studio.store.place import catalogue_folder

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    installed.read_catalogue(bundled_only=True)
    (cache,) = catalogue_folder().iterdir()
    cache.unlink()
    os.mkfifo(cache) if kind == "pipe" else cache.symlink_to(outside / "step-3" / "thesis.txt")
    asked, real = [], installed.child.ask
    monkeypatch.setattr(installed.child, "ask", lambda words: asked.append(words) or real(words))
    assert len(installed.read_catalogue(bundled_only=True).families) == 5
    assert len(asked) == 1
    assert cache.is_file()
    assert not cache.is_symlink()
    assert (outside / "step-3" / "thesis.txt").exists()


@pytest.mark.parametrize("kind", ["folder", "weights"])
def test_a_classifier_behind_a_link_is_not_taken(workspace, outside, kind):
    from studio.evaluate.image import classifier

    folder = workspace.folder("datasets") / toy_dataset(workspace, (8, 8, 1), 2, 96).document.id
    place = folder / classifier.CLASSIFIER_FOLDER
    if kind == "folder":
        place.symlink_to(outside)
    else:
        place.mkdir()
        fingerprint = open_dataset(folder).document.fingerprint
        values = {"recipe": 2, "fingerprint": fingerprint, "sha256": "", "accuracy": 1.0}
        write_document(place / "classifier.json", values)
        os.mkfifo(place / "weights.safetensors")
    with pytest.raises(ForeignEntryError, match=r"is a link|is no file"):
        classifier.load_or_train_classifier(folder)
