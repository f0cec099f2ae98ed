"""Cells are read from the file of a data set in any order, and a column that was read is kept."""

import os

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.core.modality import TableSpec
from studio.desk import row_reader as module
from studio.desk.row_reader import Dropped, RowReader
from studio.store.rows import Rows

CELLS = np.random.default_rng(0).normal(size=(1000, 3)).astype(np.float32)


@pytest.fixture
def rows(tmp_path):
    np.save(tmp_path / "items.npy", CELLS)
    return Rows(tmp_path / "items.npy", TableSpec(shape=(3,), columns=("a", "b", "c")))


@pytest.fixture
def reader(rows, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK_BYTES", 200 * 12)
    return RowReader(rows)


@pytest.mark.parametrize(
    "numbers",
    [
        np.arange(1000),
        np.array([], np.int64),
        np.array([999, 0, 999, 500]),
        np.random.default_rng(1).permutation(1000)[:300],
        np.array([3, 2, 1, 700]),
    ],
)
def test_rows_come_in_the_order_in_which_they_are_asked_for(reader, numbers):
    np.testing.assert_array_equal(reader.take(numbers), CELLS[numbers])
    np.testing.assert_array_equal(reader.take(numbers, [2, 0]), CELLS[numbers][:, [2, 0]])


def test_a_few_rows_of_many_are_read_one_by_one(reader, rows, monkeypatch):
    read = []
    real = rows.read_range
    monkeypatch.setattr(rows, "read_range", lambda start, count: read.append(count) or real(start, count))
    reader.take(np.array([5, 150]))
    assert read == [1, 1]
    read.clear()
    reader.take(np.arange(0, 200, 2))
    assert read == [199]


def test_a_column_is_read_once_and_the_last_ones_are_kept(reader, rows, monkeypatch):
    read = []
    real = rows.read_range
    monkeypatch.setattr(rows, "read_range", lambda start, count: read.append(start) or real(start, count))
    np.testing.assert_array_equal(reader.column(1), CELLS[:, 1])
    assert read == [0, 200, 400, 600, 800]
    reader.column(1)
    assert len(read) == 5
    monkeypatch.setattr(module, "_KEPT_BYTES", 5000)
    reader.column(2)
    reader.column(1)
    assert len(read) == 15


def test_what_is_not_wanted_any_more_ends_between_two_blocks(reader):
    calls = []

    def stop():
        calls.append(1)
        return len(calls) > 2

    with pytest.raises(Dropped):
        reader.column(0, stop)
    assert len(calls) == 3
    with pytest.raises(Dropped):
        reader.take(np.arange(1000), stop=lambda: True)


def test_a_file_that_was_cut_is_said(reader, tmp_path):
    os.truncate(tmp_path / "items.npy", 3000)
    with pytest.raises(DataError, match="cannot be read"):
        reader.column(0)
    with pytest.raises(DataError, match="cannot be read"):
        reader.take(np.array([999]))
