"""Entries of the workspace: listed beside damaged and foreign ones, found by id or by a name that one has alone."""

from dataclasses import dataclass

import pytest

from studio.core.errors import DataError, ForeignEntryError, WorkspaceError
from studio.store.entry import find_entry, find_folder, foreign_rows, list_entries, read_entry


@dataclass(frozen=True)
class Document:
    name: str
    created: float


def read(folder):
    """A document of two words in a file."""
    text = (folder / "document").read_text()
    if not text:
        raise WorkspaceError(f"{folder.name} is damaged.")
    name, created = text.split()
    return Document(name, float(created))


@pytest.fixture
def add(workspace):
    def make(id, text):
        folder = workspace.folder("models") / id
        folder.mkdir()
        (folder / "document").write_text(text)
        return folder

    return make


def test_oldest_first_and_before_them_what_cannot_be_read(workspace, add, tmp_path):
    late, early, damaged = add("a", "late 9"), add("b", "early 1"), add("c", "")
    (workspace.folder("models") / "link").symlink_to(tmp_path)
    rows = list_entries(workspace, "models", read)
    assert [folder.name for folder, _ in rows] == ["link", damaged.name, early.name, late.name]
    assert isinstance(rows[0][1], ForeignEntryError)
    assert str(rows[1][1]) == "c is damaged."
    assert rows[2][1] == Document("early", 1.0)


def test_a_folder_that_nobody_may_look_into_is_one_row(add):
    folder = add("a", "x 1")
    (folder / "document").unlink()
    error = read_entry(folder, read)
    assert isinstance(error, WorkspaceError)
    assert str(error).startswith(f"{folder} cannot be read: {folder}/document: there is no such file or folder")


def test_links_alone_are_foreign(workspace, add, tmp_path):
    add("a", "x 1")
    (workspace.folder("models") / "link").symlink_to(tmp_path)
    (workspace.folder("models") / ".hidden").symlink_to(tmp_path)
    ((path, error),) = foreign_rows(workspace, "models")
    assert path.name == "link"
    assert "is a link" in str(error)


def test_a_folder_by_its_name(workspace, add, tmp_path):
    folder = add("a", "x 1")
    (workspace.folder("models") / "link").symlink_to(tmp_path)
    (workspace.folder("models") / "file").touch()
    (workspace.folder("models") / ".half").mkdir()
    assert find_folder(workspace, "models", "a") == folder
    for name in ("", ".", "..", ".half", "link", "file", "none", "../models/a", str(folder), None, 3, ["a"]):
        assert find_folder(workspace, "models", name) is None


def find(workspace, name):
    rows = list_entries(workspace, "models", read)
    return find_entry(rows, name, "model", "train one", workspace.path)


def test_an_id_goes_before_a_name(workspace, add):
    first = add("one", "x 1")
    add("two", "one 2")
    assert find(workspace, "one") == (first, Document("x", 1.0))
    assert find(workspace, "x")[0] == first


def test_a_name_that_two_have(workspace, add):
    add("one", "x 1")
    add("two", "x 2")
    with pytest.raises(DataError, match=r"^Several models are called 'x'; name one by its id: one, two\.$"):
        find(workspace, "x")


def test_none_and_a_damaged_one(workspace, add):
    add("one", "")
    with pytest.raises(DataError) as raised:
        find(workspace, "x")
    assert str(raised.value) == f"There is no model 'x' in {workspace.path}; train one."
    with pytest.raises(WorkspaceError, match="one is damaged"):
        find(workspace, "one")
