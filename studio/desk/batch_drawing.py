"""Follows requests for samples from the click to the workspace: they come, are kept, or are compared."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from studio.core.errors import WorkspaceError
from studio.core.manifest import Manifest
from studio.core.request import SampleRequest, check_request
from studio.desk.batch_writer import BatchWriter
from studio.desk.context import Signal, Worker
from studio.desk.job import Cancelled, Failed, Finished
from studio.desk.sample_store import Batch
from studio.desk.sampler_thread import Restarted, SamplerEvent, SamplerThread, SamplesCame, ServiceRequest, Tell
from studio.runtime.record import describe_batch
from studio.store.gallery import draft_path
from studio.store.rows import Rows, RowsCache, WrongItemsError
from studio.store.workspace import Workspace

__all__ = ["BatchDrawing", "Comparison", "Running"]


@dataclass(eq=False)
class Running:
    """A request that is being answered.

    Attributes:
        batch: Its samples, as far as they came.
        manifest: What the model's file says of itself.
        request: The request, every value filled in.
        begun: When it was asked, by the monotonic clock.
        asked: The request to the service.
        first: When the first samples came, and how many; for the speed.
        provider: What computes them, once that is known.
    """

    batch: Batch
    manifest: Manifest
    request: SampleRequest
    asked: ServiceRequest | None = None
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
        largest: Largest difference; of pixels, of 255.
    """

    batch: Batch
    position: int
    differing: int
    largest: float


class BatchDrawing:
    """SampleRequests to the sampler service, the last of which wins.

    Args:
        workspace: Where samples are kept.
        worker: Where they are written.
        sampler: The service.
        cache: Files that are open; told when one goes elsewhere.

    Attributes:
        writer: Puts what came into the workspace.

    Signals:
        batch_grew: More samples of a batch are there.
        restarted: The service died and was started again for this batch.
        ended: A batch has all the samples it will have; one without any is not kept.
        failed: What went wrong, as one sentence.
        compared: A Comparison.
    """

    def __init__(self, workspace: Workspace, worker: Worker, sampler: SamplerThread, cache: RowsCache) -> None:
        self.batch_grew = Signal[Batch]()
        self.restarted = Signal[Batch]()
        self.ended = Signal[Batch]()
        self.failed = Signal[str]()
        self.compared = Signal[Comparison]()
        self._workspace = workspace
        self._sampler = sampler
        self._cache = cache
        self._worker = worker
        self._running: list[Running] = []
        self._checks: list[Path] = []
        self.writer = BatchWriter(workspace, worker, cache)

    @property
    def current(self) -> Running | None:
        """The newest request that is being answered."""
        return self._running[-1] if self._running else None

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
        entry = Running(batch, manifest, request)
        told: Tell = self._worker.receiver(lambda event: self._on_event(entry, event))
        self._running.append(entry)
        entry.asked = self._sampler.sample(path, request, output, told)
        return batch

    def again(self, path: Path, batch: Batch, position: int) -> None:
        """Draw one sample again by its seed and number alone, and compare it with the one that is kept."""
        request = batch.document.request.only(position)
        output = draft_path(self._workspace)
        self._checks.append(output)
        told: Tell = self._worker.receiver(lambda event: self._on_check(batch, position, output, event))
        self._sampler.sample(path, request, output, told)

    def cancel(self) -> None:
        """Cancel what is being drawn; what came is kept."""
        for entry in self._running:
            if entry.asked is not None:
                entry.asked.cancel()

    def close(self) -> None:
        """End the service and keep what came."""
        running, self._running = self._running, []
        checks, self._checks = self._checks, []
        self._sampler.close()
        self.writer.close()
        for entry in running:
            if entry.batch.num_ready:
                self._settle(entry)
                self.writer.keep_now(entry.batch)
            self._discard(entry.batch.samples)
        for output in checks:
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

    def _on_event(self, entry: Running, event: SamplerEvent) -> None:
        if entry not in self._running:
            return
        match event:
            case SamplesCame(done, _, provider):
                self._on_came(entry, done, provider)
            case Restarted():
                self.restarted.emit(entry.batch)
            case Finished(last):
                self._running.remove(entry)
                entry.batch.num_ready = entry.request.count
                self._settle(entry, str(last["provider"]), float(last["seconds"]))
                self.ended.emit(entry.batch)
                self.writer.keep(entry.batch)
            case Cancelled():
                self._end_early(entry)
            case Failed(text):
                self._end_early(entry)
                self.failed.emit(text)

    def _on_came(self, entry: Running, done: int, provider: str) -> None:
        if entry.first is None or done < entry.batch.num_ready:
            entry.first, entry.provider = (time.perf_counter(), done), provider
            try:
                Rows(entry.batch.samples, entry.manifest.spec).close()
            except WrongItemsError as error:
                self._give_up(entry, f"{entry.manifest.title or 'This file'} cannot be shown. {error}")
                return
            except (OSError, WorkspaceError):
                # The service will say itself what is wrong.
                return
        entry.batch.num_ready = done
        self.batch_grew.emit(entry.batch)

    def _give_up(self, entry: Running, text: str) -> None:
        self._running.remove(entry)
        entry.batch.num_ready = 0
        if entry.asked is not None:
            entry.asked.cancel()
        self._discard(entry.batch.samples)
        self.ended.emit(entry.batch)
        self.failed.emit(text)

    def _end_early(self, entry: Running) -> None:
        self._running.remove(entry)
        if entry.batch.num_ready:
            self._settle(entry)
        self.ended.emit(entry.batch)
        if entry.batch.num_ready:
            self.writer.keep(entry.batch)
        else:
            self._discard(entry.batch.samples)

    def _on_check(self, batch: Batch, position: int, output: Path, event: SamplerEvent) -> None:
        if output not in self._checks or not isinstance(event, Finished | Cancelled | Failed):
            return
        self._checks.remove(output)
        if isinstance(event, Finished):
            self._compare(batch, position, output)
            return
        self._discard(output)
        if isinstance(event, Failed):
            self.failed.emit(event.text)

    def _compare(self, batch: Batch, position: int, output: Path) -> None:
        spec = batch.document.spec
        kept, drawn = (self._cache.read(*place, spec) for place in ((batch.samples, position), (output, 0)))
        self._discard(output)
        if kept is None or drawn is None or kept.shape != drawn.shape:
            self.compared.emit(Comparison(batch, position, -1, 0))
            return
        difference = np.abs(kept.astype(np.float64) - drawn.astype(np.float64))
        self.compared.emit(Comparison(batch, position, int(np.count_nonzero(difference)), float(difference.max())))
