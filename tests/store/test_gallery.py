"""Batches of samples in the workspace: whole or not at all, marked, listed beside damaged ones."""

import errno
import json
import os
import threading

import numpy as np
import pytest

from studio.core.errors import WorkspaceError
from studio.core.interpolation import InterpolationPath
from studio.core.known_values import KnownValues
from studio.core.request import SampleRequest
from studio.store.atomic import write_document
from studio.store.gallery import (
    DOCUMENT,
    SAMPLES,
    BatchDocument,
    create_batch,
    draft_path,
    list_batches,
    mark_batch,
    model_file,
    read_batch,
)


@pytest.fixture
def make_batch(workspace):
    """Put samples into the gallery; gives the folder and the pictures."""

    def make(rows=6, **values):
        pictures = np.random.default_rng(rows).integers(0, 256, (rows, 3, 2, 1), dtype=np.uint8)
        draft = draft_path(workspace)
        with open(draft, "wb") as file:
            np.save(file, pictures)
        names = SampleRequest.model_fields.keys() & values.keys()
        request = SampleRequest(**{"seed": 7, "count": rows, **{name: values.pop(name) for name in names}})
        options = {"id": "", "model": "m-1", "title": "VAE on digits", "request": request, "created": 5.0}
        return create_batch(workspace, BatchDocument(**{**options, **values}), draft), pictures

    return make


def test_round_trip(workspace, make_batch):
    folder, pictures = make_batch(labels=tuple(range(6)), scalars={"temperature": 0.5}, classes=("a", "b"))
    ((listed, document),) = list_batches(workspace)
    assert listed == folder
    assert document.id == folder.name
    assert document.request.labels == tuple(range(6))
    assert [document.class_name(position) for position in (0, 1, 5)] == ["a", "b", "5"]
    np.testing.assert_array_equal(np.load(folder / SAMPLES), pictures)
    assert os.listdir(workspace.folder("gallery")) == [folder.name]


def test_a_request_that_was_cancelled_keeps_what_came(workspace, make_batch):
    folder, pictures = make_batch(rows=6, count=2, labels=(1, 0))
    np.testing.assert_array_equal(np.load(folder / SAMPLES), pictures[:2])
    assert os.listdir(workspace.folder("gallery")) == [folder.name]


def test_one_label_stands_for_all(make_batch):
    document = read_batch(make_batch(labels=(-1,), classes=("a",))[0])
    assert [document.request.label(0), document.request.label(5)] == [-1, -1]
    assert document.class_name(3) == "any"
    assert read_batch(make_batch()[0]).request.label(0) is None


@pytest.mark.parametrize("count", [6, 4])
def test_samples_that_cannot_be_kept_stay_where_they_were(workspace, monkeypatch, count):
    """The N-th fsync or rename fails, for N = 1 and up, until the batch gets through: each try finds all samples."""
    pictures = np.random.default_rng(0).integers(0, 256, (6, 3, 2, 1), dtype=np.uint8)
    draft = draft_path(workspace)
    with open(draft, "wb") as file:
        np.save(file, pictures)
    document = BatchDocument(id="", title="VAE", request=SampleRequest(seed=1, count=count))
    reals = {name: getattr(os, name) for name in ("fsync", "rename", "replace")}
    calls = 0

    def failing(name):
        def call(*arguments, **options):
            nonlocal calls
            calls += 1
            if calls == attempt:
                raise OSError(errno.ENOSPC, "No space left on device")
            return reals[name](*arguments, **options)

        return call

    for name in reals:
        monkeypatch.setattr(os, name, failing(name))
    for attempt in range(1, 30):  # noqa: B007
        calls = 0
        try:
            folder = create_batch(workspace, document, draft)
        except OSError:
            assert os.listdir(workspace.folder("gallery")) == [draft.name]
            np.testing.assert_array_equal(np.load(draft), pictures)
        else:
            break
    assert attempt > 6
    np.testing.assert_array_equal(np.load(folder / SAMPLES), pictures[:count])
    assert os.listdir(workspace.folder("gallery")) == [folder.name]


def test_fewer_rows_than_promised_are_refused(workspace, make_batch):
    with pytest.raises(WorkspaceError, match="has 6 samples, not 9"):
        make_batch(rows=6, count=9)
    assert list_batches(workspace) == []


def named(values):
    """Fields of format 1 by their names in format 2."""
    return {"interpolation" if name == "toward" else name: value for name, value in values.items()}


@pytest.mark.parametrize(
    "values",
    [
        {"seed": -1},
        {"seed": None},
        {"given": [1, "x"]},
        {"start": 2**32 - 3},
        {"scalars": {"temperature": float("inf")}},
        {"labels": [10**400]},
        {"labels": [0, 1]},
        {"toward": {"seed": 0, "index": 1, "shares": [0.5]}},
        {"toward": {"seed": 0, "index": 1, "shares": [2.0] * 6}},
    ],
)
def test_numbers_that_make_no_sample_are_damage(make_batch, values):
    folder, _ = make_batch()
    document = json.loads((folder / DOCUMENT).read_text())
    flat = {"format": 1, "seed": 7, "count": 6, **values}
    for changed in ({**document, "request": {**document["request"], **named(values)}}, flat):
        (folder / DOCUMENT).write_text(json.dumps(changed))
        with pytest.raises(WorkspaceError, match="is damaged"):
            read_batch(folder)


def test_a_document_of_the_first_format_is_read_and_written_anew_when_it_is_marked(make_batch):
    folder, _ = make_batch()
    way = {"seed": 9, "index": 8, "shares": [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]}
    request = {"seed": 7, "start": 3, "count": 6, "labels": [1], "scalars": {"steps": 2.0}, "given": [5, -1]}
    data = json.dumps({"format": 1, "id": "x", "title": "T", **request, "toward": way, "starred": [1], "hidden": []})
    (folder / DOCUMENT).write_text(data)
    document = read_batch(folder)
    known, path = KnownValues([5, -1]), InterpolationPath(**way)
    values = {**request, "labels": (1,), "given": known}
    assert document.request == SampleRequest(**values, interpolation=path)
    assert (document.title, document.starred) == ("T", (1,))
    # Who only looks writes nothing.
    assert (folder / DOCUMENT).read_text() == data
    assert mark_batch(folder, (2,), ()).request == document.request
    assert json.loads((folder / DOCUMENT).read_text())["format"] == 2
    assert (folder / f"{DOCUMENT}.format-1").read_text() == data
    assert read_batch(folder).request == document.request


def test_a_damaged_array_is_refused(workspace):
    draft = draft_path(workspace)
    draft.write_bytes(b"no array")
    with pytest.raises(WorkspaceError, match="sample again"):
        create_batch(workspace, BatchDocument(id="", request=SampleRequest(count=1)), draft)


def test_marks_are_kept_and_nothing_else_changes(make_batch):
    folder, pictures = make_batch()
    before = read_batch(folder)
    mark_batch(folder, starred={4, 1, 99}, hidden=[0, -3])
    after = read_batch(folder)
    assert (after.starred, after.hidden) == ((1, 4), (0,))
    assert after.model_copy(update={"starred": (), "hidden": ()}) == before
    np.testing.assert_array_equal(np.load(folder / SAMPLES), pictures)
    mark_batch(folder, (), ())
    assert read_batch(folder) == before


def test_marks_from_many_threads_leave_a_whole_document(make_batch):
    folder, _ = make_batch()
    threads = [threading.Thread(target=mark_batch, args=(folder, (number,), ())) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_batch(folder).starred) == 1


def test_marking_what_is_gone(make_batch):
    folder, _ = make_batch()
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(WorkspaceError):
        mark_batch(folder, (1,), ())


@pytest.mark.parametrize(
    "data", [b"", b'{"format": 1}', b'{"format": 1, "seed": 0, "count": 4, "labels": [1, 2]}', b"[" * 100_000]
)
def test_a_damaged_one_is_listed_with_its_error(workspace, make_batch, data):
    broken, whole = make_batch()[0], make_batch(rows=3)[0]
    (broken / "batch.json").write_bytes(data)
    rows = dict(list_batches(workspace))
    assert isinstance(rows[broken], WorkspaceError)
    assert rows[whole].request.count == 3


def test_a_newer_one_is_refused_and_folders_of_pictures_are_left_out(workspace, make_batch):
    folder, _ = make_batch()
    write_document(folder / "batch.json", {}, version=9)
    (workspace.folder("gallery") / "pictures").mkdir()
    ((_, error),) = list_batches(workspace)
    assert "newer studio" in str(error)


def test_oldest_first(workspace, make_batch):
    late, early = make_batch(created=9.0)[0], make_batch(created=2.0)[0]
    assert [folder for folder, _ in list_batches(workspace)] == [early, late]


def test_the_models_file_is_found_after_the_workspace_moved(workspace):
    inside = BatchDocument(id="", request=SampleRequest(count=1), file="models/m-1/sample.onnx")
    assert model_file(workspace, inside) == workspace.path / "models" / "m-1" / "sample.onnx"
    outside = inside.model_copy(update={"file": "/data/x.onnx"})
    assert str(model_file(workspace, outside)) == "/data/x.onnx"


def test_drafts_that_were_left_behind_are_cleared(workspace):
    draft = draft_path(workspace)
    draft.write_bytes(b"half")
    os.utime(draft, (1, 1))
    workspace.remove_leftovers()
    assert not draft.exists()


def test_drafts_that_an_open_window_may_show_are_not_cleared(workspace):
    from studio.store.lock import ProcessLock

    draft = draft_path(workspace)
    draft.write_bytes(b"shown")
    os.utime(draft, (1, 1))
    window = ProcessLock(workspace.path / "window.lock")
    assert window.acquire()
    workspace.remove_leftovers()
    assert draft.exists()
    window.release()
    workspace.remove_leftovers()
    assert not draft.exists()
