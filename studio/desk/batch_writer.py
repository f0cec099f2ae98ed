"""Puts batches of samples into the workspace, and remembers those that could not be put there."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from studio.core.errors import WorkspaceError, explain
from studio.desk.context import Signal, Worker
from studio.desk.sample_store import Batch
from studio.store.gallery import SAMPLES, create_batch
from studio.store.rows import RowsCache
from studio.store.workspace import Workspace

__all__ = ["BatchWriter"]

_PATIENCE_S = 5.0


@dataclass
class _Writing:
    """A batch on its way to the disk."""

    ended: threading.Event = field(default_factory=threading.Event)
    whole: bool = False


class BatchWriter:
    """What lies in the workspace, or is to lie there.

    Args:
        workspace: Where samples are kept.
        worker: Where they are written.
        cache: Files that are open; told when one goes elsewhere.

    Signals:
        kept: A batch lies in the workspace.
        unkept_changed: There are more or fewer batches that could not be kept; ``problem`` says it in words.
    """

    def __init__(self, workspace: Workspace, worker: Worker, cache: RowsCache) -> None:
        self.kept = Signal[Batch]()
        self.unkept_changed = Signal[()]()
        self._workspace = workspace
        self._worker = worker
        self._cache = cache
        self._writing: dict[Batch, _Writing] = {}
        self._unkept: dict[Batch, str] = {}

    @property
    def problem(self) -> str:
        """What could not be kept and why, as one sentence; empty where everything is kept."""
        if not self._unkept:
            return ""
        reason = list(self._unkept.values())[-1]
        if len(self._unkept) == 1:
            return f"The samples are shown but could not be kept: {reason}"
        return f"The samples of {len(self._unkept):,} requests are shown but could not be kept: {reason}"

    def keep(self, batch: Batch) -> None:
        """Put a batch into the workspace, again where that failed before."""
        if batch in self._writing:
            return
        if self._unkept.pop(batch, None) is not None:
            self.unkept_changed.emit()
        document, samples = batch.document, batch.samples
        writing = self._writing[batch] = _Writing()

        def write() -> Path:
            try:
                folder = create_batch(self._workspace, document, samples)
                writing.whole = True
                return folder
            finally:
                writing.ended.set()

        def done(folder: Path) -> None:
            self._writing.pop(batch, None)
            self._cache.forget(samples)
            batch.folder, batch.document = folder, document.model_copy(update={"id": folder.name})
            batch.samples = folder / SAMPLES
            self.kept.emit(batch)

        def failed(error: Exception) -> None:
            self._writing.pop(batch, None)
            self._unkept[batch] = explain(error)
            self.unkept_changed.emit()

        self._worker.run(write, done, failed)

    def keep_again(self) -> None:
        """Try once more with every batch that could not be kept."""
        for batch in list(self._unkept):
            self.keep(batch)

    def keep_now(self, batch: Batch) -> None:
        """Put a batch into the workspace before this returns, or not at all, as when the window closes."""
        marks = {"starred": tuple(sorted(batch.starred)), "hidden": tuple(sorted(batch.hidden))}
        with suppress(OSError, WorkspaceError):
            create_batch(self._workspace, batch.document.model_copy(update=marks), batch.samples)

    def close(self) -> None:
        """Wait for what is being written, and try once more with what could not be."""
        for batch, writing in self._writing.items():
            if writing.ended.wait(_PATIENCE_S) and not writing.whole:
                self._unkept[batch] = ""
        unkept, self._unkept = list(self._unkept), {}
        for batch in unkept:
            self.keep_now(batch)
