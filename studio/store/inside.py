"""Keeps the studio inside its workspace: what a name leads to is looked at before it is used.

A workspace may be shared, synced or handed on, so a link in it is a stranger's. It is refused where a file or folder of
the workspace's own belongs, and so is anything that is neither: a pipe would keep its reader waiting for ever.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from studio.core.errors import ForeignEntryError

__all__ = ["check_file", "check_folder", "is_own_file", "is_own_folder", "open_append", "open_own", "read_own"]

_ADVICE = "the studio follows none inside a workspace: put the {} itself there, or remove it"
# Neither is known on Windows, where a link is seen by the look before.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)


def _check(path: Path, found: os.stat_result, folder: bool) -> None:
    word = "folder" if folder else "file"
    if stat.S_ISLNK(found.st_mode):
        raise ForeignEntryError(f"{path} is a link, and {_ADVICE.format(word)}.")
    if not (stat.S_ISDIR(found.st_mode) if folder else stat.S_ISREG(found.st_mode)):
        raise ForeignEntryError(f"{path} is no {word}; move it away.")


def check_folder(path: Path) -> None:
    """Check that a name is a folder of the workspace's own, or nothing at all.

    Raises:
        ForeignEntryError: If it is a link or no folder.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    _check(path, found, folder=True)


def is_own_folder(path: Path) -> bool:
    """Whether a name is a folder that is there, not a link to one."""
    return path.is_dir() and not path.is_symlink()


def is_own_file(path: Path) -> bool:
    """Whether a name is a file that is there, not a link to one, nor a pipe or a device."""
    return path.is_file() and not path.is_symlink()


def check_file(path: Path, written: bool = False) -> None:
    """Check that a name is a file of the workspace's own, or nothing at all.

    Args:
        path: The file.
        written: It is to be changed where it lies, so it must not be the other name of a file elsewhere.

    Raises:
        ForeignEntryError: If it is not.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    _check(path, found, folder=False)
    if written and found.st_nlink > 1:
        raise ForeignEntryError(
            f"{path} is a hard link: a file elsewhere would change with it; replace it by a copy of itself."
        )


def open_own(path: Path, flags: int = os.O_RDONLY) -> int:
    """Open a file of the workspace's own; returns its descriptor.

    Args:
        path: The file.
        flags: As of ``os.open``; the file may be made.

    Raises:
        ForeignEntryError: If it is a link, or no file.
        OSError: If it cannot be opened.
    """
    written = bool(flags & (os.O_WRONLY | os.O_RDWR))
    check_file(path, written)
    descriptor = os.open(path, flags | _NO_LINK | _NO_WAIT, 0o600)
    try:
        _check(path, os.fstat(descriptor), folder=False)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_own(path: Path, most_bytes: int) -> bytes | None:
    """Read a file of the workspace's own; None where it has more bytes than it may.

    Raises:
        ForeignEntryError: If it is a link, or no file.
        OSError: If it cannot be read.
    """
    with open(open_own(path), "rb") as file:
        data = file.read(most_bytes + 1)
    return data if len(data) <= most_bytes else None


def open_append(path: Path) -> int:
    """Open a file of the workspace's own for adding to its end, such as a log; returns its descriptor.

    Raises:
        ForeignEntryError: If it is a link, or no file.
        OSError: If it cannot be opened.
    """
    return open_own(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
