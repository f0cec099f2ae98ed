"""A lock that tells whether a process lives: the system releases it when the process ends, however."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from studio.core.errors import ForeignEntryError
from studio.store.inside import open_own

__all__ = ["WINDOW_LOCK", "ProcessLock", "held_folder", "is_folder_held", "is_locked"]

# The file in a workspace that its window holds.
WINDOW_LOCK = "window.lock"
_PATIENCE_S = 0.5


def _take(descriptor: int, shared: bool = False) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class ProcessLock:
    """An exclusive lock on a file, held until ``release`` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take the lock; False when another process holds it.

        Whoever asks ``is_locked`` holds it for a moment, hence a few tries before the answer is no.

        Raises:
            ForeignEntryError: If a link or the like stands in its place.
        """
        descriptor = open_own(self.path, os.O_RDWR | os.O_CREAT)
        until = time.monotonic() + _PATIENCE_S
        while not _take(descriptor):
            if time.monotonic() > until:
                os.close(descriptor)
                return False
            time.sleep(0.005)
        self._descriptor = descriptor
        with suppress(OSError):
            # For people only; a full disk must not keep a lock from being taken.
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        return True

    def release(self) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextmanager
def held_folder(path: Path) -> Iterator[None]:
    """Hold a folder that is being filled while the block runs, so that nobody takes it for a leftover."""
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        _take(descriptor)
        yield
    finally:
        os.close(descriptor)


def is_folder_held(path: Path) -> bool | None:
    """Whether a running process holds a folder; None where that cannot be told."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return False


def is_locked(path: Path) -> bool:
    """Whether a running process holds the lock; a missing file is not locked."""
    try:
        descriptor = open_own(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    except (OSError, ForeignEntryError):
        return False
    try:
        # Shared, so that two who ask at once do not take one another for the holder.
        return not _take(descriptor, shared=True)
    finally:
        os.close(descriptor)
