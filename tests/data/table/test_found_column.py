"""What a column is taken for, and what is said of it."""

import numpy as np
import pyarrow as pa
import pytest

from studio.data.table.cells import Days, Numbers, Unread, Words
from studio.data.table.finder import ColumnFinder
from studio.data.table.found_column import found_column, number_word


def found(cells, first=False, repeats="", decimal="."):
    column = ColumnFinder("c", 0, decimal)
    if isinstance(cells, list):
        cells = Words(pa.array(cells, pa.string()))
    count = 3 if isinstance(cells, Unread) else len(getattr(cells, "array", getattr(cells, "values", ())))
    column.add(cells, np.arange(count))
    return found_column(column, first, repeats)


@pytest.mark.parametrize(
    ("words", "kind", "step"),
    [
        (["1", "2", "3"] * 100, "whole", 1.0),
        (["1.0", "2.0", "3.0"], "whole", 1.0),
        (["1.5", "2.25"], "number", 0.01),
        (["0", "1"] * 100, "boolean", 1.0),
        (["0", "1"] * 99, "whole", 1.0),
        (["1", "2"] * 100, "category", 1.0),
        (["0.5", "1.5"] * 100, "number", 0.1),
        (["16777217", "5"], "number", 0.0),
        (["yes", "no", "no"], "boolean", 0.0),
        (["Wahr", "Falsch", "Wahr"], "category", 0.0),
        (["2020-01-01", "2020-01-02"], "date", 1.0),
        (["2020-01-01 06:00", "2020-01-02"], "date", 0.0),
        (["red", "blue", "red", ""], "category", 0.0),
    ],
)
def test_kinds(words, kind, step):
    column = found(words)
    assert (column.kind, column.step) == (kind, step)


def test_a_few_cells_that_are_no_numbers_will_be_refused_and_many_make_words():
    assert found([str(number) for number in range(100)] + ["red"] * 5).kind == "whole"
    assert found([str(number % 5) for number in range(100)] + ["red"] * 20).kind == "category"
    assert found(["1", "2", "red"]).kind == "whole"
    assert found(["1", "red"]).kind == "category"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["ann", "bob", "cid"], "left out: every row has its own word"),
        ([f"w{number // 2}" for number in range(60)] + ["w0"], ""),
        ([f"w{number}" for number in range(60)] + ["w0"], "left out: it has 60 different words in 61 rows"),
        (
            [f"w{number % 2000}" for number in range(4000)],
            "left out: it is text, or has more than 1,000 different words",
        ),
        (["", "", ""], "left out: all its cells are empty"),
        (["NA", "?"], "left out: all its cells are empty"),
        (["7"] * 5, "always 7"),
        (["red"] * 5, "always red"),
        (["red"] * 5 + [""], ""),
        (["a\nb" + "c" * 40] * 5, f"always a b{'c' * 27}..."),
        (["1.2.2020", "2.1.2020"], "read as day, month, year"),
        (["31.12.2020", "2.1.2020"], ""),
        (Unread("it holds lists"), "left out: it holds lists"),
        (["a", "b", "a"], ""),
    ],
)
def test_what_is_said(cells, said):
    column = found(cells)
    assert column.said == said
    assert column.is_left_out == said.startswith("left out")
    assert (column.kind is None) == column.is_left_out


def test_only_the_first_column_may_count_the_rows():
    words = [str(number) for number in range(1, 11)]
    assert found(words, first=True).said == "left out: it counts the rows"
    assert "whole" in found(words, first=True).kinds
    assert found(words).kind == "whole"
    assert found(words[:9], first=True).kind == "whole"


def test_a_column_that_repeats_another():
    assert found(["1", "5"], repeats="x").said == "the same as 'x'"
    assert found(["1", "1"], repeats="x").said == "always 1"


def test_what_a_column_may_be():
    assert found(["1", "2"]).kinds == ("number", "whole", "category", "boolean")
    assert found(["1.5", "2", "3"]).kinds == ("number", "category")
    assert found(["a", "b"]).kinds == ("category", "boolean")
    assert found([f"w{number}" for number in range(2000)]).kinds == ()
    assert found([str(number) for number in range(2000)]).kinds == ("number", "whole")
    assert found(Days(np.array([1.0]))).kinds == ("date",)


def test_categories_in_order():
    assert found(["10", "9", "1", "x", "x"]).words == ("1", "10", "9", "x")
    assert found(["10", "9", "01", "1"]).words == ("01", "1", "9", "10")
    assert found(["b", "A", "a"]).words == ("A", "a", "b")
    column = found(Numbers(np.array([2.0, 0.5, np.nan])))
    assert (column.words, column.values) == (("0.5", "2"), (0.5, 2.0))


@pytest.mark.parametrize(
    ("cells", "summary"),
    [
        (["1.5", "2.25", "?"], "1.5 to 2.25 in steps of 0.01; 1 missing"),
        (["3", "1"], "1 to 3"),
        (["b", "a", "b", ""], "a, b; 1 missing"),
        (["a", "b", "c", "d"] * 2, "a, b, c, ... (4 in all)"),
        (["2020-01-01", "9999-12-31"], "2020-01-01 to 9999-12-31"),
        (["2020-01-01 06:00", ""], "2020-01-01 to 2020-01-01, with times of day; 1 missing"),
    ],
)
def test_in_words(cells, summary):
    assert found(cells).summary == summary


def test_a_number_as_a_person_writes_it():
    assert [number_word(value) for value in (3.0, -0.5, 1e300)] == ["3", "-0.5", "1e+300"]
