"""Carries work to threads and answers back to the window's thread; there is no other way.

A thread touches nothing of Qt. It leaves a number and a value in a mailbox and writes a byte into a socket, which wakes
Qt's loop; whom the number belongs to is known to the window's thread alone. So an owner may go at any time, and no
widget dies in a thread, which would take the process with it.
"""

from __future__ import annotations

import itertools
import queue
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

import shiboken6
from PySide6.QtCore import QObject, QSocketNotifier, Signal

from studio.gui.guard import guarded

__all__ = ["Bridge", "Worker"]

T = TypeVar("T")
_THREADS = 6
_LAST = object()  # nothing more comes for this number


class _Receiver(NamedTuple):
    """What is called with the values of a number, as long as its owner lives."""

    owner: QObject
    receive: Callable[[Any], None]


class _Mailbox:
    """All that threads hold of a bridge: the work they do, and the values that wait for the window's thread."""

    def __init__(self) -> None:
        self.waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.works: dict[int, Callable[[], Any]] = {}
        self.exit, self._entry = socket.socketpair()
        for end in (self.exit, self._entry):
            end.setblocking(False)
        self._values: list[tuple[int, Any]] = []
        self._woken, self._closed = False, False
        # A sender that dies while its thread is in here says so from in here.
        self._lock = threading.RLock()

    def put(self, number: int, value: Any) -> None:
        """Leave a value, from any thread."""
        with self._lock:
            if self._closed:
                return
            self._values.append((number, value))
            if not self._woken:
                self._woken = True
                self._entry.send(b"\0")

    def take(self) -> list[tuple[int, Any]]:
        """Take what has come, on the window's thread."""
        with self._lock:
            if not self._closed:
                self._woken = False
                with suppress(BlockingIOError):
                    self.exit.recv(64)
            values, self._values = self._values, []
        return values

    def do(self, number: int) -> None:
        """Do the work of a number and leave its outcome."""
        outcome: tuple[bool, Any]
        try:
            outcome = True, self.works[number]()
        except Exception as error:
            outcome = False, error
        self.put(number, outcome)
        self.put(number, _LAST)

    def serve(self) -> None:
        """Do work as it comes, until there is a 0 among it."""
        while number := self.waiting.get():
            self.do(number)

    def close(self) -> None:
        """Take nothing more, and let the threads end after what they do now."""
        with self._lock:
            self._closed = True
            self._values.clear()
            for end in (self.exit, self._entry):
                end.close()
        for _ in range(_THREADS):
            self.waiting.put(0)


class _Sender:
    """Sends values to one receiver from any thread; it goes when nobody can send to it any more."""

    def __init__(self, mailbox: _Mailbox, number: int) -> None:
        self._mailbox, self._number = mailbox, number

    def __call__(self, value: Any) -> None:
        self._mailbox.put(self._number, value)

    def __del__(self) -> None:
        self._mailbox.put(self._number, _LAST)


class Bridge(QObject):
    """A few threads for what takes longer than a frame, and the way back to the window's thread.

    The threads are daemons: a drive that hangs cannot keep the window from closing.

    Signals:
        failed: An error that the caller left to the window.
    """

    failed = Signal(Exception)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = itertools.count(1)
        self._receivers: dict[int, _Receiver] = {}
        self._pending: deque[tuple[int, Any]] = deque()
        self._mailbox = _Mailbox()
        self._notifier = QSocketNotifier(self._mailbox.exit.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_woken)
        for number in range(_THREADS):
            threading.Thread(target=self._mailbox.serve, name=f"work-{number}", daemon=True).start()

    def receiver(self, owner: QObject, receive: Callable[[T], None]) -> Callable[[T], None]:
        """Make a function that any thread may call; ``receive`` is then called on the window's thread.

        Calls arrive in their order, and none once the owner has been deleted or the bridge closed.
        """
        number = next(self._numbers)
        self._receivers[number] = _Receiver(owner, receive)
        return _Sender(self._mailbox, number)

    def run(
        self,
        owner: QObject,
        work: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        alone: bool = False,
    ) -> None:
        """Run work in a thread; the answer comes on the window's thread.

        Args:
            owner: Whose work it is; when it has been deleted meanwhile, nobody is answered.
            work: Called in a thread; it must not touch a widget.
            then: Called with the result.
            failed: Called with what the work raised; without it the window shows the error.
            alone: In a thread of its own, as what may take minutes holds up nothing else.
        """

        def receive(outcome: tuple[bool, Any]) -> None:
            done, value = outcome
            if not done:
                (failed or self.failed.emit)(value)
            elif then is not None:
                then(value)

        number = next(self._numbers)
        self._receivers[number] = _Receiver(owner, receive)
        self._mailbox.works[number] = work
        if alone:
            threading.Thread(target=self._mailbox.do, args=(number,), name="work-alone", daemon=True).start()
        else:
            self._mailbox.waiting.put(number)

    def worker(self, owner: QObject) -> Worker:
        """This bridge on behalf of an owner."""
        return Worker(self, owner)

    def close(self) -> None:
        """Answer nobody any more; work that has begun comes to its end unheard."""
        self._notifier.setEnabled(False)
        self._mailbox.close()
        self._pending.clear()

    def _on_woken(self) -> None:
        self._pending.extend(self._mailbox.take())
        # What comes meanwhile wakes again, so that the window paints in between.
        for _ in range(len(self._pending)):
            # A receiver may have closed the bridge, or let the events of a dialog come.
            if self._pending:
                self._deliver(*self._pending.popleft())

    @guarded
    def _deliver(self, number: int, value: Any) -> None:
        """Deliver one value; a fault of its receiver holds up no other."""
        if value is _LAST:
            self._receivers.pop(number, None)
            self._mailbox.works.pop(number, None)
        elif shiboken6.isValid(self._receivers[number].owner):
            self._receivers[number].receive(value)


class Worker:
    """A bridge on behalf of one owner, for what knows nothing of Qt.

    Args:
        bridge: The bridge.
        owner: When it has been deleted, nobody is answered.
    """

    def __init__(self, bridge: Bridge, owner: QObject) -> None:
        self._bridge, self._owner = bridge, owner

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        alone: bool = False,
    ) -> None:
        """Run work in a thread; see ``Bridge.run``."""
        self._bridge.run(self._owner, work, then, failed, alone)

    def receiver(self, receive: Callable[[T], None]) -> Callable[[T], None]:
        """Make a function that any thread may call; see ``Bridge.receiver``."""
        return self._bridge.receiver(self._owner, receive)
