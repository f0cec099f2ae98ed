"""Records a training: metrics and events into the run's database, the heartbeat into its status.

Values stay on the device until they are written, all at once, at most every second: logging costs the training loop
nothing but a list append. What the disk refuses is kept and tried again.
"""

from __future__ import annotations

import logging
import math
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio.core.errors import explain
from studio.store.metrics import RunDatabase
from studio.store.run import RunStatus, write_status

__all__ = ["Recorder"]

_FLUSH_S = 0.7
_KEPT_ROWS = 1_000_000
_TROUBLE = "Numbers cannot be written and are kept in memory until they can: {}."
log = logging.getLogger("studio.train")


class Recorder:
    """Writes what a training says.

    Args:
        folder: The run's folder.
        database: Its database.
        status: Its status, changed in place.
        begun: Monotonic clock at which the training's time began, in seconds; None for now.
    """

    def __init__(self, folder: Path, database: RunDatabase, status: RunStatus, begun: float | None = None) -> None:
        self.folder = folder
        self.database = database
        self.status = status
        self.segment = 0
        self.latest: dict[str, float] = {}
        self._pending: list[tuple[int, str, Any]] = []
        self._rows: list[tuple[int, str, float]] = []
        self._flushed_at = time.monotonic() if begun is None else begun
        self._speed_from = (time.monotonic(), status.step)
        self._trouble = ""

    def seconds(self) -> float:
        """Seconds trained, over all segments, pauses left out."""
        running = self.status.state == "running"
        return self.status.seconds + (time.monotonic() - self._flushed_at if running else 0.0)

    def begin(self, step: int) -> None:
        """Begin a segment at a step."""
        self.segment = self.database.begin_segment(step)
        self.status.step = step
        self._speed_from = (time.monotonic(), step)

    def add(self, step: int, values: dict[str, Any]) -> None:
        """Keep numbers of a step; tensors of one element stay where they are."""
        for name, value in values.items():
            self._pending.append((step, name, value.detach() if isinstance(value, Tensor) else float(value)))

    def event(self, kind: str, message: str) -> None:
        """Say something about the run; also into its log."""
        log.info("step %d: %s: %s", self.status.step, kind, message)
        try:
            self.database.add_event(self.segment, self.status.step, kind, message)
        except Exception as error:
            log.warning("an event could not be recorded: %s", explain(error))

    def beat(self, step: int, force: bool = False) -> None:
        """Write numbers and heartbeat when the last time is long enough ago, or now."""
        now = time.monotonic()
        elapsed = now - self._flushed_at
        if not force and elapsed < _FLUSH_S:
            return
        self.status.step = step
        if self.status.state == "running":
            self.status.seconds += elapsed
        begun, first = self._speed_from
        if now - begun > 1.0 and step > first:
            self.status.steps_per_second = (step - first) / (now - begun)
            if now - begun > 20.0:
                self._speed_from = (now, step)
        self._flushed_at = now
        refused = self._write_rows()
        if refused and not self._trouble:
            log.warning("numbers cannot be written and are kept in memory: %s", refused)
        if bool(refused) != bool(self._trouble):
            if self.status.message == self._trouble:
                self.status.message = ""
            self._trouble = _TROUBLE.format(refused) if refused else ""
            self.status.message = self.status.message or self._trouble
            if not refused:
                self.event("recovered", "The disk takes numbers again; none were lost.")
        # Also where no numbers can be written: they need room on the disk, a durable change of state needs none.
        self._write_status(durable=force or bool(self._trouble))

    def end(self, step: int) -> None:
        """Write for the last time; numbers that still cannot be written are lost, and that is said."""
        self.beat(step, force=True)
        if self._trouble and self.status.message in ("", self._trouble):
            self.status.message = "The last numbers of its curves could not be written, and are lost."
            self._write_status(durable=True)

    def _write_status(self, durable: bool) -> None:
        try:
            write_status(self.folder, self.status, durable=durable)
        except Exception as error:
            log.warning("the status cannot be written: %s", explain(error))

    def _write_rows(self) -> str:
        """Write the numbers that wait; returns why they could not be, which keeps them."""
        try:
            self._collect()
            if self._rows:
                self.database.add_metrics(self.segment, self._rows)
        except Exception as error:
            del self._rows[:-_KEPT_ROWS]
            return explain(error)
        self._rows = []
        return ""

    def _collect(self) -> None:
        """Fetch the pending numbers from the device in one go."""
        tensors = [value.reshape(()).float() for _, _, value in self._pending if isinstance(value, Tensor)]
        fetched = iter(torch.stack(tensors).tolist() if tensors else [])
        for step, name, value in self._pending:
            number = next(fetched) if isinstance(value, Tensor) else value
            # SQLite keeps NaN as NULL and readers see NaN again; infinities become NaN too.
            self._rows.append((step, name, number if math.isfinite(number) else math.nan))
            if math.isfinite(number):
                self.latest[name] = number
        self._pending = []
