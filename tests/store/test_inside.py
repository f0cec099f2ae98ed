"""Names inside the workspace lead to files and folders of its own, or a sentence says what they are instead."""

import os

import pytest

from studio.core.errors import ForeignEntryError
from studio.store.inside import check_file, check_folder, is_own_file, is_own_folder, open_append, open_own, read_own

pytestmark = pytest.mark.fault("C14")


@pytest.fixture
def names(tmp_path):
    """Names of every kind in a folder."""
    (tmp_path / "file").write_bytes(b"0123")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link to file").symlink_to(tmp_path / "file")
    (tmp_path / "link to folder").symlink_to(tmp_path / "folder")
    (tmp_path / "link to nothing").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


LINKS = ["link to file", "link to folder", "link to nothing"]


def test_its_own_are_told_from_the_others(names):
    assert [path.name for path in sorted(names.iterdir()) if is_own_file(path)] == ["file"]
    assert [path.name for path in sorted(names.iterdir()) if is_own_folder(path)] == ["folder"]
    assert not is_own_file(names / "missing")


def test_nothing_at_all_is_fine_and_so_is_what_belongs_there(names):
    for check, name in ((check_file, "file"), (check_folder, "folder")):
        check(names / name)
        check(names / "missing")


@pytest.mark.parametrize("check", [check_file, check_folder])
@pytest.mark.parametrize("name", LINKS)
def test_a_link_is_followed_nowhere(names, check, name):
    word = "file" if check is check_file else "folder"
    with pytest.raises(ForeignEntryError) as raised:
        check(names / name)
    said = f"the studio follows none inside a workspace: put the {word} itself there, or remove it"
    assert str(raised.value) == f"{names / name} is a link, and {said}."


def test_what_is_neither_is_refused(names):
    for check, name, word in (
        (check_file, "pipe", "file"),
        (check_file, "folder", "file"),
        (check_folder, "file", "folder"),
    ):
        with pytest.raises(ForeignEntryError, match=rf"{name} is no {word}; move it away\.$"):
            check(names / name)


def test_the_other_name_of_a_file_may_be_read_but_not_changed(names):
    os.link(names / "file", names / "other")
    check_file(names / "other")
    assert read_own(names / "other", 10) == b"0123"
    with pytest.raises(ForeignEntryError, match="is a hard link: a file elsewhere would change with it"):
        check_file(names / "other", written=True)
    with pytest.raises(ForeignEntryError, match="hard link"):
        open_append(names / "other")


def test_a_file_of_more_bytes_than_it_may_have_is_none(names):
    assert read_own(names / "file", 4) == b"0123"
    assert read_own(names / "file", 3) is None
    with pytest.raises(FileNotFoundError):
        read_own(names / "missing", 3)


@pytest.mark.parametrize("name", ["pipe", *LINKS])
def test_nothing_waits_for_a_pipe_nor_opens_a_link(names, name):
    before = len(os.listdir("/proc/self/fd"))
    for action in (open_own, open_append, lambda path: read_own(path, 9)):
        with pytest.raises(ForeignEntryError):
            action(names / name)
    assert len(os.listdir("/proc/self/fd")) == before
    assert not (names / "nothing").exists()


def test_a_log_grows_at_its_end(names):
    for _ in range(2):
        with open(open_append(names / "log"), "wb") as file:
            file.write(b"line\n")
    assert (names / "log").read_bytes() == b"line\n" * 2
    assert (names / "log").stat().st_mode & 0o777 == 0o600


def test_a_link_that_comes_between_the_look_and_the_opening_is_not_followed(names, monkeypatch):
    monkeypatch.setattr("studio.store.inside.check_file", lambda path, written=False: None)
    with pytest.raises(OSError, match=r"symbolic links"):
        open_own(names / "link to file")
