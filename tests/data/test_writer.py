"""The arrays of a data set while its items come in: the space they need, and a disk that is full."""

import csv
import errno
import hashlib
import shutil
from collections import namedtuple

import numpy as np
import pytest

from studio.core.errors import DataError, explain
from studio.data import writer
from studio.data.writer import ItemWriter, dataset_bytes, write_rejects


@pytest.mark.fault("A21")
def test_full_disk_leaves_nothing(monkeypatch, pets, add, leftovers):
    real = writer.ItemWriter.add

    def full(self, items):
        if self._bytes:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(self, items)

    monkeypatch.setattr(writer.ItemWriter, "add", full)
    with pytest.raises(OSError, match="No space") as caught:
        add(pets)
    assert "disk is full" in explain(caught.value)
    assert leftovers() == []


@pytest.mark.fault("A21")
def test_too_little_space_is_said_before_writing(monkeypatch, pets, add, leftovers):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, 1_000_000))
    with pytest.raises(DataError, match=r"needs 4.44 MB but the disk of .* has 1 MB free"):
        add(pets)
    assert leftovers() == []


@pytest.mark.parametrize(("dtype", "shape"), [("uint8", (2, 3, 1)), ("float32", (4,)), (">f4", (2,))])
def test_round_trip_with_its_fingerprint(tmp_path, dtype, shape):
    items = np.arange(5 * np.prod(shape)).reshape(5, *shape).astype(np.dtype(dtype).newbyteorder("<"))
    labels, splits = np.array([0, -1, 1, 1, 0]), np.array([0, 0, 1, 2, 0], np.uint8)
    with ItemWriter(tmp_path, shape, dtype) as file:
        file.add(items[:2].tobytes())
        file.add(memoryview(items[2:].tobytes()))
        fingerprint = file.finish(labels, splits)
    np.testing.assert_array_equal(np.load(tmp_path / "items.npy"), items)
    np.testing.assert_array_equal(np.load(tmp_path / "labels.npy"), labels)
    np.testing.assert_array_equal(np.load(tmp_path / "splits.npy"), splits)
    content = items.tobytes() + labels.astype("<i8").tobytes() + splits.tobytes()
    assert fingerprint == hashlib.sha256(content).hexdigest()


def test_labels_that_do_not_fit_the_items(tmp_path):
    with ItemWriter(tmp_path, (2,), "uint8") as file:
        file.add(bytes(6))
        with pytest.raises(ValueError, match="3 items, 2 labels and 3 splits do not fit"):
            file.finish(np.zeros(2, np.int64), np.zeros(3, np.uint8))


def test_an_item_takes_nine_bytes_beside_its_own():
    assert dataset_bytes(1000, 784) == 793_000
    assert dataset_bytes(0, 784) == 0


def test_rejects_are_a_table_that_no_spreadsheet_computes(tmp_path):
    write_rejects(tmp_path / "r.csv", [("a,b.png", "cut\nshort"), ("=1+1", "no"), ("bad\udcff.png", "-")])
    with open(tmp_path / "r.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["name", "reason"]
    assert rows[1][0] == "a,b.png"
    assert rows[2][0] == "'=1+1"
    assert rows[3][0] == "bad\\udcff.png"
