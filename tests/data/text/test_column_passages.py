"""A column of a table as texts; the rest of it is held by the tests of the import."""

import pytest

from studio.core.errors import DataError
from studio.data.table.csv_file import CsvTable
from studio.data.table.text_format import TextFormat
from studio.data.text.column_passages import ColumnPassages
from studio.data.text.request import TextRequest


def opened(tmp_path, text, **asked):
    path = tmp_path / "a.csv"
    path.write_text(text)
    return ColumnPassages(CsvTable(path, TextFormat()), "a.csv", TextRequest(**asked))


def test_empty_cells_are_passed_over_and_lines_are_known(tmp_path):
    passages = opened(tmp_path, "number,text\n1,first words\n2,\n3,last words\n")
    (block,) = passages.blocks()
    assert block.texts == ["first words", "last words"]
    assert [passages.name_of(place) for place in block.places] == ["line 2", "line 4"]
    assert ("Texts", "column 'text'") in passages.facts()


def test_a_class_beside_the_text(tmp_path):
    passages = opened(tmp_path, "mood,text\nglad,oh yes\nsad,oh no\n", label="mood")
    (block,) = passages.blocks()
    assert block.labels == ["glad", "sad"]
    assert ("Class", "column 'mood'") in passages.facts()


def test_a_table_without_rows(tmp_path):
    with pytest.raises(DataError, match=r"There is nothing to import in a\.csv: it holds no row"):
        opened(tmp_path, "text\n")
