"""The errors that a person reads: one plain sentence each, what, where, and what to do."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Mapping

__all__ = [
    "DamagedDocumentError",
    "DataError",
    "ForeignEntryError",
    "ModelError",
    "PluginError",
    "SettingsError",
    "StudioError",
    "WorkspaceError",
    "explain",
    "explain_value",
]


class StudioError(Exception):
    """An error whose message is one plain sentence for the person at the keyboard."""


class SettingsError(StudioError):
    """A setting is unknown, of the wrong type or out of bounds.

    Args:
        message: The whole sentence.
        fields: What is wrong with each setting, by its key, where that is known.
    """

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})


class DataError(StudioError):
    """A file, folder, archive or data set cannot be used."""


class ModelError(StudioError):
    """An exported model or a checkpoint cannot be used."""


class PluginError(StudioError):
    """A plugin is missing, broken, or does not keep the contract."""


class WorkspaceError(StudioError):
    """The workspace cannot be read or written."""


class DamagedDocumentError(WorkspaceError):
    """One of the studio's documents holds something else."""


class ForeignEntryError(WorkspaceError):
    """A link, device or the like stands in the workspace where a file or folder of its own belongs."""


_OS_REASONS = {
    errno.ENOSPC: "the disk is full; free some space and try again",
    errno.EDQUOT: "the disk quota is used up; free some space and try again",
    errno.EROFS: "the disk is read-only; choose another workspace with --workspace",
    errno.EACCES: "permission is denied; check who owns it",
    errno.EPERM: "permission is denied; check who owns it",
    errno.ENOENT: "there is no such file or folder",
    errno.EEXIST: "there is something of that name already",
    errno.ENOTDIR: "a file stands where a folder is needed",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EMFILE: "too many files are open; raise the limit with 'ulimit -n'",
    errno.EIO: "the disk reported a read or write error; check the disk",
}


_BOUNDS = {
    "greater than or equal to": "at least",
    "less than or equal to": "at most",
    "greater than": "above",
    "less than": "below",
}


def explain_value(value: object, message: str) -> str:
    """Say why a value is refused: ``0 must be at least 1``.

    Args:
        value: The value, as it is shown.
        message: What pydantic says of it.
    """
    message = message.removeprefix("Value error, ")
    if not message.startswith("Input should be "):
        return f"{value}: {message[:1].lower()}{message[1:]}"
    wanted = message.removeprefix("Input should be ")
    for words, plain in _BOUNDS.items():
        if wanted.startswith(words):
            return f"{value} must be {plain}{wanted.removeprefix(words)}"
    return f"{value} must be {wanted.replace('finite', 'a finite', 1) if wanted.startswith('finite') else wanted}"


def explain(error: BaseException) -> str:
    """Say an exception as one plain sentence without line breaks.

    Args:
        error: Anything that was raised; errors of the operating system and of SQLite are put into plain words.
    """
    if isinstance(error, StudioError):
        text = str(error)
    elif isinstance(error, MemoryError):
        text = "the machine ran out of memory; use a smaller batch or model, or close other programs"
    elif isinstance(error, OSError):
        reason = _OS_REASONS.get(error.errno or 0, error.strerror or str(error) or type(error).__name__)
        text = f"{error.filename}: {reason}" if error.filename else reason
    elif isinstance(error, sqlite3.Error):
        full = "full" in str(error)
        text = "the disk is full; free some space and try again" if full else f"the database cannot be used: {error}"
    else:
        text = f"{type(error).__name__}: {error}"
    return " ".join(text.split())
