"""What is imported, from what was found and what is asked."""

from dataclasses import replace

import pytest

from studio.core.errors import DataError
from studio.data.table.column_request import ColumnRequest
from studio.data.table.columns import plan_columns
from studio.data.table.found_column import FoundColumn

NUMBER = FoundColumn("x", "number", ("number",), "", 0.1, (0.5, 2.0), (), (), "", False, 0, 0, 10)
WHOLE = replace(NUMBER, name="n", kind="whole", kinds=("number", "whole", "category"), words=("1", "2", "3"), step=1.0)
WORDS = replace(NUMBER, name="w", kind="category", kinds=("category", "boolean"), words=("'=a", "b"), step=0.0)
DATE = replace(NUMBER, name="d", kind="date", kinds=("date",), step=0.0, span=(-0.25, 9.5), order="dmy")
TEXT = replace(NUMBER, name="t", kind=None, kinds=(), said="left out: it is text")
COUNT = replace(WHOLE, name="i", kind=None, said="left out: it counts the rows")
ALL = [COUNT, NUMBER, WHOLE, WORDS, DATE, TEXT]


def plan(**asked):
    return plan_columns(ALL, ColumnRequest(**asked), "t")


def test_what_was_found():
    found = plan()
    assert [(column.name, column.kind, column.step) for column in found.columns] == [
        ("x", "number", 0.1),
        ("n", "whole", 1.0),
        ("w", "category", 0.0),
        ("d", "date", 0.0),
    ]
    assert found.columns[2].categories == ("=a", "b")
    assert (found.columns[3].origin, found.columns[3].origin_text, found.columns[3].order) == (-1, "1969-12-31", "dmy")
    assert (found.shape, found.item_bytes, found.label) == ((4,), 16, None)


def test_what_is_asked_for():
    found = plan(kinds={"i": "number", "n": "category"}, without=("x",), label="w")
    assert [(column.name, column.kind) for column in found.columns] == [
        ("i", "number"),
        ("n", "category"),
        ("d", "date"),
    ]
    assert (found.label.name, found.label.categories, found.label_place) == ("w", ("=a", "b"), 2)


def test_names_of_categories_that_would_become_one_stay_as_they_are():
    column = replace(WORDS, words=("'=a", "=a"))
    assert plan_columns([column], ColumnRequest(), "t").columns[0].categories == ("'=a", "=a")


def test_no_comes_before_yes():
    column = replace(WORDS, kind="boolean", words=("T", "f"))
    assert plan_columns([column], ColumnRequest(), "t").columns[0].words == ("f", "T")
    column = replace(WORDS, kind="boolean", words=("0", "1"), values=(0.0, 1.0))
    assert plan_columns([column], ColumnRequest(), "t").columns[0].values == (0.0, 1.0)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"without": ("y",)}, r"t has no column 'y'; it has i, x, n, w, d, t\."),
        ({"kinds": {"t": "category"}}, r"The column 't' cannot be imported: it is text\."),
        ({"kinds": {"x": "category"}}, r"The column 'x' has more than 1,000 different values, or values that are long"),
        ({"label": "d"}, r"The column 'd' has more than 1,000 different values, .* cannot be a class"),
        ({"kinds": {"n": "boolean"}}, r"The column 'n' has not two different values"),
        ({"kinds": {"w": "number"}}, r"cannot be a number: its cells are not; it may be category or boolean\."),
        (
            {"without": ("x", "n", "w", "d")},
            r"No column of t is left .*'i' is left out: it counts the rows; 't' is left out: it is text",
        ),
    ],
)
def test_what_cannot_be(asked, said):
    with pytest.raises(DataError, match=said):
        plan(**asked)
