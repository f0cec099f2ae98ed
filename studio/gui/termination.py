"""Lets Ctrl+C in the terminal, SIGTERM and SIGHUP close the window as its close button does.

Python runs a signal's handler only once Python code runs again, and an exception out of it would end up in whatever
override of Qt happens to run. So the handlers do nothing, and a socket that Python writes to wakes Qt's loop instead.
"""

from __future__ import annotations

import signal
import socket
from contextlib import suppress

from PySide6.QtCore import QObject, QSocketNotifier, Signal

__all__ = ["Termination"]

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class Termination(QObject):
    """Tells when the process is asked to end; whoever asks twice ends it at once.

    Signals:
        asked: The process is asked to end.
    """

    asked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._read, self._write = socket.socketpair()
        for end in (self._read, self._write):
            end.setblocking(False)
        self._before = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_activated)
        self._numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
        for number in self._numbers:
            # What the starter ignores, as 'nohup' does with SIGHUP, stays ignored.
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, _nothing)

    def close(self) -> None:
        """Give the signals back to Python."""
        self._notifier.setEnabled(False)
        for number in self._numbers:
            if signal.getsignal(number) is _nothing:
                signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        signal.set_wakeup_fd(self._before)
        self._read.close()
        self._write.close()

    def _on_activated(self) -> None:
        arrived = b""
        with suppress(BlockingIOError):
            arrived = self._read.recv(64)
        if not set(arrived) & set(self._numbers):
            return  # Python tells of every signal that has a handler
        for number in self._numbers:
            if signal.getsignal(number) is _nothing:
                signal.signal(number, signal.SIG_DFL)
        self.asked.emit()


def _nothing(number: int, frame: object) -> None:
    """Only a signal that has a handler wakes the loop."""
