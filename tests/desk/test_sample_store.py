"""Kept samples in the order they are shown: filters, places, many of them, files that are damaged."""

import os

import numpy as np
import pytest

from studio.core.errors import WorkspaceError
from studio.core.modality import TableSpec
from studio.core.request import SampleRequest
from studio.desk.sample_store import Batch, Filter, SampleStore, load_batches
from studio.store.gallery import SAMPLES, BatchDocument, create_batch, draft_path, mark_batch
from studio.store.rows import Rows, RowsCache, WrongItemsError


@pytest.fixture
def add(workspace):
    """Put a batch into the workspace; every pixel of sample k of batch s is s + k."""

    def make(count, seed, **values):
        draft = draft_path(workspace)
        numbers = (seed + np.arange(count)).astype(np.uint8)
        with open(draft, "wb") as file:
            np.save(file, np.broadcast_to(numbers[:, None, None, None], (count, 2, 3, 1)))
        options = {"model": "m", "title": "Toy", "classes": ("cat", "dog"), "created": float(seed)}
        request = SampleRequest(seed=seed, count=count, labels=values.pop("labels", ()))
        return create_batch(workspace, BatchDocument(id="", request=request, **{**options, **values}), draft)

    return make


@pytest.fixture
def shelf(workspace):
    """The shelf of the workspace, read when it is called."""
    made = []

    def read(**filter):
        shelf = SampleStore(lambda spec, items: items)
        shelf.filter = Filter(**filter)
        shelf.merge(load_batches(workspace, tidy=False)[0])
        made.append(shelf)
        return shelf

    yield read
    for shelf in made:
        shelf.cache.close()


def shown(shelf):
    return [(shelf.locate(index)[0].document.request.seed, shelf.locate(index)[1]) for index in range(shelf.count())]


def test_newest_first_and_every_picture_is_its_own(add, shelf):
    add(2, 10)
    add(3, 20)
    found = shelf()
    assert shown(found) == [(20, 0), (20, 1), (20, 2), (10, 0), (10, 1)]
    assert [found.picture(index)[0, 0, 0] for index in range(5)] == [20, 21, 22, 10, 11]
    for index in range(5):
        assert found.index_of(*found.locate(index)) == index
    assert found.locate_all([0, 2, 3, 4]) == [found.locate(index) for index in (0, 2, 3, 4)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("dog", [(20, 1), (20, 3), (10, 0), (10, 1)]),
        ("DOG 20", [(20, 1), (20, 3)]),
        ("toy cat", [(20, 0), (20, 2)]),
        ("10", [(10, 0), (10, 1)]),
        ("seed:10", [(10, 0), (10, 1)]),
        ("bird", []),
    ],
)
def test_words_are_looked_for_in_class_seed_and_model(add, shelf, words, expected):
    add(2, 10, labels=(1,))
    add(4, 20, labels=(0, 1, 0, 1))
    assert shown(shelf(words=words)) == expected


def test_hidden_and_starred(add, shelf):
    folder = add(4, 10)
    mark_batch(folder, starred=(1, 2), hidden=(2, 3))
    assert shown(shelf()) == [(10, 0), (10, 1)]
    assert shown(shelf(starred=True)) == [(10, 1)]
    assert shelf().index_of(shelf().batches[0], 1) == -1


def test_one_model_of_several(add, shelf):
    add(1, 10)
    add(1, 20, model="", file="/data/x.onnx")
    assert shown(shelf(model="m")) == [(10, 0)]
    assert shown(shelf(model="/data/x.onnx")) == [(20, 0)]
    assert len(shown(shelf())) == 2


def test_reading_again_keeps_what_still_comes_and_doubles_nothing(add, shelf, workspace):
    folder = add(2, 10)
    found = shelf()
    known = found.batches[0]
    coming = Batch(known.document.model_copy(update={"created": 99.0}), workspace.path / "draft", None, 0)
    found.batches.insert(0, coming)
    add(1, 20)
    found.merge(load_batches(workspace, tidy=False)[0])
    assert found.batches[0] is coming
    assert found.batches[2] is known
    # The service was quicker than the window: what came lies there already when it is told.
    coming.folder = folder.with_name(found.batches[1].folder.name)
    found.settle(coming)
    assert len(found.batches) == 2


def test_many_batches_keep_few_files_open(add, shelf):
    for seed in range(60):
        add(1, seed)
    found = shelf()
    before = len(os.listdir("/proc/self/fd"))
    assert [int(found.picture(index)[0, 0, 0]) for index in range(60)] == list(range(59, -1, -1))
    assert len(os.listdir("/proc/self/fd")) - before <= 16


@pytest.mark.fault("E1")
def test_a_hundred_thousand(add, shelf):
    add(100_000, 0, labels=tuple(index % 2 for index in range(100_000)))
    found = shelf(words="dog")
    assert found.count() == 50_000
    assert found.locate(49_999)[1] == 99_999
    assert found.index_of(found.batches[0], 77_777) == 38_888


@pytest.mark.parametrize("change", ["truncated", "empty", "garbage", "object"])
@pytest.mark.fault("E2")
def test_a_damaged_array_is_said_and_never_read(add, workspace, change):
    folder = add(3, 1)
    path = folder / SAMPLES
    data = path.read_bytes()
    if change == "object":
        np.save(path, np.array([{}, 1], object), allow_pickle=True)
    else:
        path.write_bytes({"truncated": data[:-3], "empty": b"", "garbage": os.urandom(300)}[change])
    batches, problems = load_batches(workspace, tidy=False)
    assert batches == []
    assert len(problems) == 1
    assert "\n" not in problems[0]


@pytest.mark.fault("E2")
def test_what_is_cut_off_while_it_is_open_is_missing_not_a_crash(add):
    path = add(3, 1) / SAMPLES
    cache = RowsCache()
    assert cache.read(path, 2)[0, 0, 0] == 3
    os.truncate(path, 140)
    assert cache.read(path, 2) is None
    cache.close()
    path.unlink()
    assert cache.read(path, 0) is None


def test_an_array_of_something_else_is_no_images(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((2, 3), np.float32))
    with pytest.raises(WrongItemsError, match=r"float32 \[3\]"):
        Rows(tmp_path / "x.npy")
    (tmp_path / "y.npy").write_bytes(b"\x93NUMPY\x09\x00")
    with pytest.raises(WorkspaceError):
        Rows(tmp_path / "y.npy")


def test_rows_of_a_table_are_one_tile(workspace):
    spec = TableSpec(shape=(2,), columns=("x", "y"))
    rows = np.arange(10, dtype=np.float32).reshape(5, 2)
    path = draft_path(workspace)
    with open(path, "wb") as file:
        np.save(file, rows)
    document = BatchDocument(id="", title="Points", spec=spec, request=SampleRequest(seed=3, count=5))
    create_batch(workspace, document, path)
    painted = []

    def overview(spec, items):
        painted.append(items)
        return np.zeros((8, 8, 4), np.uint8)

    store = SampleStore(overview)
    store.merge(load_batches(workspace, tidy=False)[0])
    (batch,) = store.batches
    assert (store.count(), store.num_samples(), batch.together) == (1, 5, True)
    assert store.caption(0) == "seed 3, 5 rows, Points"
    assert store.picture(0).shape == (8, 8, 4)
    store.picture(0)
    assert len(painted) == 1
    np.testing.assert_array_equal(painted[0], rows)
    np.testing.assert_array_equal(store.sample(batch, 2), rows[2])
    batch.hidden.add(0)
    store.arrange()
    assert store.count() == 0


def test_rows_of_another_shape_are_no_samples_of_the_model(workspace):
    path = draft_path(workspace)
    with open(path, "wb") as file:
        np.save(file, np.zeros((5, 3), np.float32))
    spec = TableSpec(shape=(2,), columns=("x", "y"))
    create_batch(workspace, BatchDocument(id="", spec=spec, request=SampleRequest(count=5)), path)
    batches, (problem,) = load_batches(workspace, tidy=False)
    assert batches == []
    assert problem == "It gives float32 [3] for each sample, not rows of 2 columns."


def test_a_translation_stands_below_its_source(workspace, shelf):
    from studio.core.known_values import KnownValues
    from tests.toy_texts import PAIRS, stored

    draft = draft_path(workspace)
    with open(draft, "wb") as file:
        np.save(file, stored("das Haus", "der Baum", spec=PAIRS))
    sources = np.full((2, 16), PAIRS.end)
    for row, text in zip(sources, ("house", "tree"), strict=True):
        row[: len(text)] = stored(text, spec=PAIRS)[0][: len(text)]
    request = SampleRequest(seed=1, count=2, source=KnownValues(sources))
    create_batch(workspace, BatchDocument(id="", model="m", spec=PAIRS, request=request), draft)
    store = shelf()
    assert [store.picture(index) for index in range(2)] == ["house\n\u2192 das Haus", "tree\n\u2192 der Baum"]
    assert store.text(*store.locate(1)) == "der Baum"
