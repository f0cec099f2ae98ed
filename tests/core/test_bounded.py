"""Numbers and names of documents: what can be shown and computed, and what a file may not claim."""

import math
from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from studio.core.bounded import LATEST, Count, Duration, Moment, Name, Rate, Shape, Text


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Count, 0),
        (Count, 2**53),
        (Duration, 0.0),
        (Duration, 1e11),
        (Moment, LATEST),
        (Rate, 1e15),
        (Name, "x" * 10_000),
        (Text, "x" * 1_000_000),
        (Shape, ()),
        (Shape, (2**31,)),
        (Shape, (1,) * 8),
    ],
)
def test_the_bounds_are_within(kind, value):
    assert TypeAdapter(kind).validate_python(value) == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Count, -1),
        (Count, 2**53 + 1),
        (Count, 0.5),
        (Duration, -1e-9),
        (Duration, 1e12),
        (Moment, LATEST * 1.001),
        (Rate, 1e16),
        (Name, "x" * 10_001),
        (Text, "x" * 1_000_001),
        (Shape, (0,)),
        (Shape, (2, -1)),
        (Shape, (1,) * 9),
        (Shape, (2**16, 2**16)),
        *((kind, value) for kind in (Duration, Moment, Rate) for value in (math.nan, math.inf)),
    ],
)
def test_what_lies_beyond_is_refused(kind, value):
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


def test_a_shape_says_how_large_it_may_be():
    with pytest.raises(ValidationError, match="has more than 2,147,483,648 values"):
        TypeAdapter(Shape).validate_python((2**31, 2))


def test_the_latest_moment_is_one_that_a_calendar_can_print():
    assert datetime.fromtimestamp(LATEST, UTC).year < 10_000
    with pytest.raises((ValueError, OverflowError, OSError)):
        datetime.fromtimestamp(LATEST * 1.02, UTC)
