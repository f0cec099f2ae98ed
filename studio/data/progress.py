"""Tells the world how far an import is, without drowning it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from studio.core.event import JobEvent

__all__ = ["Event", "Progress", "Stage"]

Event = JobEvent
Stage = Literal["looking", "reading", "decoding"]
_INTERVAL_S = 0.1


class Progress:
    """Sends progress events, at most ten a second and always the last of a stage.

    Args:
        send: Called with each event.
    """

    def __init__(self, send: Callable[[Event], None]) -> None:
        self._send = send
        self._last = float("-inf")

    def __call__(self, stage: Stage, done: int, total: int) -> None:
        """Say that ``done`` of ``total`` are done; a total of 0 is not known yet."""
        now = time.monotonic()
        if now - self._last >= _INTERVAL_S or (total and done == total):
            self._last = now
            self._send({"event": "progress", "stage": stage, "done": done, "total": total})
