"""Watches the workspace in a thread, and tells when it is not what it was."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Callable
from dataclasses import replace

from studio.core.errors import WorkspaceError, explain
from studio.desk.snapshot import Snapshot, WorkspaceReader
from studio.store.workspace import Workspace

__all__ = ["WorkspaceWatch"]

_PERIOD_S = 0.4


class WorkspaceWatch:
    """Looks at the workspace a few times a second.

    Args:
        workspace: The workspace.
        tell: Called in the thread with each snapshot that differs from the last.
    """

    def __init__(self, workspace: Workspace, tell: Callable[[Snapshot], None]) -> None:
        self._workspace = workspace
        self._reader = WorkspaceReader(workspace)
        self._tell = tell
        self._last = Snapshot()
        self._wake = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def look_now(self) -> None:
        """Look at once instead of at the next turn."""
        self._wake.set()

    def close(self) -> None:
        """End the thread."""
        self._closed = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2.0)

    def _work(self) -> None:
        while not self._closed:
            found = self._look()
            if found != self._last and not self._closed:
                self._last = found
                self._tell(found)
            self._wake.wait(_PERIOD_S)
            self._wake.clear()

    def _look(self) -> Snapshot:
        """The workspace as it is; where it cannot be read, as it was, and why."""
        try:
            return self._reader.read()
        except (OSError, WorkspaceError, sqlite3.Error) as error:
            problem = f"The workspace cannot be read: {explain(error)}."
            path = self._workspace.path
            if not path.is_dir():
                problem = f"The workspace {path} is not there any more; bring it back, or open another."
        except Exception as error:
            # The window must not stand still because of one thing that nobody thought of.
            threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
            problem = f"The workspace cannot be watched: {explain(error)}."
        return replace(self._last, problem=problem)
