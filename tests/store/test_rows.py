"""Single items are read from arrays of the workspace; a file that is damaged or gone costs an answer, no process."""

import gc
import os
from pathlib import Path

import numpy as np
import pytest

from studio.core.errors import WorkspaceError
from studio.core.modality import ImageSpec, TableSpec
from studio.store import rows
from studio.store.rows import Rows, RowsCache, WrongItemsError

ITEMS = np.arange(5 * 2 * 3, dtype=np.uint8).reshape(5, 2, 3, 1)
TABLE = TableSpec(shape=(2,), columns=("x", "y"), knots=((0.0, 1.0), (0.0, 1.0)))


@pytest.fixture
def path(tmp_path):
    np.save(tmp_path / "items.npy", ITEMS)
    return tmp_path / "items.npy"


@pytest.fixture
def cache():
    cache = RowsCache()
    yield cache
    cache.close()


def test_items_one_by_one_and_in_a_row(path):
    file = Rows(path)
    assert (file.count, file.shape) == (5, (2, 3, 1))
    np.testing.assert_array_equal(file.read(3), ITEMS[3])
    np.testing.assert_array_equal(file.read_range(1, 3), ITEMS[1:4])
    file.close()


def test_what_is_not_there_is_none(path):
    file = Rows(path)
    assert file.read(5) is None
    assert file.read(-9) is None
    assert file.read_range(4, 2) is None
    # Nor is what lies behind the last item, or before the first.
    with open(path, "ab") as more:
        more.write(bytes(100))
    assert file.read(5) is None
    os.truncate(path, path.stat().st_size - 100)
    os.truncate(path, path.stat().st_size - 1)
    assert file.read(4) is None
    np.testing.assert_array_equal(file.read(3), ITEMS[3])
    file.close()


def test_rows_of_a_table(tmp_path):
    values = np.arange(6, dtype=np.float32).reshape(3, 2)
    np.save(tmp_path / "t.npy", values)
    np.testing.assert_array_equal(Rows(tmp_path / "t.npy", TABLE).read(1), values[1])


@pytest.mark.parametrize(
    ("array", "spec", "said"),
    [
        (ITEMS[..., 0], None, "It gives uint8 [2, 3] for each sample, not images."),
        (ITEMS.astype(np.float32), None, "It gives float32 [2, 3, 1] for each sample, not images."),
        (ITEMS[:0], None, "It gives uint8 [2, 3, 1] for each sample, not images."),
        (ITEMS, ImageSpec(shape=(3, 2, 1)), "It gives uint8 [2, 3, 1] for each sample, not images of 2 x 3 grey."),
        (ITEMS, TABLE, "It gives uint8 [2, 3, 1] for each sample, not rows of 2 columns."),
    ],
)
def test_other_items_than_promised(tmp_path, array, spec, said):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(WrongItemsError) as raised:
        Rows(tmp_path / "a.npy", spec)
    assert str(raised.value) == said


@pytest.mark.parametrize("data", [b"", b"no array", b"\x93NUMPY\x01\x00\xff\xff{"])
def test_what_is_no_array(tmp_path, data):
    (tmp_path / "a.npy").write_bytes(data)
    with pytest.raises(WorkspaceError, match=r"a\.npy is damaged: it holds no array of items\.$"):
        Rows(tmp_path / "a.npy")


def test_a_file_that_ends_early_or_has_no_rows_in_order(tmp_path, path):
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(WorkspaceError, match=r"is damaged: it ends early\.$"):
        Rows(path)
    np.save(path, np.asfortranarray(np.zeros((4, 4, 4, 1), np.uint8)))
    with pytest.raises(WorkspaceError, match=r"is damaged: its rows are not in order\.$"):
        Rows(path)


def test_a_refused_file_is_closed(tmp_path):
    (tmp_path / "a.npy").write_bytes(b"no array")
    with pytest.raises(WorkspaceError):
        Rows(tmp_path / "a.npy")
    open_now = {os.path.realpath(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd")}
    assert str(tmp_path / "a.npy") not in open_now


def test_a_file_is_closed_with_who_held_it(path):
    file = Rows(path)
    here = Path(f"/proc/self/fd/{file._file.fileno()}")
    assert here.resolve() == path.resolve()
    del file
    gc.collect()
    assert not here.exists() or here.resolve() != path.resolve()


def test_the_cache_holds_a_file_open(path, cache):
    np.testing.assert_array_equal(cache.read(path, 2), ITEMS[2])
    first = cache.rows(path)
    path.unlink()
    np.testing.assert_array_equal(cache.read_range(path, 0, 2), ITEMS[:2])
    assert cache.rows(path) is first
    cache.forget(path)
    assert cache.read(path, 2) is None
    with pytest.raises(WorkspaceError, match=r"items\.npy cannot be read: .*there is no such file or folder\.$"):
        cache.rows(path)
    cache.forget(path)


def test_the_cache_closes_what_was_read_longest_ago(tmp_path, cache, monkeypatch):
    monkeypatch.setattr(rows, "_MOST_OPEN", 2)
    paths = [tmp_path / f"{number}.npy" for number in range(3)]
    for path in paths:
        np.save(path, ITEMS)
    first, second = cache.rows(paths[0]), cache.rows(paths[1])
    assert cache.rows(paths[0]) is first
    cache.rows(paths[2])
    assert cache.rows(paths[0]) is first
    assert second._file.closed
    assert not first._file.closed


def test_a_damaged_file_costs_no_error_where_an_item_is_asked_for(tmp_path, cache):
    (tmp_path / "a.npy").write_bytes(b"no array")
    assert cache.read(tmp_path / "a.npy", 0) is None
