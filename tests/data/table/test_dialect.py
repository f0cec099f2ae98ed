"""How a table in text is written is found from its first rows, and asked for where it is not."""

import pytest

from studio.core.errors import DataError
from studio.data.table.dialect import find_dialect
from studio.data.table.text_format import TextFormat


@pytest.fixture
def found(tmp_path):
    def find(text, asked=None):
        path = tmp_path / "t.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return find_dialect(path, asked or TextFormat())

    return find


@pytest.mark.parametrize(
    ("text", "delimiter", "decimal"),
    [
        ("x,y\n1,2\n3,4.5\n", ",", "."),
        ("x;y\n1;2\n3;4,5\n", ";", ","),
        ("1,5;2,5\n3;4\n", ";", ","),
        ("x\ty\n1\t2\n", "\t", "."),
        ("x|y\n1|2\n", "|", "."),
        ('x,note\n1,"a; b; c"\n2,"d; e"\n', ",", "."),
        ("x;y\n1;1,234\n2;5,678\n", ";", "."),
        ("x;y\n1;0,234\n2;5,678\n", ";", ","),
        ("x\n1,5\n2,5\n", "\t", ","),
        ("", "\t", "."),
    ],
)
def test_what_parts_cells_and_decimals(found, text, delimiter, decimal):
    format = found(text).format
    assert (format.delimiter, format.decimal) == (delimiter, decimal)


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("x,y\n1,2\n", True),
        ("1,2\n3,4\n", False),
        ("1,\n2,3\n", False),
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n", False),
        ("name,2019,2020\na,1,2\nb,3,4\n", False),
        ("cut,colour\nIdeal,E\nGood,E\n", True),
        ("red,blue\nred,green\n", False),
        ("x,y\n", True),
        ("when,x\n2020-01-01,1\n", True),
    ],
)
def test_whether_the_first_row_names_the_columns(found, text, header):
    assert found(text).format.header is header
    assert found(text, TextFormat(header=not header)).format.header is not header


@pytest.mark.parametrize(
    ("data", "encoding", "name"),
    [
        ("größe,x\n1,2\n".encode(), "utf-8", "größe"),
        ("\ufeffgröße,x\n1,2\n".encode(), "utf-8", "größe"),
        ("größe,x\n1,2\n".encode("cp1252"), "cp1252", "größe"),
        ("größe,x\n1,2\n".encode("utf-16"), "utf-16", "größe"),
        (b"\x81,x\n1,2\n", "latin-1", "\x81"),
    ],
)
def test_the_encoding(found, data, encoding, name):
    dialect = found(data)
    assert (dialect.format.encoding, dialect.names[0]) == (encoding, name)


def test_a_character_across_two_blocks_of_the_file(found, monkeypatch):
    monkeypatch.setattr("studio.data.table.dialect._BLOCK_BYTES", 7)
    assert found("x,größegröße\n1,öäü\n").format.encoding == "utf-8"


def test_an_encoding_that_it_is_not(found):
    with pytest.raises(DataError, match="not text in ascii; say another"):
        found("größe\n1\n", TextFormat(encoding="ascii"))


def test_bytes_that_are_no_text(found):
    with pytest.raises(DataError, match=r"t\.csv is no text"):
        found(bytes(range(256)) * 100)
    assert found(b"x,y\n1,\x002\n").names == ("x", "y")


def test_single_quotes_where_there_are_no_double_ones(found):
    assert found("'a','b'\n'1,5','2'\n").format.quote == "'"
    assert found("a,b\nit's,2\n").format.quote == '"'


def test_the_column_of_row_names_that_r_does_not_name(found):
    dialect = found("x,y\na,1,2\nb,3,4\n")
    assert (dialect.names, dialect.width) == (("", "x", "y"), 3)
