"""Gives samples stars, throws them away, and writes both to disk in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from studio.core.errors import explain
from studio.desk.context import Messages, Signal, Worker
from studio.desk.sample_store import Batch, Sample
from studio.store.gallery import mark_batch

__all__ = ["SampleMarks"]


class SampleMarks:
    """Marks samples; the marks of batches are written one after another, and only the last state of each counts.

    Args:
        worker: Where the writing is done.
        messages: Where an undo is offered.

    Signals:
        changed: Samples are marked otherwise.
        failed: Why marks could not be written, as one sentence.
    """

    def __init__(self, worker: Worker, messages: Messages) -> None:
        self.changed = Signal[()]()
        self.failed = Signal[str]()
        self._worker = worker
        self._messages = messages
        self._waiting: list[Batch] = []
        self._writing: Batch | None = None

    @property
    def busy(self) -> bool:
        """Whether something is not on the disk yet."""
        return bool(self._waiting) or self._writing is not None

    def star(self, samples: Sequence[Sample]) -> None:
        """Give samples a star, or take it where all have one."""
        give = any(position not in batch.starred for batch, position in samples)
        self._mark(samples, lambda batch: batch.starred, give)

    def trash(self, samples: Sequence[Sample]) -> None:
        """Move samples to the trash; the message has an Undo."""
        self._mark(samples, lambda batch: batch.hidden, True)
        words = f"{len(samples):,} samples" if len(samples) > 1 else "the sample"

        def undo() -> None:
            self._mark(samples, lambda batch: batch.hidden, False)

        self._messages.say(f"Moved {words} to the trash.", "Undo", undo)

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

    def _mark(self, samples: Sequence[Sample], marks: Callable[[Batch], set[int]], give: bool) -> None:
        for batch, position in samples:
            marks(batch).add(position) if give else marks(batch).discard(position)
        for batch in {batch for batch, _ in samples}:
            self.write(batch)
        self.changed.emit()

    def _next(self) -> None:
        if self._writing is None and self._waiting:
            self._writing = self._waiting.pop(0)
            self._worker.run(_writer(self._writing), self._on_written, self._on_failed)

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
