"""Choices of columns stand until others are made, and become the request of the import."""

import pytest

from studio.data.table.column_request import ColumnRequest
from studio.data.table.text_format import TextFormat
from studio.desk.column_draft import ColumnDraft


def found(name, kind, kinds, said=""):
    return {"name": name, "kind": kind, "kinds": kinds, "found": "1 to 3", "said": said}


COLUMNS = [
    found("id", "", ["number", "whole"], "left out: it counts the rows"),
    found("x", "number", ["number"]),
    found("cut", "category", ["category", "boolean"], "the same as 'x'"),
    found("list", "", [], "left out: it holds lists"),
]


@pytest.fixture
def draft():
    made = ColumnDraft()
    made.show(COLUMNS)
    return made


def rows(draft):
    return {row.name: (row.kind, row.included, row.is_class, row.note) for row in draft.rows}


def test_what_was_found(draft):
    assert rows(draft) == {
        "id": ("whole", False, False, "Left out: it counts the rows"),
        "x": ("number", True, False, ""),
        "cut": ("category", True, False, "The same as 'x'"),
        "list": ("", False, False, "Left out: it holds lists"),
    }
    assert draft.request(TextFormat()) == ColumnRequest()
    assert draft.labels == ["cut"]
    assert draft.summary == "2 of 4 columns"


def test_choices(draft):
    draft.set_included("id", True)
    draft.set_included("x", False)
    draft.set_label("cut")
    draft.set_included("list", True)
    assert rows(draft) == {
        "id": ("whole", True, False, "It counts the rows"),
        "x": ("number", False, False, ""),
        "cut": ("category", True, True, "It is the class"),
        "list": ("", False, False, "Left out: it holds lists"),
    }
    request = draft.request(TextFormat(header=True))
    assert request == ColumnRequest(kinds={"id": "whole"}, without=("x",), label="cut", text=TextFormat(header=True))
    draft.show(COLUMNS)
    assert draft.request(TextFormat(header=True)) == request
    draft.set_kind("x", "number")
    assert rows(draft)["x"][1]
    draft.set_included("id", False)
    draft.set_included("id", True)
    assert draft.request(TextFormat()).kinds == {"id": "whole", "x": "number"}
    draft.set_kind("x", "colour")
    assert rows(draft)["x"][0] == "number"


def test_choices_of_columns_that_are_gone(draft):
    draft.set_label("cut")
    draft.set_included("x", False)
    draft.set_kind("id", "number")
    draft.show([found("column 1", "number", ["number"])])
    assert draft.request(TextFormat()) == ColumnRequest()
    assert draft.summary == "1 of 1 column"


def test_an_earlier_request_comes_back(draft):
    request = ColumnRequest(kinds={"id": "whole"}, without=("x",), label="cut")
    draft.clear()
    assert draft.rows == []
    draft.choose(request)
    draft.show(COLUMNS)
    assert draft.request(TextFormat()) == request
