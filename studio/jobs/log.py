"""Keeps the log of a run short, however much its plugin prints."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from studio.core.errors import ForeignEntryError
from studio.store.inside import open_own

__all__ = ["trim_log"]

_MOST_BYTES = 16 * 2**20
_KEPT_BYTES = 2**20
_NOTE = b"(the beginning was left out, for the log had grown too long)\n"


def trim_log(path: Path, most_bytes: int = _MOST_BYTES, kept_bytes: int = _KEPT_BYTES) -> None:
    """Cut a log down to its end where it has grown too long; its writer must append, and goes on doing so.

    Lines that are written in the moment of the cut may be lost.

    Args:
        path: The log.
        most_bytes: Length from which it is cut.
        kept_bytes: What is kept of its end.
    """
    with suppress(OSError, ForeignEntryError):
        if path.lstat().st_size <= most_bytes:
            return
        descriptor = open_own(path, os.O_RDWR)
        try:
            end = os.pread(descriptor, kept_bytes, max(0, os.fstat(descriptor).st_size - kept_bytes))
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, _NOTE + end, 0)
        finally:
            os.close(descriptor)
