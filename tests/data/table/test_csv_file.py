"""Tables in text: whatever a spreadsheet writes, rows of numbers come in and the others are named."""

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.data.table.csv_file import read_csv


@pytest.fixture
def rows(tmp_path):
    def read(text, name="t.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_csv(path, lambda count: None)

    return read


@pytest.mark.parametrize(
    "text",
    [
        "x,y\n1,2\n3,4.5\n",
        "\ufeffx,y\r\n1,2\r\n\r\n3,4.5\r\n",
        "x;y\n1;2\n3;4,5\n",
        "x\ty\n1\t2\n3\t4.5",
        '"x","y"\n"1","2"\n" 3 ","4.5"\n',
    ],
)
def test_what_spreadsheets_write(rows, text):
    found = rows(text)
    assert found.columns == ("x", "y")
    assert found.values.dtype == np.float32
    assert found.values.tolist() == [[1, 2], [3, 4.5]]
    assert found.refused == []


def test_without_a_header_columns_are_called_by_their_place(rows):
    found = rows("1,2\n3,4\n")
    assert found.columns == ("column 1", "column 2")
    assert len(found.values) == 2


def test_blank_and_double_names(rows):
    assert rows("x,,x,x\n1,2,3,4\n").columns == ("x", "column 2", "x (2)", "x (3)")


def test_rows_that_are_no_numbers_are_refused_with_their_line(rows):
    found = rows("x,y\n1,2\n1,red\n,4\n1\n1,nan\n1,1e39\n5,6\n")
    assert found.values.tolist() == [[1, 2], [5, 6]]
    assert found.refused == [
        ("line 3", "its cell of the column 'y' is no number: red"),
        ("line 4", "its cell of the column 'x' is empty"),
        ("line 5", "it has 1 cells where there are 2 columns"),
        ("line 6", "its cell of the column 'y' is not a finite number of 32 bits: nan"),
        ("line 7", "its cell of the column 'y' is not a finite number of 32 bits: 1e39"),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "x,y\n"])
def test_a_file_without_rows(rows, text):
    assert len(rows(text).values) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"x,y\n\xff\xfe,1\n", "not text in UTF-8"),
        ("1," * 1000 + "1\n", "1,001 columns"),
        ("x\n" + "1" * 200_000, "no table"),
    ],
)
def test_what_is_no_table(rows, text, said):
    with pytest.raises(DataError, match=said):
        rows(text)


def test_decimal_commas_without_a_header(rows):
    assert rows("1,5;2,5\n3;4\n").values.tolist() == [[1.5, 2.5], [3, 4]]


def test_a_first_row_with_a_gap_is_no_header(rows):
    found = rows("1,\n2,3\n")
    assert found.columns == ("column 1", "column 2")
    assert found.refused == [("line 1", "its cell of the column 'column 2' is empty")]


def test_names_that_were_guarded_against_formulas_come_back(rows):
    assert rows("'-x,y\n1,2\n").columns == ("-x", "y")


def test_what_python_alone_reads_as_a_number_is_none(rows):
    assert rows("x\n1_000\n2\n").refused == [("line 2", "its cell of the column 'x' is no number: 1_000")]
