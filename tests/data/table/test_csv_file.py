"""Tables in text: whatever a spreadsheet writes comes in as words, and what is no row is named by its line."""

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.data.table.csv_file import CsvTable
from studio.data.table.text_format import TextFormat


@pytest.fixture
def table(tmp_path):
    def read(text, asked=None):
        path = tmp_path / "t.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return CsvTable(path, asked or TextFormat())

    return read


def words(table):
    """Cells of each column, and the numbers of the rows."""
    found, records = {}, []
    for block in table.blocks():
        records += block.records.tolist()
        for name, cells in block.cells.items():
            found.setdefault(name, []).extend(cells.array.to_pylist())
    return found, records


@pytest.mark.parametrize(
    "text",
    [
        "x,y\n1,2\n3,4.5\n",
        "\ufeffx,y\r\n1,2\r\n\r\n3,4.5\r\n",
        "x\ty\n1\t2\n3\t4.5",
        '"x","y"\n"1","2"\n" 3 ","4.5"\n',
        "x,y\r1,2\r3,4.5\r",
        "x,y\n1,2\n3,4.5\n".encode("utf-16"),
    ],
)
def test_what_spreadsheets_write(table, text):
    assert words(table(text))[0] == {"x": ["1", "3"], "y": ["2", "4.5"]}


def test_names_that_are_blank_or_there_twice_or_guarded(table):
    assert list(words(table("'-x,,x,x\n1,2,3,4\n"))[0]) == ["-x", "column 2", "x", "x (2)"]
    assert list(words(table("1,2\n3,4\n"))[0]) == ["column 1", "column 2"]


@pytest.mark.parametrize("block_bytes", [8 * 2**20, 16])
def test_rows_of_other_widths_are_refused_with_their_line(table, monkeypatch, block_bytes):
    monkeypatch.setattr("studio.data.table.csv_file._BLOCK_BYTES", block_bytes)
    read = table('x,y\n1,2\n\n3\n"a\nb",4\n5,6\n \n7,8,9\n10,11\n')
    for _ in range(2):
        found, records = words(read)
        assert found["x"] == ["1", "a\nb", "5", "10"]
        numbers = [number for number, _ in read.refused]
        assert [reason for _, reason in read.refused] == [
            "it has 1 cell where there are 2 columns",
            "it has 3 cells where there are 2 columns",
        ]
        assert read.row_names(sorted([*numbers, records[-1]])) == ["line 4", "line 9", "line 10"]


@pytest.mark.parametrize("text", ["", "\n\n", "x,y\n"])
def test_a_file_without_rows(table, text):
    assert words(table(text))[1] == []


def test_too_many_columns(table):
    with pytest.raises(DataError, match="1,001 columns"):
        table("1," * 1000 + "1\n")


def test_a_line_longer_than_a_block(table, monkeypatch):
    monkeypatch.setattr("studio.data.table.csv_file._BLOCK_BYTES", 2**20)
    with pytest.raises(DataError, match="a line of more than 1 MB"):
        words(table("x\n1\n" + "1" * 2**22))


def test_an_encoding_that_ends_in_the_middle(table):
    with pytest.raises(DataError, match=r"not all ASCII|not text in"):
        words(table("x,y\n" + "1,2\n" * 100_000 + "ü,1\n", TextFormat(encoding="ascii")))


def test_quotes_within_a_cell_that_is_not_quoted(table):
    found, records = words(table('x,y\n5" pipe,1\n1,2,3\n6" pipe,2\n'))
    assert found["x"] == ['5" pipe', '6" pipe']
    assert table('x,y\n5" pipe,1\n1,2,3\n6" pipe,2\n').row_names(records) == ["line 2", "line 4"]


def test_its_format_is_said(table):
    assert table("x;y\n1;2,5\n").facts == [
        ("Format", "cells parted by a semicolon, double quotes, decimal commas, names in the first row, UTF-8")
    ]


def test_progress_is_within_the_whole(table):
    read = table("x,y\n" + "1,2\n" * 1000)
    assert [block.done for block in read.blocks()][-1] == read.total == 4
    assert np.all(np.diff([block.done for block in read.blocks()]) >= 0)


def test_rows_inside_a_quote_that_is_not_closed_are_said(table):
    rows = [f"{number},{number / 8},name" for number in range(40)]
    rows[10] = '10,1.25,"name'
    found = table("id,x,c\n" + "\n".join(rows) + "\n")
    cells, records = words(found)
    assert cells["id"] == [str(number) for number in range(10)]
    assert records == list(range(2, 12))
    ((record, why),) = found.refused
    assert record == 12
    assert why.startswith("a quotation mark is closed only here, and the 30 lines before, which look like rows,")
    # Closed by the next quote that comes, the rows behind it are read.
    rows[20] = '20,2.5,"name"'
    found = table("id,x,c\n" + "\n".join(rows) + "\n")
    cells, _ = words(found)
    assert cells["id"] == [str(number) for number in (*range(10), *range(21, 40))]
    assert len(found.refused) == 1


def test_text_of_many_lines_is_a_cell(table):
    poem = "\n".join(["Two roads diverged in a yellow wood,"] * 9)
    found = table(f'id,text,x\n1,"{poem}",2\n2,"one",3\n')
    cells, _ = words(found)
    assert cells["id"] == ["1", "2"]
    assert cells["text"] == [poem, "one"]
    assert found.refused == []
