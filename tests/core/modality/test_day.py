"""Dates are written and read as ISO 8601 has them, within the years of a calendar."""

import numpy as np
import pytest

from studio.core.modality.day import day_words, read_day


def test_days_stay_in_the_calendar():
    days = np.array([0.0, 1.4, 2932896.0, 1e9, -1e9])
    assert day_words(days, "1970-01-01", True, 1e7) == [
        "1970-01-01",
        "1970-01-02",
        "9999-12-31",
        "9999-12-31",
        "0001-01-01",
    ]


@pytest.mark.parametrize(
    ("reach", "word"),
    [(30.0, "1970-01-01T06:00:04"), (3000.0, "1970-01-01T06:00:00"), (1e6, "1970-01-01T06:00:00")],
)
def test_times_are_as_fine_as_32_bits_hold_them(reach, word):
    assert day_words(np.array([0.25005]), "1970-01-01", False, reach) == [word]


@pytest.mark.parametrize(
    ("word", "days"),
    [("1970-01-03", 2.0), ("1970-01-01T18:00", 0.75), ("1969-12-31 12:00:00", -0.5), ("9999-12-31", 2932896.0)],
)
def test_what_is_written_is_read(word, days):
    assert read_day(word, "1970-01-01") == days


@pytest.mark.parametrize("word", ["", "soon", "1970-02-30", "31.12.1970", "10000-01-01"])
def test_other_words_are_no_dates(word):
    assert read_day(word, "1970-01-01") is None
