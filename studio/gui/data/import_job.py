"""Starts the importer process, to import or only to look, and holds the imports that wait for their turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from studio.core.errors import DataError
from studio.core.words import one_line
from studio.data.request import ImportRequest
from studio.gui.job_thread import JobThread
from studio.jobs.child import ChildJob
from studio.store.workspace import Workspace

__all__ = ["ImportQueue", "QueuedImport", "import_thread", "look_thread"]

_PATIENCE_S = 5.0


def _launch(workspace: Workspace, request: ImportRequest, *words: str) -> ChildJob:
    files = {"request.json": request.to_json()}
    return ChildJob(workspace, "studio.data", ["{folder}/request.json", *words], files)


def _read_preview(done: Mapping[str, Any]) -> dict[str, Any]:
    try:
        pictures = np.load(done["preview"], allow_pickle=False)
    except (OSError, ValueError, EOFError):
        raise DataError("The preview could not be read; look again.") from None
    return {**done, "pictures": pictures}


def import_thread(workspace: Workspace, request: ImportRequest) -> JobThread:
    """An import that has not started yet."""
    return JobThread(lambda: _launch(workspace, request))


def look_thread(workspace: Workspace, request: ImportRequest) -> JobThread:
    """A dry look that has not started yet; its result also holds ``pictures``, uint8, shape (N, H, W, C)."""
    return JobThread(lambda: _launch(workspace, request, "--preview"), _read_preview)


@dataclass(eq=False)
class QueuedImport:
    """One import, waiting or at work."""

    request: ImportRequest
    title: str
    job: JobThread


class ImportQueue(QObject):
    """Imports, done one after another.

    Args:
        workspace: Gets the data sets.
        parent: Its parent.

    Signals:
        added: An import waits for its turn.
        started: Its turn has come.
        progressed: An import with its stage, done and total.
        finished: An import and its last event.
        failed: An import and why it failed.
        cancelled: An import that was cancelled.
    """

    added = Signal(object)
    started = Signal(object)
    progressed = Signal(object, str, int, int)
    finished = Signal(object, object)
    failed = Signal(object, str)
    cancelled = Signal(object)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._rows: list[QueuedImport] = []
        self._closed = False

    @property
    def rows(self) -> list[QueuedImport]:
        """The imports; the first is at work."""
        return list(self._rows)

    def add(self, request: ImportRequest, title: str) -> None:
        """Import after what is queued already."""
        if self._closed:
            return
        row = QueuedImport(request, one_line(title), import_thread(self._workspace, request))
        row.job.progressed.connect(self._on_progressed)
        row.job.finished.connect(self._on_finished)
        row.job.failed.connect(self._on_failed)
        row.job.cancelled.connect(self._on_cancelled)
        self._rows.append(row)
        self.added.emit(row)
        if len(self._rows) == 1:
            self._start()

    def cancel(self, row: QueuedImport) -> None:
        """Cancel an import, at work or waiting; ``cancelled`` follows."""
        if row not in self._rows:
            return
        if row is self._rows[0]:
            row.job.cancel()
        else:
            self._rows.remove(row)
            self.cancelled.emit(row)

    def close(self) -> None:
        """Cancel all of them and wait until nothing is left; the window closes."""
        self._closed = True
        rows, self._rows = self._rows, []
        if rows:
            rows[0].job.cancel()
            rows[0].job.wait(_PATIENCE_S)

    def _start(self) -> None:
        if self._rows:
            self._rows[0].job.start()
            self.started.emit(self._rows[0])

    def _end(self) -> QueuedImport | None:
        """Take the one that ended from the queue and begin the next."""
        if self._closed or not self._rows:
            return None
        row = self._rows.pop(0)
        self._start()
        return row

    def _on_progressed(self, stage: str, done: int, total: int) -> None:
        if self._rows:
            self.progressed.emit(self._rows[0], stage, done, total)

    def _on_finished(self, done: dict[str, Any]) -> None:
        if (row := self._end()) is not None:
            self.finished.emit(row, done)

    def _on_failed(self, message: str) -> None:
        if (row := self._end()) is not None:
            self.failed.emit(row, message)

    def _on_cancelled(self) -> None:
        if (row := self._end()) is not None:
            self.cancelled.emit(row)
