"""Opens the workspace behind a window that is already painted."""

from __future__ import annotations

import logging
import os
import sys
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from studio.core.device import count_nvidia_gpus
from studio.core.errors import ForeignEntryError, WorkspaceError, explain
from studio.store.inside import open_append
from studio.store.lock import WINDOW_LOCK, ProcessLock
from studio.store.workspace import Workspace

__all__ = ["Opened", "open_workspace"]


class Opened:
    """A workspace that this window holds.

    Attributes:
        workspace: The workspace.
        read_only: Nothing can be written into it.
        notice: What is to be said about it, if anything.
        gpus: Number of NVIDIA GPUs that the driver shows.
    """

    def __init__(
        self, workspace: Workspace, lock: ProcessLock, read_only: bool, notice: str, log: logging.Handler | None = None
    ) -> None:
        self.workspace = workspace
        self.read_only = read_only
        self.notice = notice
        # Asking the driver may take a second; this is not the window's thread.
        self.gpus = count_nvidia_gpus()
        self._lock = lock
        self._log = log

    def close(self) -> None:
        """Let others have it."""
        if self._log is not None:
            logging.getLogger("studio").removeHandler(self._log)
            self._log.close()
        self._lock.release()


def open_workspace(path: Path) -> Opened:
    """Open the workspace of a window; a second, since the driver is asked for devices.

    Raises:
        WorkspaceError: If the workspace cannot be used, or another window has it.
    """
    workspace = Workspace(path)
    lock = ProcessLock(workspace.path / WINDOW_LOCK)
    read_only, notice = not os.access(workspace.path, os.W_OK), ""
    try:
        if not read_only and not lock.acquire():
            raise WorkspaceError(f"The workspace {workspace.path} is open in another window; use that one.")
    except OSError as error:
        read_only, notice = True, explain(error)
    if read_only:
        notice = (
            f"The workspace {workspace.path} cannot be written to{f' ({notice})' if notice else ''}: "
            "you can look at it, but not add, train or keep samples."
        )
    return Opened(workspace, lock, read_only, notice, None if read_only else _log_into(workspace.path / "window.log"))


class _OwnLog(RotatingFileHandler):
    """A log inside the workspace; where a link or a pipe has its name, nothing is written."""

    def _open(self) -> TextIOWrapper:
        return open(open_append(Path(self.baseFilename)), "a", encoding=self.encoding)

    def handleError(self, record: logging.LogRecord) -> None:
        if not isinstance(sys.exc_info()[1], ForeignEntryError):
            super().handleError(record)


def _log_into(path: Path) -> logging.Handler:
    # Qt may say the same thing with every frame: two files of 1 MB are enough.
    handler = _OwnLog(path, maxBytes=1_000_000, backupCount=1, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.getLogger("studio").addHandler(handler)
    return handler
