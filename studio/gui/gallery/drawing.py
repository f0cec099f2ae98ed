"""Follows requests for samples from the click to the workspace: they come, are kept, or are compared."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from studio.core.errors import WorkspaceError
from studio.core.request import SampleRequest, check_request
from studio.core.sampling import Manifest
from studio.gui.gallery.keeping import Keeping
from studio.gui.gallery.sampling import SamplerThread
from studio.gui.gallery.shelf import Batch
from studio.gui.rows import NotImagesError, Rows, RowsCache
from studio.gui.task import Tasks
from studio.runtime.record import describe_batch
from studio.store.gallery import draft_path
from studio.store.workspace import Workspace

__all__ = ["Comparison", "Drawing", "Running"]


@dataclass(eq=False)
class Running:
    """A request that is being answered.

    Attributes:
        batch: Its samples, as far as they came.
        manifest: What the model's file says of itself.
        request: The request, every value filled in.
        begun: When it was asked, by the monotonic clock.
        first: When the first samples came, and how many; for the speed.
    """

    batch: Batch
    manifest: Manifest
    request: SampleRequest
    begun: float = field(default_factory=time.perf_counter)
    first: tuple[float, int] | None = None
    provider: str = ""

    @property
    def speed(self) -> float:
        """Samples a second since the first came; 0 where that cannot be said yet."""
        if self.first is None or self.batch.num_ready <= self.first[1]:
            return 0.0
        return (self.batch.num_ready - self.first[1]) / max(1e-6, time.perf_counter() - self.first[0])


@dataclass(frozen=True)
class Comparison:
    """A sample that was drawn again beside the one that is kept.

    Attributes:
        batch: Batch of the kept one.
        position: Its position.
        differing: Number of values that differ; -1 where the kept one cannot be read.
        largest: Largest difference, of 255.
    """

    batch: Batch
    position: int
    differing: int
    largest: int


class Drawing(QObject):
    """Requests to the sampler service, the last of which wins.

    Args:
        workspace: Where samples are kept.
        tasks: Where they are written.
        sampler: The service.
        cache: Files that are open; told when one goes elsewhere.
        parent: Its parent.

    Attributes:
        keeping: Puts what came into the workspace.

    Signals:
        batch_grew: More samples of a batch are there.
        restarted: The service died and was started again for this batch.
        ended: A batch has all the samples it will have; one without any is not kept.
        failed: What went wrong, as one sentence.
        compared: A Comparison.
    """

    batch_grew = Signal(object)
    restarted = Signal(object)
    ended = Signal(object)
    failed = Signal(str)
    compared = Signal(object)

    def __init__(
        self,
        workspace: Workspace,
        tasks: Tasks,
        sampler: SamplerThread,
        cache: RowsCache,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._sampler = sampler
        self._cache = cache
        self._running: dict[int, Running] = {}
        self._checks: dict[int, tuple[Batch, int, Path]] = {}
        self.keeping = Keeping(workspace, tasks, cache, self)
        sampler.progressed.connect(self._on_progressed)
        sampler.restarted.connect(self._on_restarted)
        sampler.finished.connect(self._on_finished)
        sampler.cancelled.connect(self._on_cancelled)
        sampler.failed.connect(self._on_failed)

    @property
    def current(self) -> Running | None:
        """The newest request that is being answered."""
        return self._running[max(self._running)] if self._running else None

    def draw(self, manifest: Manifest, path: Path, request: SampleRequest) -> Batch | None:
        """Draw samples and keep them.

        Returns:
            The batch that they come into; None where the same request is being answered already.

        Raises:
            ModelError: If the model cannot answer it.
        """
        request = check_request(manifest, request)
        file = self._file(path)
        current = self.current
        if current is not None and current.request == request and current.batch.document.file == file:
            return None
        output = draft_path(self._workspace)
        batch = Batch(describe_batch(manifest, file, request, "", 0.0), output, None, 0)
        number = self._sampler.sample(path, request, output)
        self._running[number] = Running(batch, manifest, request)
        return batch

    def again(self, path: Path, batch: Batch, position: int) -> None:
        """Draw one sample again by its seed and number alone, and compare it with the one that is kept."""
        request = batch.document.request.only(position)
        output = draft_path(self._workspace)
        self._checks[self._sampler.sample(path, request, output)] = (batch, position, output)

    def cancel(self) -> None:
        """Cancel what is being drawn; what came is kept."""
        for number in self._running:
            self._sampler.cancel(number)

    def close(self) -> None:
        """End the service and keep what came."""
        running, self._running = list(self._running.values()), {}
        checks, self._checks = list(self._checks.values()), {}
        self._sampler.close()
        self.keeping.close()
        for entry in running:
            if entry.batch.num_ready:
                self._settle(entry)
                self.keeping.keep_now(entry.batch)
            self._discard(entry.batch.samples)
        for _, _, output in checks:
            self._discard(output)

    def _file(self, path: Path) -> str:
        """Where a model lies: relative to the workspace, so that this may be moved, or absolute."""
        inside = path.is_relative_to(self._workspace.path)
        return path.relative_to(self._workspace.path).as_posix() if inside else str(path)

    def _discard(self, path: Path) -> None:
        self._cache.forget(path)
        with suppress(OSError):
            path.unlink(missing_ok=True)

    def _settle(self, entry: Running, provider: str = "", seconds: float | None = None) -> None:
        """Say in the document what really came."""
        took = time.perf_counter() - entry.begun if seconds is None else seconds
        document = describe_batch(
            entry.manifest,
            entry.batch.document.file,
            entry.request,
            provider or entry.provider,
            took,
            entry.batch.num_ready,
        )
        entry.batch.document = document.model_copy(update={"created": entry.batch.document.created})

    def _on_progressed(self, number: int, done: int, total: int, provider: str) -> None:
        entry = self._running.get(number)
        if entry is None:
            return
        if entry.first is None or done < entry.batch.num_ready:
            entry.first, entry.provider = (time.perf_counter(), done), provider
            try:
                Rows(entry.batch.samples).close()
            except NotImagesError as error:
                self._give_up(number, f"{entry.manifest.title or 'This file'} cannot be shown. {error}")
                return
            except (OSError, WorkspaceError):
                # The service will say itself what is wrong.
                return
        entry.batch.num_ready = done
        self.batch_grew.emit(entry.batch)

    def _give_up(self, number: int, text: str) -> None:
        entry = self._running.pop(number)
        entry.batch.num_ready = 0
        self._sampler.cancel(number)
        self._discard(entry.batch.samples)
        self.ended.emit(entry.batch)
        self.failed.emit(text)

    def _on_restarted(self, number: int) -> None:
        if number in self._running:
            self.restarted.emit(self._running[number].batch)

    def _on_finished(self, number: int, event: dict[str, object]) -> None:
        if number in self._checks:
            self._compare(*self._checks.pop(number))
            return
        entry = self._running.pop(number, None)
        if entry is not None:
            entry.batch.num_ready = entry.request.count
            self._settle(entry, str(event["provider"]), float(str(event["seconds"])))
            self.ended.emit(entry.batch)
            self.keeping.keep(entry.batch)

    def _on_cancelled(self, number: int) -> None:
        self._end_early(number, "")

    def _on_failed(self, number: int, text: str) -> None:
        self._end_early(number, text)

    def _end_early(self, number: int, text: str) -> None:
        known = number in self._checks or number in self._running
        if number in self._checks:
            self._discard(self._checks.pop(number)[2])
        entry = self._running.pop(number, None)
        if entry is not None:
            if entry.batch.num_ready:
                self._settle(entry)
            self.ended.emit(entry.batch)
            if entry.batch.num_ready:
                self.keeping.keep(entry.batch)
            else:
                self._discard(entry.batch.samples)
        if text and known:
            self.failed.emit(text)

    def _compare(self, batch: Batch, position: int, output: Path) -> None:
        kept, drawn = self._cache.read(batch.samples, position), self._cache.read(output, 0)
        self._discard(output)
        if kept is None or drawn is None or kept.shape != drawn.shape:
            self.compared.emit(Comparison(batch, position, -1, 0))
            return
        difference = np.abs(kept.astype(np.int16) - drawn.astype(np.int16))
        self.compared.emit(Comparison(batch, position, int(np.count_nonzero(difference)), int(difference.max())))
