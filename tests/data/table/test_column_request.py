"""What is asked of columns is written as people write it."""

import pytest

from studio.core.errors import SettingsError
from studio.data.table.column_request import ColumnRequest, read_kinds, read_text_format


def test_kinds_of_columns():
    assert read_kinds(["x=number", "a=b=category", "when = date"]) == {
        "x": "number",
        "a=b": "category",
        "when ": "date",
    }
    for wrong in ("x", "=number", "x=text", "x="):
        with pytest.raises(SettingsError, match="is not NAME=KIND with a KIND of number, whole, category"):
            read_kinds([wrong])


def test_the_format_of_text():
    found = read_text_format("semicolon", "cp1252", "no", "comma")
    assert (found.delimiter, found.encoding, found.header, found.decimal) == (";", "cp1252", False, ",")
    assert read_text_format("", "", "", "") == ColumnRequest().text
    with pytest.raises(SettingsError, match="There is no encoding 'klingon'"):
        read_text_format("", "klingon", "", "")


def test_a_request_travels_as_a_document():
    request = ColumnRequest(kinds={"x": "whole"}, without=("y",), label="z", text=read_text_format("tab", "", "", ""))
    assert ColumnRequest.model_validate(request.model_dump(mode="json")) == request
