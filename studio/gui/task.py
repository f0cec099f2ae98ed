"""This file runs work beside the window's thread and brings the answer back to it."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Signal, Slot

__all__ = ["Tasks"]

T = TypeVar("T")
_THREADS = 6


class Tasks(QObject):
    """A few threads for work that takes longer than a frame.

    They are daemons: a drive that hangs cannot keep the window from closing.

    Signals:
        failed: An error that the caller left to the window.
    """

    failed = Signal(Exception)
    _answered = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._answered.connect(self._deliver)
        for number in range(_THREADS):
            threading.Thread(target=self._work, name=f"task-{number}", daemon=True).start()

    def run(
        self,
        owner: QObject,
        work: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run work in a thread; the answer comes on the window's thread.

        Args:
            owner: Whose work it is; when it has been deleted meanwhile, nobody is answered.
            work: Called in a thread; it must not touch a widget.
            then: Called with the result.
            failed: Called with what the work raised; without it the window shows the error.
        """

        def answer() -> None:
            try:
                result = work()
            except Exception as error:
                self._emit((owner, failed or self.failed.emit, error))
            else:
                if then is not None:
                    self._emit((owner, then, result))

        self._waiting.put(answer)

    def close(self) -> None:
        """Let the threads end after what they do now."""
        for _ in range(_THREADS):
            self._waiting.put(None)

    def _work(self) -> None:
        while (answer := self._waiting.get()) is not None:
            try:
                answer()
            except Exception:
                threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))

    def _emit(self, message: tuple[QObject, Callable[[Any], None], Any]) -> None:
        if shiboken6.isValid(self):
            self._answered.emit(message)

    @Slot(object)
    def _deliver(self, message: tuple[QObject, Callable[[Any], None], Any]) -> None:
        owner, receive, value = message
        if shiboken6.isValid(owner):
            receive(value)
