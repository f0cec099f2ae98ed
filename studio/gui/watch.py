"""Tells every page what lies in the workspace now."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from studio.desk.snapshot import Snapshot, WorkspaceWatch
from studio.gui.bridge import Bridge
from studio.store.workspace import Workspace

__all__ = ["Watch"]


class Watch(QObject):
    """The workspace as it was last seen.

    Signals:
        changed: A snapshot that differs from the last.
    """

    changed = Signal(object)

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.snapshot = Snapshot()
        self._watch = WorkspaceWatch(workspace, bridge.receiver(self, self._on_changed))

    def start(self) -> None:
        """Begin to look."""
        self._watch.start()

    def look_now(self) -> None:
        """Look at once instead of at the next turn."""
        self._watch.look_now()

    def close(self) -> None:
        """Look no more."""
        self._watch.close()

    def _on_changed(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.changed.emit(snapshot)
