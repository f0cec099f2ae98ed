"""The format of a table in text, as a person reads it."""

import pytest
from pydantic import ValidationError

from studio.data.table.text_format import TextFormat


def test_in_words():
    known = TextFormat(delimiter=";", quote='"', encoding="cp1252", header=True, decimal=",")
    assert known.words == "cells parted by a semicolon, double quotes, decimal commas, names in the first row, CP1252"
    assert TextFormat().words == ""


def test_other_delimiters_are_none():
    with pytest.raises(ValidationError):
        TextFormat(delimiter="x")
