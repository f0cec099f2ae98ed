"""Turns exceptions that nobody caught into a report in the window and in its log."""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

from studio.core.errors import StudioError, explain
from studio.gui.bridge import Bridge

__all__ = ["Faults"]

log = logging.getLogger("studio.gui")
_QUIET_S = 5.0


class Faults(QObject):
    """Where exceptions of slots, overrides, timers and threads arrive.

    A fault that repeats, as one in a paint event does with every frame, is shown once in five seconds.

    Args:
        bridge: The way from the threads where they are raised.

    Signals:
        happened: One sentence, and the traceback.
    """

    happened = Signal(str, str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._last: dict[str, float] = {}
        self._tell: Callable[[tuple[str, str]], None] = bridge.receiver(self, lambda told: self.happened.emit(*told))

    def install(self) -> None:
        """Take over from Python's own hooks and Qt's messages."""
        sys.excepthook = self.report
        threading.excepthook = self._on_thread
        sys.unraisablehook = self._on_unraisable
        qInstallMessageHandler(self._on_qt_message)

    def report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Report an exception, from any thread."""
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        now = time.monotonic()
        place = details[-400:]
        if now - self._last.get(place, float("-inf")) < _QUIET_S:
            return
        self._last[place] = now
        log.error("%s", details)
        try:
            text = explain(error)
        except Exception:  # its own __str__ fails; what a hook raises inside an override would end the process
            text = kind.__name__
        if isinstance(error, StudioError):
            self._tell((text, ""))
            return
        safe = "Your data, runs and samples are not touched."
        self._tell((f"Something in the window went wrong ({text[:200]}). {safe}", details))

    def _on_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self.report(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def _on_unraisable(self, unraisable: sys.UnraisableHookArgs) -> None:
        log.warning("ignored by Python: %s: %r", unraisable.err_msg, unraisable.exc_value)

    def _on_qt_message(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        levels = {QtMsgType.QtDebugMsg: logging.DEBUG, QtMsgType.QtInfoMsg: logging.INFO}
        log.log(levels.get(kind, logging.WARNING), "Qt: %s", text)
