"""Starts the processes that make data sets, or only look; holds those that wait, and says what came of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.core.errors import DataError
from studio.core.words import number_of, one_line
from studio.data.exclusion import ExclusionRequest
from studio.data.request import ImportRequest
from studio.desk.context import Crossing, Signal
from studio.desk.job import Cancelled, Failed, Finished, FollowedJob, JobReport, Progressed
from studio.jobs.child import ChildJob
from studio.store.workspace import Workspace

__all__ = ["ImportQueue", "QueuedImport", "added", "look_job", "stage_text", "start_import", "unique_name"]

_PATIENCE_S = 5.0
_STAGES = {"looking": "Looking", "reading": "Reading headers", "decoding": "Decoding", "writing": "Writing"}


def start_import(workspace: Workspace, request: ImportRequest, *words: str) -> ChildJob:
    """Start an importer; ``--preview`` among its words has it look only."""
    files = {"request.json": request.to_json()}
    return ChildJob(workspace, "studio.data", ["{folder}/request.json", *words], files)


def _start(workspace: Workspace, request: ImportRequest | ExclusionRequest) -> ChildJob:
    if isinstance(request, ImportRequest):
        return start_import(workspace, request)
    files = {"request.json": request.to_json()}
    return ChildJob(workspace, "studio.data.exclude", ["{folder}/request.json"], files)


def _read_preview(done: Mapping[str, Any]) -> dict[str, Any]:
    try:
        pictures = np.load(done["preview"], allow_pickle=False)
    except (OSError, ValueError, EOFError):
        raise DataError("The preview could not be read; look again.") from None
    return {**done, "pictures": pictures}


def look_job(
    workspace: Workspace, request: ImportRequest, tell: Callable[[JobReport], None], crossing: Crossing
) -> FollowedJob:
    """A dry look that has not started yet; its result also holds ``pictures``, uint8, shape (N, H, W, C)."""
    return FollowedJob(lambda: start_import(workspace, request, "--preview"), tell, crossing, _read_preview)


@dataclass(eq=False)
class QueuedImport:
    """One import, or data set made of another one, waiting or at work."""

    request: ImportRequest | ExclusionRequest
    title: str
    job: FollowedJob | None = None


class ImportQueue:
    """Imports, done one after another.

    Args:
        workspace: Gets the data sets.
        crossing: The way back from the threads that follow the imports.

    Signals:
        added: An import waits for its turn.
        started: Its turn has come.
        progressed: An import with its stage, done and total.
        finished: An import and its last event.
        failed: An import and why it failed.
        cancelled: An import that was cancelled.
    """

    def __init__(self, workspace: Workspace, crossing: Crossing) -> None:
        self.added = Signal[QueuedImport]()
        self.started = Signal[QueuedImport]()
        self.progressed = Signal[QueuedImport, str, int, int]()
        self.finished = Signal[QueuedImport, Mapping[str, Any]]()
        self.failed = Signal[QueuedImport, str]()
        self.cancelled = Signal[QueuedImport]()
        self._workspace = workspace
        self._crossing = crossing
        self._rows: list[QueuedImport] = []
        self._closed = False

    @property
    def rows(self) -> list[QueuedImport]:
        """The imports; the first is at work."""
        return list(self._rows)

    def add(self, request: ImportRequest | ExclusionRequest, title: str) -> None:
        """Make a data set after what is queued already."""
        if self._closed:
            return
        self._rows.append(row := QueuedImport(request, one_line(title)))
        self.added.emit(row)
        if len(self._rows) == 1:
            self._start()

    def cancel(self, row: QueuedImport) -> None:
        """Cancel an import, at work or waiting; ``cancelled`` follows."""
        if row.job is not None:
            row.job.cancel()
        elif row in self._rows:
            self._rows.remove(row)
            self.cancelled.emit(row)

    def close(self) -> None:
        """Cancel all of them and wait until nothing is left; the window closes."""
        self._closed = True
        rows, self._rows = self._rows, []
        if rows and rows[0].job is not None:
            rows[0].job.cancel()
            rows[0].job.wait(_PATIENCE_S)

    def _start(self) -> None:
        if self._rows:
            row, workspace = self._rows[0], self._workspace
            request = row.request
            row.job = FollowedJob(
                lambda: _start(workspace, request), lambda event: self._on_event(row, event), self._crossing
            )
            row.job.start()
            self.started.emit(row)

    def _on_event(self, row: QueuedImport, event: JobReport) -> None:
        if self._closed:
            return
        if isinstance(event, Progressed):
            self.progressed.emit(row, event.stage, event.done, event.total)
            return
        self._rows.remove(row)
        self._start()
        match event:
            case Finished(done):
                self.finished.emit(row, done)
            case Failed(text):
                self.failed.emit(row, text)
            case Cancelled():
                self.cancelled.emit(row)


def stage_text(stage: str) -> str:
    """A stage of the importer for people."""
    return _STAGES.get(stage, stage)


def added(done: Mapping[str, Any]) -> str:
    """What an import did, from its last event."""
    text = f"Added {number_of(done['items'], 'item')} as '{one_line(done['name'])}'"
    if done["rejected"]:
        text += f"; {done['rejected']:,} {'was' if done['rejected'] == 1 else 'were'} refused"
    return text + "."


def unique_name(name: str, taken: Collection[str]) -> str:
    """The name, with a number behind it where it is taken."""
    number = 2
    unique = name
    while unique in taken:
        unique = f"{name} {number}"
        number += 1
    return unique
