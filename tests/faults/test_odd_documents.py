"""One odd document in a workspace costs one row, never a page, a list or a process."""

import json
import os
import sqlite3
import time

import numpy as np
import pytest

from studio.core.errors import WorkspaceError
from studio.store.atomic import write_document
from studio.store.curve import CurveDatabase
from studio.store.dataset import list_datasets
from studio.store.gallery import list_batches
from studio.store.metrics import RunDatabase
from studio.store.model import list_models
from studio.store.run import RunStatus, list_runs, read_status, write_status
from studio.testing import toy_dataset

pytestmark = pytest.mark.fault("C7")
MOMENTS = ["NaN", "Infinity", "-Infinity", "1e300", "1e999", "-1", '"soon"', "[]", "null"]


def change(path, key, text):
    document = json.loads(path.read_text())
    assert key in document
    document[key] = "@@"
    path.write_text(json.dumps(document).replace('"@@"', text))


@pytest.mark.parametrize("text", MOMENTS)
def test_a_run_made_at_no_time_is_one_row(studio_answer, make_run, workspace, text):
    """S7: a date that no calendar has broke the whole page."""
    bad, good = make_run("bad"), make_run("good")
    change(bad / "run.json", "created", text)
    rows = dict(list_runs(workspace))
    assert isinstance(rows[bad], WorkspaceError)
    assert rows[good].name == "good"


@pytest.mark.parametrize("text", MOMENTS)
def test_a_data_set_made_at_no_time_is_one_row(workspace, text):
    toy_dataset(workspace)
    (folder,) = workspace.entries("datasets")
    change(folder / "spec.json", "created", text)
    ((_, error),) = list_datasets(workspace)
    assert isinstance(error, WorkspaceError)


@pytest.mark.parametrize(
    "shape", [[28, 28], [], [28, 28, 2], [0, 28, 1], [-28, 28, 1], [2**40, 2**40, 3], [1] * 50, ["x"]]
)
def test_items_of_no_shape_are_one_row(studio_answer, workspace, shape):
    """S7: ``shape: [28, 28]`` ended ``studio data list`` with a raw ValueError."""
    toy_dataset(workspace)
    (folder,) = workspace.entries("datasets")
    document = json.loads((folder / "spec.json").read_text())
    document["spec"]["shape"] = shape
    (folder / "spec.json").write_text(json.dumps(document))
    ((_, error),) = list_datasets(workspace)
    assert isinstance(error, WorkspaceError)
    (row,) = studio_answer("data", "list")["datasets"]
    assert "damaged" in row["error"]


@pytest.mark.parametrize("key", ["seconds", "steps_per_second", "heartbeat", "step", "total", "pid"])
@pytest.mark.parametrize("text", ["Infinity", "NaN", "-5", "1e300"])
def test_a_status_of_odd_numbers_is_one_sentence(studio_answer, make_run, key, text):
    """S7: seconds of Infinity could not be shown."""
    folder = make_run()
    write_status(folder, RunStatus(state="stopped", step=3))
    change(folder / "status.json", key, text)
    assert "damaged" in read_status(folder).message


def test_pipes_in_the_place_of_documents_are_never_waited_for(studio_answer, make_run, workspace):
    """S7: a run.json that is a FIFO held every list for ever."""
    folder = make_run()
    for name in ("run.json", "status.json"):
        (folder / name).unlink()
        os.mkfifo(folder / name)
    for kind, name in (("datasets", "spec.json"), ("models", "manifest.json"), ("gallery", "batch.json")):
        place = workspace.folder(kind) / "odd"
        place.mkdir()
        os.mkfifo(place / name)
    for rows in (list_runs, list_datasets, list_models, list_batches):
        ((_, error),) = rows(workspace)
        assert "is no file" in str(error)
    assert read_status(folder).state == "interrupted"
    (row,) = studio_answer("runs", "list")["runs"]
    assert "is no file" in row["message"]


def test_pipes_in_the_place_of_a_lock_or_a_database_are_never_waited_for(make_run):
    from studio.store.lock import is_locked

    folder = make_run()
    for name in ("lock", "metrics.db"):
        os.mkfifo(folder / name)
    assert not is_locked(folder / "lock")
    with pytest.raises(WorkspaceError, match="is no file"):
        CurveDatabase(folder)


def fill(folder, *statements):
    RunDatabase(folder).close()
    with sqlite3.connect(folder / "metrics.db") as connection:
        for statement in statements:
            connection.execute(*statement if isinstance(statement, tuple) else (statement,))
    connection.close()


def test_words_among_the_numbers_of_a_run_are_left_out(studio_answer, make_run):
    """S7: text in ``metrics`` ended ``runs show`` with a raw ValueError."""
    folder = make_run()
    insert = "INSERT INTO metrics VALUES (1, ?, ?, ?)"
    rows = [(1, "loss", 0.5), (2, "loss", "high"), (3, "loss", float("inf")), ("x", "loss", 1.0), (4, b"raw", 1.0)]
    rows += [(5, "loss", b"raw"), (6, "word", "only")]
    buckets = ("INSERT INTO buckets VALUES ('loss', 6, 'x', 1, 'a', 'b', 'c')",)
    events = ("INSERT INTO events VALUES (NULL, 'x', 'y', 1e300, 7, NULL)",)
    fill(folder, *((insert, row) for row in rows), buckets, events)
    shown = studio_answer("runs", "show", folder.name)
    assert shown["events"][0]["message"] == "(what was said here cannot be read)"
    database = CurveDatabase(folder)
    assert set(database.names()) == {"loss", "word"}
    assert [row.step for row in database.read("loss", 0, 10, 100)] == [1, 2, 3, 5]
    assert database.newest("word") is None
    assert database.best("loss", "min") is None
    for columns in (1, 10):
        database.read("loss", 0, 100, columns)
    database.close()


VIEW = (
    "CREATE VIEW metrics AS WITH RECURSIVE n(step) AS (SELECT 1 UNION ALL SELECT step + 1 FROM n) "
    "SELECT 1 AS segment, step, 'loss' AS name, 0.5 AS value FROM n"
)


def test_a_table_that_is_a_program_is_not_run(studio_answer, make_run):
    """S7: ``metrics`` as a recursive view was read for ever."""
    folder = make_run()
    fill(folder, "DROP TABLE metrics", VIEW)
    begun = time.monotonic()
    shown = studio_answer("runs", "show", folder.name)
    assert "cannot be read" in shown["events"][0]["message"]
    assert shown["metrics"] == {}
    # A trainer sets the file aside and begins a new one, as with any that is damaged.
    RunDatabase(folder).close()
    assert (folder / "metrics.db.corrupt-1").exists()
    assert time.monotonic() - begun < 5


def test_a_query_that_takes_too_long_ends(make_run, monkeypatch):
    monkeypatch.setattr("studio.store.curve._QUERY_S", 0.05)
    folder = make_run()
    fill(folder)
    database = CurveDatabase(folder)
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        database._db.execute("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT MAX(x) FROM n")
    assert database.names() == []
    database.close()


@pytest.mark.parametrize("field", [{"seed": "NaN"}, {"count": 2**80}, {"created": 1e300}, {"seconds": -1}])
def test_an_odd_batch_is_one_row(workspace, field):
    for name in ("odd", "whole"):
        folder = workspace.folder("gallery") / name
        folder.mkdir()
        write_document(folder / "batch.json", {"id": name, "seed": 0, "count": 1, **(field if name == "odd" else {})})
    rows = {folder.name: document for folder, document in list_batches(workspace)}
    assert isinstance(rows["odd"], WorkspaceError)
    assert rows["whole"].request.count == 1


@pytest.mark.parametrize(
    "field",
    [
        {"seconds": 1e300},
        {"step": -1},
        {"shape": [-1]},
        {"shape": [2**40, 2**40]},
        {"inputs": [{"name": "x", "kind": "noise", "shape": [-3]}]},
        {"inputs": [{"name": "x", "kind": "scalar", "default": 1e300}]},
    ],
)
def test_an_odd_manifest_is_one_row(workspace, field):
    folder = workspace.folder("models") / "m"
    folder.mkdir()
    write_document(folder / "manifest.json", {"inputs": [], **field})
    ((_, error),) = list_models(workspace)
    assert isinstance(error, WorkspaceError)


def test_what_the_studio_writes_it_can_read_again(workspace, make_run, tmp_path, studio_answer, capsys):
    """Bounds of what is read are bounds of what is asked for, each in one sentence."""
    from studio.cli.app import main

    folder = make_run()
    status = RunStatus(state="failed")
    status.message = "x" * 2_000_000
    write_status(folder, status)
    assert read_status(folder).message.startswith("xxx")
    np.save(tmp_path / "x.npy", np.zeros((4, 2, 2), np.uint8))
    np.savez(tmp_path / "long.npz", x=np.zeros((4, 2, 2), np.uint8), y=np.array(["y" * 20_000] * 4))
    for words in (["x.npy", "--name", "n" * 20_000], ["long.npz"]):
        code = main(["data", "add", str(tmp_path / words[0]), *words[1:], "--workspace", str(workspace.path)])
        said = capsys.readouterr().err
        assert code == 1
        assert "is longer than 500 characters" in said
        assert "fault in the studio" not in said
    studio_answer("data", "add", tmp_path / "x.npy", "--name", "n" * 500)
    assert main(["train", "n" * 500, "--family", "vae", "--name", "r" * 501, "--workspace", str(workspace.path)]) == 1
    assert "is longer than 500 characters" in capsys.readouterr().err
    assert list_runs(workspace)[0][1].name == "a run"
