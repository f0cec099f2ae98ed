"""Draws the same seed from one model after another, in the background, into a folder that goes with the page.

Sample number k of a seed gets the same noise in every model whose noise has the same shape; classes come in turn.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from studio.core.errors import StudioError, WorkspaceError, explain
from studio.core.known_values import KnownValues
from studio.core.manifest import Manifest
from studio.core.modality import TextSpec
from studio.core.request import SampleRequest, check_request, labels_for
from studio.data.text.known import read_known_text, read_source_texts
from studio.desk.context import Crossing, Signal
from studio.desk.job import Cancelled, Failed, Finished
from studio.desk.model_library import why_not_shown
from studio.desk.sampler_thread import Restarted, SamplerEvent, SamplerThread, SamplesCame, ServiceRequest, Tell
from studio.desk.subject import Subject
from studio.desk.tile import Tile, tile_of
from studio.store.model import SAMPLE_FILE
from studio.store.rows import Rows, RowsCache

__all__ = ["Drawn", "SeedDrawing"]

_MOST_BYTES = 4 * 2**20


@dataclass(eq=False)
class Drawn:
    """The samples of one model.

    Attributes:
        subject: The model.
        request: The request, every value filled in.
        path: Where its samples come.
        num_ready: How many are there.
        problem: Why there are none, or no more.
    """

    subject: Subject
    request: SampleRequest
    path: Path
    num_ready: int = 0
    problem: str = ""

    def class_of(self, number: int) -> str:
        """Name of the class that a sample was asked for; empty without one."""
        labels, classes = self.request.labels, self.subject.manifest.classes
        label = labels[min(number, len(labels) - 1)] if labels else -1
        return classes[label] if 0 <= label < len(classes) else ""


def _labels_of(manifest: Manifest, count: int) -> list[int]:
    """Of pictures every class in turn, so that a column of them is of one; of rows any class, as the data has them."""
    asked = next((entry for entry in manifest.inputs if entry.kind == "label"), None)
    any_class = asked is not None and (asked.minimum is None or asked.minimum < 0)
    together = manifest.spec is not None and manifest.spec.together
    return labels_for(manifest, -1 if any_class and together else None, 0, count)


class SeedDrawing:
    """Draws samples 0 to N-1 of a seed from each of some models, one model after another.

    Args:
        crossing: The way back from the service's thread.

    Signals:
        changed: More samples are there, or it has begun or ended.
    """

    def __init__(self, crossing: Crossing) -> None:
        self.changed = Signal[()]()
        self.sampler = SamplerThread()
        self._crossing = crossing
        self.seed, self.count, self.words = 0, 0, ""
        self._folder: Path | None = None
        self._files = 0
        self._drawn: dict[Path, Drawn] = {}
        self._waiting: list[Drawn] = []
        self._current: tuple[ServiceRequest, Drawn] | None = None
        self._cache = RowsCache()

    @property
    def running(self) -> Drawn | None:
        """What is being drawn now."""
        return self._current[1] if self._current is not None else None

    @property
    def progress(self) -> tuple[int, int]:
        """Samples there and wanted, over the models of this time."""
        wanted = [entry for entry in self._drawn.values() if not entry.problem]
        return sum(entry.num_ready for entry in wanted), sum(entry.request.count for entry in wanted)

    def drawn(self, folder: Path) -> Drawn | None:
        """What was drawn of a model with the seed and count of the last time."""
        return self._drawn.get(folder)

    def picture(self, folder: Path, number: int) -> Tile | None:
        """What is shown of a sample; None where it is not there yet."""
        entry = self._drawn.get(folder)
        if entry is None or number >= entry.num_ready:
            return None
        spec = entry.subject.manifest.spec
        sample = self._cache.read(entry.path, number, spec)
        return tile_of(spec, sample) if sample is not None else None

    def rows(self, folder: Path) -> npt.NDArray[Any] | None:
        """Samples of a model that are there, (N, ...), as many as fit into a few megabytes; None where none is."""
        entry = self._drawn.get(folder)
        spec = entry.subject.manifest.spec if entry is not None else None
        if entry is None or spec is None or not entry.num_ready:
            return None
        return self._cache.read_range(entry.path, 0, min(entry.num_ready, _MOST_BYTES // spec.item_bytes), spec)

    def draw(self, subjects: Sequence[Subject], seed: int, count: int, words: str = "") -> None:
        """Draw what is not there yet, in place of what is still being drawn.

        Args:
            subjects: The models.
            seed: Seed of the samples.
            count: Samples of each model.
            words: Of models of texts, how every text begins, or what is translated.

        Raises:
            OSError: If there is no place for the samples.
        """
        self.cancel()
        if (seed, count, words) != (self.seed, self.count, self.words):
            self.seed, self.count, self.words = seed, count, words
            self._forget(list(self._drawn))
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="studio-compare-"))
        for subject in subjects:
            before = self._drawn.get(subject.folder)
            if before is None or before.num_ready < count:
                self._forget([subject.folder])
                entry = self._drawn[subject.folder] = self._prepare(subject, self._folder)
                if not entry.problem:
                    self._waiting.append(entry)
        self._next()

    def cancel(self) -> None:
        """Draw no more; what came stays."""
        self._waiting.clear()
        if self._current is not None:
            # Its end is still told, but nobody waits for it.
            asked, self._current = self._current[0], None
            asked.cancel()
            self.changed.emit()

    def close(self) -> None:
        """End the service and remove what it drew."""
        self._waiting.clear()
        self._current = None
        self.sampler.close()
        self._cache.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _prepare(self, subject: Subject, folder: Path) -> Drawn:
        self._files += 1
        entry = Drawn(subject, SampleRequest(seed=self.seed, count=self.count), folder / f"{self._files}.npy")
        try:
            entry.problem = why_not_shown(subject.manifest)
            if not entry.problem:
                labels = tuple(_labels_of(subject.manifest, self.count))
                asked = SampleRequest(seed=self.seed, count=self.count, labels=labels, **self._told(subject.manifest))
                entry.request = check_request(subject.manifest, asked)
        except StudioError as error:
            entry.problem = str(error)
        return entry

    def _told(self, manifest: Manifest) -> dict[str, KnownValues]:
        """What a model of texts is told by the words, in its own tokens."""
        spec = manifest.spec
        if not isinstance(spec, TextSpec) or not self.words.strip():
            return {}
        if spec.source_shape:
            return {"source": read_source_texts((self.words,), spec, lines=False)}
        return {"given": read_known_text(self.words, spec)}

    def _forget(self, folders: Sequence[Path]) -> None:
        for folder in folders:
            entry = self._drawn.pop(folder, None)
            if entry is not None:
                self._cache.forget(entry.path)
                with suppress(OSError):
                    entry.path.unlink(missing_ok=True)

    def _next(self) -> None:
        self._current = None
        if self._waiting:
            entry = self._waiting.pop(0)
            told: Tell = self._crossing(lambda event: self._on_event(entry, event))
            file = entry.subject.folder / SAMPLE_FILE
            self._current = self.sampler.sample(file, entry.request, entry.path, told), entry
        self.changed.emit()

    def _on_event(self, entry: Drawn, event: SamplerEvent) -> None:
        if self._current is None or self._current[1] is not entry:
            return
        match event:
            case SamplesCame(done):
                self._on_came(entry, done)
            case Restarted():
                entry.num_ready = 0
                self._cache.forget(entry.path)
                self.changed.emit()
            case Finished():
                entry.num_ready = entry.request.count
                self._next()
            case Cancelled():
                self._next()
            case Failed(text):
                entry.problem = text
                self._next()

    def _on_came(self, entry: Drawn, done: int) -> None:
        if not entry.num_ready and self._current is not None:
            try:
                Rows(entry.path, entry.subject.manifest.spec).close()
            except (OSError, WorkspaceError) as error:
                entry.problem = explain(error)
                self._current[0].cancel()
                self._next()
                return
        entry.num_ready = done
        self.changed.emit()
