"""The cells of a column are looked at block by block."""

import numpy as np
import pyarrow as pa

from studio.data.table.cells import Days, Numbers, Unread, Words
from studio.data.table.finder import ColumnFinder


def finder(*blocks, rows=0, decimal="."):
    found = ColumnFinder("c", rows, decimal)
    for block in blocks:
        if isinstance(block, list):
            block = Words(pa.array(block, pa.string()))
        found.add(block, np.arange(len(block.array if isinstance(block, Words) else block.values)))
    return found


def test_numbers_in_words():
    found = finder(["1.50", "", "?"], ["2", "red"])
    assert (found.rows, found.empty, found.missing, found.bad) == (5, 1, 2, 1)
    assert (found.numbers.low, found.numbers.high, found.numbers.step) == (1.5, 2.0, 0.01)
    assert found.words.counts == {"1.50": 1, "?": 1, "2": 1, "red": 1}


def test_words_that_are_no_numbers_are_given_up_at_once_and_dates_tried():
    found = finder(["", "red"], ["1", "2"])
    assert found.numbers is None
    assert found.dates == []
    found = finder(["", "2020-01-01"], ["2021-01-01T06:00", "soon"])
    (dates,) = found.dates
    assert (dates.order, dates.bad, dates.timed, found.missing) == ("ymd", 1, True, 1)
    assert (dates.numbers.low, dates.numbers.high) == (18262, 18628.25)


def test_a_block_of_missing_cells_before_dates():
    found = finder(["", ""], ["2020-01-01", "2020-01-02"])
    assert found.numbers is None
    assert (found.dates[0].numbers.fit, found.missing) == (2, 2)


def test_both_orders_of_day_and_month_are_kept():
    found = finder(["1.2.2020", "31.12.2020"])
    assert [(dates.order, dates.bad) for dates in found.dates] == [("dmy", 0), ("mdy", 1)]


def test_columns_that_say_what_they_hold():
    found = finder(Numbers(np.array([1.0, np.nan, 1.0])))
    assert (found.empty, found.missing, found.values.counts) == (1, 1, {1.0: 2})
    assert found.numbers.is_whole
    found = finder(Days(np.array([1.5, np.nan])))
    assert (found.numbers, found.dates[0].timed, found.missing) == (None, True, 1)
    column = ColumnFinder("c", 0, ".")
    column.add(Unread("it holds lists"), np.arange(3))
    assert (column.unread, column.rows) == ("it holds lists", 3)


def test_two_columns_are_the_same_where_all_cells_are():
    assert finder(["a", "bc"]).digest == finder(["a", "bc"]).digest
    assert finder(["a", "bc"]).digest != finder(["ab", "c"]).digest
    assert finder(["a"]).digest != finder(["a"], rows=1).digest
    part = Words(pa.array(["x", "a", "bc"]).slice(1))
    assert finder(part).digest == finder(["a", "bc"]).digest


def test_rows_in_which_it_is_missing():
    found = finder(["1"], rows=2)
    found.skip(1)
    assert (found.rows, found.empty, found.missing, found.numbers.fit) == (4, 3, 3, 1)


def test_a_long_text_ends_the_counting_of_words():
    found = finder(["a", "b" * 501])
    assert (found.words.is_full, found.longest) == (True, 501)
