"""Files of text are cut into lines, paragraphs, windows or wholes, and each text knows the line it begins at."""

import pytest

from studio.core.errors import DataError
from studio.data.text.passages import MOST_CHARACTERS, FilePassages, TextBlock, refusal_of
from studio.data.text.request import TextRequest


def opened(tmp_path, text, **asked):
    path = tmp_path / "book.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return FilePassages([path], ["book.txt"], [(None, 0)], TextRequest(**asked))


def read(passages):
    return [
        (passages.name_of(place), text)
        for block in passages.blocks()
        for place, text in zip(block.places, block.texts, strict=True)
    ]


def test_lines(tmp_path):
    found = read(opened(tmp_path, "one\r\n\n  two \nthree", unit="line"))
    assert found == [("line 1", "one"), ("line 3", "  two "), ("line 4", "three")]


def test_paragraphs_keep_their_lines(tmp_path):
    found = read(opened(tmp_path, "\n\na\nb\n\n\nc\n \nd", unit="paragraph"))
    assert found == [("line 3", "a\nb"), ("line 7", "c"), ("line 9", "d")]


def test_windows_are_of_whole_words(tmp_path):
    text = "one two three four five six seven\neight nine ten eleven"
    found = read(opened(tmp_path, text, unit="window", window=16))
    assert all(len(each) <= 16 for _, each in found)
    assert " ".join(each for _, each in found).split() == text.split()
    assert (found[0][0], found[-1][0]) == ("line 1", "line 2")


def test_a_word_longer_than_a_window_is_parted(tmp_path):
    found = [text for _, text in read(opened(tmp_path, "x" * 40, unit="window", window=16))]
    assert found == ["x" * 16, "x" * 16, "x" * 8]


@pytest.mark.fault("A25")
def test_a_line_of_a_megabyte_is_one_refusal(tmp_path):
    found = read(opened(tmp_path, "short\n" + "y" * 2**20 + "\nlast", unit="line"))
    assert [name for name, _ in found] == ["line 1", "line 2", "line 3"]
    assert [bool(refusal_of(text)) for _, text in found] == [False, True, False]
    assert len(found[1][1]) < 2**18


@pytest.mark.fault("A25")
@pytest.mark.parametrize("unit", ["paragraph", "file"])
def test_no_more_of_a_long_text_is_kept_than_says_so(tmp_path, unit):
    ((_, text),) = read(opened(tmp_path, "a line of some words\n" * 20_000, unit=unit))
    assert MOST_CHARACTERS < len(text) < 2 * MOST_CHARACTERS


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("a verse\nanother verse\nand one more\n", "line"),
        (
            "a book whose lines are broken\nat a width that is short\n\nand has paragraphs\nlike this\n\n" * 9,
            "paragraph",
        ),
        ("one line without any break", "window"),
        ("z" * 30_000 + "\nsecond", "window"),
        ("", "window"),
    ],
)
def test_what_becomes_a_text_is_found(tmp_path, text, unit):
    passages = opened(tmp_path, text)
    assert passages.unit == unit


def test_many_files_are_texts_themselves(tmp_path):
    paths = [tmp_path / f"{number}.txt" for number in range(25)]
    for number, path in enumerate(paths):
        path.write_text(f"text {number}\nmore\n")
    homes = [("odd" if number % 2 else "even", 0) for number in range(25)]
    passages = FilePassages(paths, [path.name for path in paths], homes, TextRequest())
    assert passages.unit == "file"
    assert read(passages)[3] == ("3.txt line 1", "text 3\nmore")
    assert [label for block in passages.blocks() for label in block.labels][:2] == ["even", "odd"]


def test_utf_16_and_composed_letters(tmp_path):
    passages = opened(tmp_path, "e\u0301tude\nzwei".encode("utf-16"), unit="line")
    assert read(passages) == [("line 1", "\u00e9tude"), ("line 2", "zwei")]
    assert ("Encoding", "UTF-16") in passages.facts()


def test_a_file_that_is_no_text_is_refused_beside_others(tmp_path):
    good, bad = tmp_path / "a.txt", tmp_path / "b.txt"
    good.write_text("yes\n")
    bad.write_bytes(b"\0\1\2")
    passages = FilePassages([good, bad], ["a.txt", "b.txt"], [(None, 0)] * 2, TextRequest(unit="line"))
    assert read(passages) == [("a.txt line 1", "yes")]
    assert passages.refused == [("b.txt", "b.txt is no text: it holds bytes that no text has")]
    with pytest.raises(DataError, match=r"There is no text to import: b\.txt is no text"):
        FilePassages([bad], ["b.txt"], [(None, 0)], TextRequest())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("plain\ttext\n", ""),
        ("a\x07b", "it holds the control character U+0007"),
        ("a\udce9b", "the byte 0xe9 is not of its encoding"),
        ("x" * (MOST_CHARACTERS + 1), "longer than 20,000 characters; cut long texts by --unit window"),
    ],
)
def test_why_a_text_is_refused(text, reason):
    assert refusal_of(text) == reason


def test_a_block_says_of_each_text_why_it_cannot_be_an_item():
    block = TextBlock(texts=["a", "b", "c", "d"], sources=["x", "y\x00", "z", ""])
    block.texts[2] = "c" * (MOST_CHARACTERS + 1)
    found = block.refusals()
    assert found[0] == found[3] == ""
    assert found[1] == "it holds the control character U+0000"
    assert found[2].startswith("longer than")
    assert TextBlock(texts=["a", "b\nc"]).refusals() == ["", ""]
    assert TextBlock().refusals() == []
