"""The bytes of a file of text are found out, or it is said that it is none."""

import pytest

from studio.core.errors import DataError
from studio.data.text.encoding import encoding_of

TEXT = "Über den Wölfen schläft das Öl; größer wär's süß, sagte die Ärztin müde.\n" * 20


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (b"", "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (TEXT.encode("utf-32"), "utf-32"),
    ],
)
def test_it_is_found(tmp_path, data, encoding):
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    assert encoding_of(path) == encoding


def test_an_old_encoding_gives_the_letters_that_were_meant(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT.encode("latin-1"))
    assert path.read_text(encoding=encoding_of(path)) == TEXT


def test_a_character_that_is_cut_at_the_end_of_what_is_looked_at(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"a" * (2**20 - 1) + "ä".encode() * 10)
    assert encoding_of(path) == "utf-8"


def test_what_is_no_text(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(bytes(range(256)) * 4)
    with pytest.raises(DataError, match=r"a\.txt is no text: it holds bytes that no text has"):
        encoding_of(path)


def test_a_file_that_is_gone(tmp_path):
    with pytest.raises(DataError, match=r"gone\.txt cannot be read"):
        encoding_of(tmp_path / "gone.txt")
