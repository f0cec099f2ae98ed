"""Some rows are kept, each as likely as the next."""

import numpy as np

from studio.data.table.row_sample import RowSample


def test_all_rows_of_a_short_table():
    sample = RowSample(2)
    rows = np.array([[1, np.nan], [3, np.nan], [2, 5]], np.float32)
    sample.add(rows[:2])
    sample.add(rows[:0])
    sample.add(rows[2:])
    kept, numbers = sample.rows()
    np.testing.assert_array_equal(kept, rows)
    assert numbers.tolist() == [0, 1, 2]
    assert (sample.low.tolist(), sample.high.tolist()) == ([1, 5], [3, 5])
    assert sample.has_missing.tolist() == [False, True]
    assert (sample.count, sample.is_whole) == (3, True)


def test_a_long_table_is_thinned_evenly(monkeypatch):
    monkeypatch.setattr("studio.data.table.row_sample._MOST_ROWS", 1000)
    sample = RowSample(1)
    for start in range(0, 100_000, 700):
        numbers = np.arange(start, min(start + 700, 100_000), dtype=np.float32)
        sample.add(numbers[:, None])
    kept, numbers = sample.rows()
    assert 500 < len(kept) <= 1000
    np.testing.assert_array_equal(kept[:, 0], numbers)
    assert not sample.is_whole
    assert (sample.low[0], sample.high[0]) == (0, 99_999)
    for period in (2, 7, 10, 12, 24):
        share = np.bincount(numbers % period, minlength=period) / len(numbers)
        assert abs(share * period - 1).max() < 0.3


def test_wide_rows_are_fewer():
    sample = RowSample(1_000_000)
    sample.add(np.zeros((70, 1_000_000), np.float32))
    assert len(sample.rows()[0]) <= 64


def test_no_rows():
    kept, numbers = RowSample(3).rows()
    assert (kept.shape, len(numbers)) == ((0, 3), 0)
