"""Runs work beside the window's thread and brings the answer back to it."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Signal, Slot

__all__ = ["Tasks"]

T = TypeVar("T")
_THREADS = 6


class _Task(NamedTuple):
    """Work, and who is told of it."""

    owner: QObject
    work: Callable[[], Any]
    then: Callable[[Any], None] | None
    failed: Callable[[Exception], None] | None


class Tasks(QObject):
    """A few threads for work that takes longer than a frame.

    They are daemons: a drive that hangs cannot keep the window from closing. A thread never holds the last reference to
    what it was given: a widget that dies in a thread takes the process with it. Hence tasks and answers lie here, and
    only their numbers travel.

    Signals:
        failed: An error that the caller left to the window.
    """

    failed = Signal(Exception)
    _answered = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = itertools.count()
        self._tasks: dict[int, _Task] = {}
        self._answers: dict[int, tuple[bool, Any]] = {}
        self._waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._answering, self._closed = threading.Lock(), False
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
        number = next(self._numbers)
        self._tasks[number] = _Task(owner, work, then, failed)
        self._waiting.put(number)

    def close(self) -> None:
        """Let the threads end after what they do now; nobody is answered any more, so this may be deleted."""
        with self._answering:
            self._closed = True
        for _ in range(_THREADS):
            self._waiting.put(-1)

    def _work(self) -> None:
        while (number := self._waiting.get()) >= 0:
            self._answers[number] = self._do(number)
            # Held while it emits: deleted in between, this would take the process with it.
            with self._answering:
                if not self._closed and shiboken6.isValid(self):
                    self._answered.emit(number)

    def _do(self, number: int) -> tuple[bool, Any]:
        try:
            return True, self._tasks[number].work()
        except Exception as error:
            return False, error

    @Slot(int)
    def _deliver(self, number: int) -> None:
        task, (done, value) = self._tasks.pop(number), self._answers.pop(number)
        if not shiboken6.isValid(task.owner):
            return
        if not done:
            (task.failed or self.failed.emit)(value)
        elif task.then is not None:
            task.then(value)
