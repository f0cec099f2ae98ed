"""Writes stars and trashed samples to disk as they are set, in their order."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from studio.core.errors import explain
from studio.gui.bridge import Bridge
from studio.gui.gallery.shelf import Batch
from studio.store.gallery import mark_batch

__all__ = ["MarkWriter"]


class MarkWriter(QObject):
    """Writes the marks of batches, one after another; only the last state of a batch counts.

    Args:
        bridge: Where the writing is done.
        parent: Its parent.

    Signals:
        failed: Why marks could not be written, as one sentence.
    """

    failed = Signal(str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._waiting: list[Batch] = []
        self._writing: Batch | None = None

    @property
    def busy(self) -> bool:
        """Whether something is not on the disk yet."""
        return bool(self._waiting) or self._writing is not None

    def write(self, batch: Batch) -> None:
        """Write a batch's marks soon; one that is not kept yet is written with its document."""
        if batch.folder is not None and batch not in self._waiting:
            self._waiting.append(batch)
            self._next()

    def flush(self) -> None:
        """Write what waits now, as the window does when it closes."""
        pending = [self._writing] if self._writing is not None else []
        for batch in [*pending, *self._waiting]:
            try:
                _writer(batch)()
            except Exception as error:
                self.failed.emit(explain(error))
        self._waiting.clear()

    def _next(self) -> None:
        if self._writing is None and self._waiting:
            self._writing = self._waiting.pop(0)
            self._bridge.run(self, _writer(self._writing), self._on_written, self._on_failed)

    def _on_written(self, _: None) -> None:
        self._writing = None
        self._next()

    def _on_failed(self, error: Exception) -> None:
        self._writing = None
        self.failed.emit(f"The marks could not be kept: {explain(error)}")
        self._next()


def _writer(batch: Batch) -> Callable[[], None]:
    """Writes the marks as they are when it is their turn, so that no older state is ever written over a newer."""

    def write() -> None:
        if batch.folder is not None:
            mark_batch(batch.folder, frozenset(batch.starred), frozenset(batch.hidden))

    return write
