"""What a person's paths are: kinds that make one data set, and each reason why they do not."""

import os

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.data.source import Arrays, Files, TableFile, find_source


def test_example_digits(add, monkeypatch, tmp_path, images):
    file = tmp_path / "digits.npz"
    np.savez(file, train_images=images(8), train_labels=np.arange(8), test_images=images(2), test_labels=np.arange(2))
    monkeypatch.setattr("studio.data.example.resource", lambda name: tmp_path / name)
    dataset = add("example:digits")
    assert dataset.document.name == "digits"
    assert dataset.document.licence == "MNIST, LeCun, Cortes and Burges, CC BY-SA 3.0"
    assert dataset.document.splits["test"] == 2
    with pytest.raises(DataError, match="of its own"):
        add("example:digits", file)


def test_missing_example_is_said(add, monkeypatch):
    def missing(name):
        raise FileNotFoundError(2, "no", os.fspath(name))

    monkeypatch.setattr("studio.data.example.resource", missing)
    with pytest.raises(DataError, match="install the studio again"):
        add("example:digits")


def test_wrong_paths_are_refused(tmp_path, add, workspace, fill):
    fill(tmp_path / "s", 1)
    with pytest.raises(DataError, match="does not exist"):
        add(tmp_path / "missing")
    with pytest.raises(DataError, match="workspace itself"):
        add(workspace)
    with pytest.raises(DataError, match="contains the workspace"):
        add(tmp_path)
    with pytest.raises(DataError, match="contains the workspace"):
        add("/")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="not a regular file or folder"):
        add(tmp_path / "pipe")


@pytest.fixture
def find(tmp_path, workspace):
    """Find out what files of the test's folder are."""
    return lambda *names: find_source([str(tmp_path / name) for name in names], workspace, lambda count: None)


def test_each_kind_is_told_from_the_others(tmp_path, find, fill, save, images):
    fill(tmp_path / "pictures", 2)
    save(x=images(3))
    with open(tmp_path / "rows.NPY", "wb") as file:
        np.save(file, np.zeros((4, 2)))
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    pictures, arrays, rows, table = find("pictures"), find("set.npz"), find("rows.NPY"), find("t.csv")
    assert isinstance(pictures, Files)
    assert (pictures.name, pictures.names, pictures.wraps) == ("pictures", ["000.png", "001.png"], False)
    assert isinstance(arrays, Arrays)
    assert (arrays.name, arrays.are_rows) == ("set", False)
    assert rows.are_rows
    assert isinstance(table, TableFile)
    assert (table.name, table.path) == ("t", tmp_path / "t.csv")


def test_a_path_twice_is_one(tmp_path, find, fill):
    fill(tmp_path / "pictures", 2)
    assert find("pictures", "pictures").names == ["000.png", "001.png"]


def test_folders_together_are_below_a_folder_each(tmp_path, find, fill):
    fill(tmp_path / "a", 1)
    fill(tmp_path / "b", 1)
    source = find("a", "b")
    assert source.names == ["a/000.png", "b/000.png"]
    assert [index for index, _, _ in source.payloads([1])] == [1]
    assert [str(payload)[-9:] for _, payload, _ in source.payloads([0, 1])] == ["a/000.png", "b/000.png"]


def test_kinds_are_not_mixed(tmp_path, find, fill, save, images):
    fill(tmp_path / "pictures", 1)
    save(x=images(3))
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    (tmp_path / "u.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"^Add one table at a time: t\.csv, u\.csv\.$"):
        find("t.csv", "u.csv")
    for names in (("pictures", "set.npz"), ("set.npz", "t.csv")):
        with pytest.raises(DataError, match=f"^These cannot be one data set: {names[0]}, {names[1]}; add arrays, IDX"):
            find(*names)


def test_tables_by_their_endings_and_first_bytes(tmp_path, find):
    for name in ("a.tsv", "a.TAB", "a.jsonl", "a.ndjson", "a.feather", "a.parquet"):
        (tmp_path / name).write_text("x\n")
    (tmp_path / "b.data").write_bytes(b"PAR1")
    (tmp_path / "c.csv").write_bytes(b"ARROW1\0\0")
    formats = {name: find(name).format for name in sorted(os.listdir(tmp_path)) if "." in name}
    assert formats == {
        "a.TAB": "csv",
        "a.feather": "arrow",
        "a.jsonl": "json",
        "a.ndjson": "json",
        "a.parquet": "parquet",
        "a.tsv": "csv",
        "b.data": "parquet",
        "c.csv": "arrow",
    }
    assert find("a.feather").name == "a"
