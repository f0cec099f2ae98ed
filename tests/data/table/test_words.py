"""Words are read as the numbers and dates that people write."""

import numpy as np
import pyarrow as pa
import pytest

from studio.data.table.words import date_shape, days_of, decimals_of, numbers_of

NAN = float("nan")


def days(text):
    return np.datetime64(text, "us").astype(np.int64) / 86400e6


@pytest.mark.parametrize(
    ("words", "decimal", "values"),
    [
        (["1", "+2.50", "-3.", ".5", "1e3"], ".", [1, 2.5, -3, 0.5, 1000]),
        (["1,234.5", "1,234,567"], ".", [1234.5, 1234567]),
        (["1,5", "1.234,5", "1.234", ",5"], ",", [1.5, 1234.5, 1234, 0.5]),
        (["inf", "-Infinity", "1e400"], ".", [np.inf, -np.inf, np.inf]),
    ],
)
def test_numbers(words, decimal, values):
    for more in ([], ["red"]):  # with a cell that is none the others are read in another way
        parsed = numbers_of(pa.array(words + more), decimal)
        np.testing.assert_array_equal(parsed.values, values + [NAN] * len(more))
        assert parsed.bad.tolist() == [False] * len(words) + [True] * len(more)


def test_missing_and_bad_numbers():
    parsed = numbers_of(pa.array(["1", "", "NA", "?", "red", "1_000", "0x10", "12,34", "--1"]))
    assert parsed.missing.tolist() == [False, True, True, True, False, False, False, False, False]
    assert parsed.bad.tolist() == [False, False, False, False, True, True, True, True, True]


@pytest.mark.parametrize(
    ("words", "decimal", "decimals"),
    [
        (["1", "20"], ".", 0),
        (["1.5", "2.25", "3.10", ""], ".", 2),
        (["1,5"], ",", 1),
        (["1e-3", "2"], ".", 99),
        ([], ".", 0),
    ],
)
def test_decimals(words, decimal, decimals):
    assert decimals_of(pa.array(words, pa.string()), decimal) == decimals


def test_dates_that_begin_with_the_year():
    words = pa.array(["2024-02-29", "2023-02-29", "9999-12-31", "", "0001-01-01", "2020/1/2", "2020-13-01", "soon"])
    parsed = days_of(words, "ymd")
    expected = [days("2024-02-29"), NAN, days("9999-12-31"), NAN, days("0001-01-01"), days("2020-01-02"), NAN, NAN]
    np.testing.assert_array_equal(parsed.values, expected)
    assert parsed.missing.tolist() == [word == "" for word in words.to_pylist()]
    assert parsed.bad.tolist() == [False, True, False, False, False, False, True, True]


def test_times_of_day_and_zones():
    words = pa.array(["2020-01-01T12:30:15.5", "2020-01-01 6:00", "2020-01-01T00:00:00+02:00", "2020-01-01T23:00Z"])
    expected = [days(text) for text in ("2020-01-01T12:30:15.5", "2020-01-01T06", "2019-12-31T22", "2020-01-01T23")]
    np.testing.assert_allclose(days_of(words, "ymd").values, expected, rtol=0, atol=1e-9)
    assert np.isnan(days_of(pa.array(["2020-01-01 24:00"]), "ymd").values).all()


def test_day_before_month_and_month_before_day():
    words = pa.array(["31.12.2020", "12/31/2020"])
    np.testing.assert_array_equal(days_of(words, "dmy").values, [days("2020-12-31"), NAN])
    np.testing.assert_array_equal(days_of(words, "mdy").values, [NAN, days("2020-12-31")])


@pytest.mark.parametrize(
    ("words", "shape"),
    [(["2020-01-01", "", "x", "2021-01-01"], "y"), (["1.2.2020"], "d"), (["a", "b", "2020-01-01"], ""), ([], "")],
)
def test_the_shape_of_dates(words, shape):
    assert date_shape(pa.array(words, pa.string())) == shape
