"""Texts are opened by what they lie in."""

from studio.data.source import TableFile, TextFiles
from studio.data.table.text_format import TextFormat
from studio.data.text.column_passages import ColumnPassages
from studio.data.text.open_texts import open_texts
from studio.data.text.passages import FilePassages
from studio.data.text.request import TextRequest


def test_files_and_tables(tmp_path):
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    (tmp_path / "b.csv").write_text("text\nsome words\n")
    files = open_texts(TextFiles("a", [tmp_path / "a.txt"], ["a.txt"]), TextRequest(), TextFormat())
    assert isinstance(files, FilePassages)
    table = open_texts(TableFile("b", tmp_path / "b.csv"), TextRequest(), TextFormat())
    assert isinstance(table, ColumnPassages)


def test_folders_are_classes_and_splits(tmp_path):
    names = ["train/glad/1.txt", "test/sad/2.txt"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("words\n")
    source = TextFiles("a", [tmp_path / name for name in names], names)
    blocks = list(open_texts(source, TextRequest(unit="file"), TextFormat()).blocks())
    assert [(block.labels, block.splits) for block in blocks] == [(["glad"], [0]), (["sad"], [2])]
