"""What a column says of its cells."""

import numpy as np
import pytest
from pydantic import ValidationError

from studio.core.errors import SettingsError
from studio.core.modality import Column, TableSpec
from studio.core.modality.column import named_columns


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "category"},
        {"kind": "category", "categories": ("a", "a")},
        {"kind": "category", "categories": ("a",), "knots": (0.0, 1.0)},
        {"kind": "category", "categories": tuple(map(str, range(1001)))},
        {"kind": "boolean", "categories": ("no",)},
        {"categories": ("a", "b")},
        {"kind": "date"},
        {"kind": "date", "origin": "yesterday"},
        {"origin": "2020-01-01"},
        {"step": -1.0},
        {"step": float("nan")},
        {"knots": (1.0,)},
        {"knots": (1.0, 0.0)},
        {"knots": (0.0, 1.0), "shares": (0.0,)},
        {"knots": (0.0, 1.0), "shares": (0.0, 0.5)},
        {"knots": (0.0, 1.0, 2.0), "shares": (0.0, 0.0, 1.0)},
    ],
)
def test_what_contradicts_itself_is_refused(values):
    with pytest.raises(ValidationError):
        Column(name="x", **values)


def test_the_span_is_that_of_knots_or_codes():
    assert Column(name="x", knots=(-2.0, 0.0, 5.0)).span == (-2.0, 5.0)
    assert Column(name="x", kind="category", categories=("a", "b", "c")).span == (0.0, 2.0)
    assert Column(name="x").span == (0.0, 1.0)


def test_names_with_knots_beside_them_are_read():
    old = {"modality": "table", "shape": [2], "columns": ["x", "y"], "knots": [[0, 1], [2, 3]]}
    spec = TableSpec.model_validate(old)
    assert spec.columns == (Column(name="x", knots=(0.0, 1.0)), Column(name="y", knots=(2.0, 3.0)))
    assert TableSpec.model_validate_json(spec.model_dump_json()) == spec
    assert named_columns(7) == 7
    with pytest.raises(ValueError, match="every column has its knots"):
        named_columns({"columns": ["x", "y"], "knots": [[0, 1]]})


NAN = float("nan")
WORDY = [
    (Column(name="n"), [0.1, -1e-20, 3e20, NAN], ["0.1", "-1e-20", "3e+20", ""]),
    (Column(name="n", step=0.01), [0.23, -0.001, 2.5, NAN], ["0.23", "0.00", "2.50", ""]),
    (Column(name="n", step=0.25), [0.6, -3.0], ["0.50", "-3.00"]),
    (Column(name="n", step=10.0), [24.0], ["20"]),
    (Column(name="n", kind="whole", step=1.0), [3.4, -2.0, 2.0**24, NAN], ["3", "-2", "16777216", ""]),
    (Column(name="n", kind="category", categories=("a", "=b")), [1.0, 0.0, NAN, 9.0, -3.0], ["=b", "a", "", "=b", "a"]),
    (Column(name="n", kind="boolean", categories=("Nein", "Ja")), [1.0, 0.0], ["Ja", "Nein"]),
    (Column(name="n", kind="date", step=1.0, origin="2020-01-01"), [31.0, NAN], ["2020-02-01", ""]),
    (Column(name="n", kind="date", origin="2020-01-01"), [0.25, NAN], ["2020-01-01T06:00:00", ""]),
]


@pytest.mark.parametrize(("column", "values", "words"), WORDY)
def test_cells_in_words(column, values, words):
    assert column.words(np.array(values, np.float32)) == words
    assert column.words([]) == []


def test_words_are_numbers_again():
    for column, _, words in WORDY:
        for word in filter(None, words):
            assert column.words([column.number(word)]) == [word]


def test_words_as_people_write_them():
    category = Column(name="c", kind="category", categories=("Ideal", "Good", "good"))
    assert (category.number(" ideal "), category.number("good")) == (0.0, 2.0)
    assert Column(name="n", step=0.1).number("2.34") == 2.3
    date = Column(name="d", kind="date", origin="2020-01-01")
    assert (date.number("2020-01-02 12:00"), date.number("2019-12-31")) == (1.5, -1.0)


@pytest.mark.parametrize(
    ("column", "word", "said"),
    [
        (Column(name="c", kind="category", categories=("a", "b")), "x", "'c' is not 'x'; it is one of a, b."),
        (Column(name="c", kind="category", categories=("a", "A")), "å", "'c' is not 'å'; it is one of a, A."),
        (Column(name="n"), "red", "'n' is a number, and 'red' is none that can be used."),
        (Column(name="n"), "nan", "'n' is a number, and 'nan' is none that can be used."),
        (Column(name="n"), "1e39", "'n' is a number, and '1e39' is none that can be used."),
        (Column(name="n"), "1_000", "'n' is a number, and '1_000' is none that can be used."),
        (Column(name="n", kind="whole"), "1.5", "'n' is a whole number, and '1.5' is none."),
        (Column(name="d", kind="date", origin="2020-01-01"), "1.2.2020", "'d' is a date, and '1.2.2020' is none"),
    ],
)
def test_words_that_a_column_cannot_hold(column, word, said):
    with pytest.raises(SettingsError) as raised:
        column.number(word)
    assert str(raised.value).startswith(said)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (Column(name="n"), "number"),
        (Column(name="n", step=0.01, knots=(0.195, 5.015)), "number from 0.20 to 5.01"),
        (
            Column(name="n", kind="whole", step=1.0, knots=(0.5, 3.5), missing=True),
            "whole number from 1 to 3; may be missing",
        ),
        (Column(name="n", kind="boolean", categories=("no", "yes")), "one of 2: no, yes"),
        (
            Column(name="n", kind="category", categories=tuple("abcdefghi")),
            "category of 9: a, b, c, d, e, f, g, h, ...",
        ),
        (
            Column(name="n", kind="date", step=1.0, origin="2020-01-01", knots=(-0.5, 30.5)),
            "date from 2020-01-01 to 2020-01-31",
        ),
    ],
)
def test_a_column_in_words(column, words):
    assert column.summary == words
