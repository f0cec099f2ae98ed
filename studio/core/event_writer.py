"""The writing side of a job: events as JSON lines on stdout, signals that cancel, and the last word.

``studio.jobs.child`` is the reading side.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import TextIO

from studio.core.errors import StudioError, explain
from studio.core.event import JobEvent

__all__ = ["EventWriter", "JobCancelled", "Progress", "run_job"]

_INTERVAL_S = 0.1
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class JobCancelled(BaseException):
    """The person, or the system, wants this process to stop."""


class Progress:
    """Sends progress events, at most ten a second and always the first and the last of a stage.

    Args:
        send: Called with each event.
    """

    def __init__(self, send: Callable[[JobEvent], None]) -> None:
        self._send = send
        self._stage = ""
        self._last = float("-inf")

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say that ``done`` of ``total`` are done; a total of 0 is not known yet."""
        now = time.monotonic()
        if stage != self._stage or now - self._last >= _INTERVAL_S or (total and done == total):
            self._stage, self._last = stage, now
            self._send({"event": "progress", "stage": stage, "done": done, "total": total})


class EventWriter:
    """Prints events and listens to SIGTERM and SIGINT until it is closed.

    The first signal cancels; further ones must not interrupt the cleaning up.

    Args:
        stream: Where to; None for stdout.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._open = True
        self._received = False
        self._progress = Progress(self.send)
        for number in _SIGNALS:
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        first, self._received = not self._received, True
        if first:
            self._check()

    def _check(self) -> None:
        # Again at each event: Python drops what a handler raises inside a callback of its own.
        if self._open and self._received:
            raise JobCancelled

    def close(self) -> None:
        """Listen no more; Python's own end would let a late signal kill a process that has said how it ended."""
        self._open = False
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def send(self, event: JobEvent) -> None:
        """Print an event.

        Raises:
            JobCancelled: If a signal came, or nobody reads the events any more.
        """
        self._check()
        try:
            self._stream.write(json.dumps(event, allow_nan=False) + "\n")
            self._stream.flush()
        except BrokenPipeError:
            # Python would complain once more at its end, when it flushes what nobody takes.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            raise JobCancelled from None

    def progress(self, stage: str, done: int, total: int) -> None:
        """Print how far a stage is, at most ten times a second.

        Raises:
            JobCancelled: If a signal came, or nobody reads the events any more.
        """
        self._check()
        self._progress(stage, done, total)


def run_job(
    work: Callable[[EventWriter], JobEvent],
    cancelled: str,
    describe: Callable[[Exception], str] = explain,
    stream: TextIO | None = None,
) -> int:
    """Do the work of a process and print its last event, ``done`` or ``error``.

    Args:
        work: Does it; returns the last event. What it raises becomes a sentence, a fault of ours a traceback too.
        cancelled: What is said when it was cancelled.
        describe: Puts an error into a sentence.
        stream: Where events go; None for stdout.

    Returns:
        The exit status: 0 when the work was done, else 1.
    """
    writer = EventWriter(stream)
    try:
        last = work(writer)
        writer.close()
        writer.send(last)
        return 0
    except JobCancelled:
        message = cancelled
    except Exception as error:
        if not isinstance(error, StudioError | OSError | MemoryError):
            traceback.print_exc()
        message = describe(error)
    writer.close()
    with suppress(JobCancelled):
        writer.send({"event": "error", "message": message})
    return 1
