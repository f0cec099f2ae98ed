"""Sees to it that a workspace has one window: a second start brings the first to the front."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

__all__ = ["Instance", "raise_other"]

_PATIENCE_MS = 2000
_STARTING_S = 5.0


def _address(workspace: Path) -> str:
    owner = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
    return f"generative-studio-{hashlib.sha256(f'{owner}:{workspace}'.encode()).hexdigest()[:20]}"


def raise_other(workspace: Path) -> bool:
    """Ask the window that has the workspace to come to the front; False when it does not answer."""
    socket = QLocalSocket()
    until = time.monotonic() + _STARTING_S
    socket.connectToServer(_address(workspace))
    while not socket.waitForConnected(_PATIENCE_MS):
        # It has the lock a moment before it listens; who presses twice must not be told that it hangs.
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
        socket.connectToServer(_address(workspace))
    socket.write(b"raise\n")
    socket.waitForBytesWritten(_PATIENCE_MS)
    # The answer may be here already; waiting would be for a further one.
    heard = socket.bytesAvailable() > 0 or socket.waitForReadyRead(_PATIENCE_MS)
    socket.disconnectFromServer()
    return heard


class Instance(QObject):
    """Listens for a second start on the same workspace.

    Args:
        workspace: The workspace's folder.

    Signals:
        raise_wanted: Somebody started the studio on this workspace again.
    """

    raise_wanted = Signal()

    def __init__(self, workspace: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        # Whoever listened there before is dead, since we hold the lock.
        QLocalServer.removeServer(_address(workspace))
        self._server.newConnection.connect(self._on_connection)
        self._server.listen(_address(workspace))

    def _on_connection(self) -> None:
        socket = self._server.nextPendingConnection()
        socket.disconnected.connect(socket.deleteLater)
        socket.write(b"here\n")
        socket.flush()
        self.raise_wanted.emit()
