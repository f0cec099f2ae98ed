"""JSON lines are a table of their keys, whatever line brings them first."""

import pytest

from studio.core.errors import DataError
from studio.data.table.cells import Unread
from studio.data.table.json_lines import JsonTable


@pytest.fixture
def table(tmp_path):
    def read(text):
        path = tmp_path / "t.jsonl"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return JsonTable(path)

    return read


def test_values_are_words_as_they_are_written(table):
    read = table('{"x": 1.50, "y": "a", "z": true}\n\n{"x": null, "z": false, "late": 12345678901234567890}\n')
    (block,) = read.blocks()
    assert {name: cells.array.to_pylist() for name, cells in block.cells.items()} == {
        "x": ["1.50", ""],
        "y": ["a", ""],
        "z": ["true", "false"],
        "late": ["", "12345678901234567890"],
    }
    assert read.row_names(block.records.tolist()) == ["line 1", "line 3"]
    assert (block.done, read.total) == (1, 1)


def test_lines_that_are_no_rows(table):
    read = table(b'{"x": 1}\n[1]\nred\n{"x": "\xff"}\n{"x": NaN}\n' + b"[" * 100_000 + b'\n{"x": 2}')
    (block,) = read.blocks()
    assert block.cells["x"].array.to_pylist() == ["1", "nan", "2"]
    assert read.refused == [
        (2, "it is no JSON object"),
        (3, "it is no JSON"),
        (4, "it is not text in UTF-8"),
        (6, "it is no JSON"),
    ]


def test_a_column_of_lists_is_not_read(table):
    (block,) = table('{"x": 1, "tags": ["a"]}\n{"x": 2, "tags": []}\n').blocks()
    assert isinstance(block.cells["tags"], Unread)
    assert block.cells["x"].array.to_pylist() == ["1", "2"]


def test_keys_that_are_blank_or_alike(table):
    (block,) = table('{"": 1, "a": 2, "a ": 3, "\\ud800": 4}\n').blocks()
    assert list(block.cells) == ["column 1", "a", "a (2)", "\\ud800"]


def test_a_key_that_comes_in_a_later_block(table, monkeypatch):
    monkeypatch.setattr("studio.data.table.json_lines._ROWS", 2)
    first, second = table('{"x": 1}\n{"x": 2}\n{"y": 3}\n').blocks()
    assert (list(first.cells), list(second.cells)) == (["x"], ["x", "y"])


def test_what_is_no_json_lines(table, monkeypatch):
    with pytest.raises(DataError, match="its first line is no JSON object"):
        list(table("x,y\n1,2\n").blocks())
    monkeypatch.setattr("studio.data.table.json_lines._LONGEST_LINE", 100)
    with pytest.raises(DataError, match=r"Line 1 of t\.jsonl is longer"):
        list(table("{" + " " * 200 + "}").blocks())
