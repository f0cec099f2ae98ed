"""One sentence for everything that can be raised."""

import errno
import os
import sqlite3

import pytest

from studio.core.errors import DataError, SettingsError, StudioError, WorkspaceError, explain

FULL = "the disk is full; free some space and try again"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), FULL),
        (OSError(errno.ENOSPC, "No space left on device", "/w/run.json"), f"/w/run.json: {FULL}"),
        (
            OSError(errno.EROFS, "Read-only file system", "/w/x"),
            "/w/x: the disk is read-only; choose another workspace with --workspace",
        ),
        (PermissionError(errno.EACCES, "Permission denied", "/w"), "/w: permission is denied; check who owns it"),
        (FileNotFoundError(errno.ENOENT, "No such file", "/w/x"), "/w/x: there is no such file or folder"),
        (OSError(errno.EISDIR, os.strerror(errno.EISDIR), "/w"), "/w: Is a directory"),
        (OSError("image file is truncated"), "image file is truncated"),
        (OSError(), "OSError"),
        (sqlite3.OperationalError("database or disk is full"), FULL),
        (sqlite3.OperationalError("database is locked"), "the database cannot be used: database is locked"),
        (DataError("This file is no image."), "This file is no image."),
        (SettingsError("two\n  lines\tof text"), "two lines of text"),
        (ValueError("a\nb"), "ValueError: a b"),
    ],
)
def test_explain(error, text):
    assert explain(error) == text


def test_no_memory_says_what_to_do():
    assert "smaller batch" in explain(MemoryError())


def test_every_error_is_one_of_the_studio():
    assert issubclass(WorkspaceError, StudioError)
    assert issubclass(SettingsError, StudioError)


def test_a_real_full_device():
    """/dev/full answers every write as a full disk does."""
    with open("/dev/full", "wb", buffering=0) as file, pytest.raises(OSError, match="space") as raised:
        file.write(b"x")
    assert explain(raised.value) == FULL
