"""All kept samples in the order they are shown; pictures are read when they come into view."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.errors import WorkspaceError, explain
from studio.core.modality import TextSpec
from studio.core.words import number_of
from studio.desk.items import Overview
from studio.desk.sample_words import SampleWords, WordsFile
from studio.desk.tile import Tile, source_of, tile_of
from studio.store.gallery import SAMPLES, BatchDocument, list_batches
from studio.store.rows import Rows, RowsCache
from studio.store.workspace import Workspace

__all__ = ["Batch", "Filter", "Sample", "SampleStore", "load_batches"]


# Rows that are drawn in one picture.
_MOST_TOGETHER = 5_000
_MOST_BYTES = 4 * 2**20
_MOST_VIEWS = 64


@dataclass(eq=False)
class Batch:
    """Samples of one request.

    Attributes:
        document: What makes them again.
        samples: Their array.
        folder: Where they are kept; None while they come.
        num_ready: Number of samples that are there.
        starred: Positions of those with a star.
        hidden: Positions of those that were thrown away.
    """

    document: BatchDocument
    samples: Path
    folder: Path | None
    num_ready: int
    starred: set[int] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)

    @property
    def model(self) -> str:
        """What tells its model from others: the id, or for a file without one where it lies."""
        return self.document.model or self.document.file

    @property
    def together(self) -> bool:
        """Whether its samples are one tile, which stands for all of them and is called by the first."""
        return self.document.spec is not None and self.document.spec.together

    @property
    def num_tiles(self) -> int:
        """Number of tiles."""
        return _num_tiles(self.document)


def _num_tiles(document: BatchDocument) -> int:
    return 1 if document.spec is not None and document.spec.together else document.request.count


Sample = tuple[Batch, int]  # a batch, and the position of one of its samples


@dataclass(frozen=True)
class Filter:
    """Which samples are shown.

    Attributes:
        model: Those of one model; all where it is empty.
        starred: Only those with a star.
        words: Words that class name, seed, model or text must hold, all of them.
    """

    model: str = ""
    starred: bool = False
    words: str = ""


def load_batches(workspace: Workspace, tidy: bool) -> tuple[list[Batch], list[str]]:
    """Read the gallery of a workspace, newest first.

    Args:
        workspace: The workspace.
        tidy: Move batches of which every sample was thrown away to the trash.

    Returns:
        The batches, and one sentence for each that cannot be shown.
    """
    batches: list[Batch] = []
    problems: list[str] = []
    for folder, document in list_batches(workspace):
        if isinstance(document, WorkspaceError):
            problems.append(str(document))
            continue
        if tidy and len(document.hidden) >= _num_tiles(document):
            with suppress(WorkspaceError, OSError):
                workspace.throw_away(folder)
            continue
        try:
            rows = Rows(folder / SAMPLES, document.spec)
        except WorkspaceError as error:
            problems.append(str(error))
            continue
        except OSError as error:
            problems.append(f"{folder / SAMPLES} cannot be read: {explain(error)}.")
            continue
        num_ready = min(document.request.count, rows.count)
        rows.close()
        marks = set(document.starred), set(document.hidden)
        batches.append(Batch(document, folder / SAMPLES, folder, num_ready, *marks))
    return batches[::-1], problems


class SampleStore:
    """The samples as a grid shows them: newest batch first, in the order of their numbers.

    Args:
        overview: Paints samples that are one tile together.
    """

    def __init__(self, overview: Overview) -> None:
        self._overview = overview
        self.cache = RowsCache()
        self.batches: list[Batch] = []
        self.filter = Filter()
        self._words = SampleWords()
        self._shown: list[tuple[Batch, Sequence[int] | npt.NDArray[np.int64]]] = []
        self._ends: list[int] = []
        # The pictures that were looked at last, and of how many samples each is.
        self._views: OrderedDict[Batch, tuple[int, Tile | None]] = OrderedDict()

    def merge(self, batches: Iterable[Batch]) -> None:
        """Take in what lies in the workspace; batches that are known already, or still come, stay what they are."""
        found = {batch.folder: batch for batch in batches}
        known = {batch.folder: batch for batch in self.batches}
        fresh = [batch for batch in self.batches if batch.folder not in found]
        merged = [known.get(folder, batch) for folder, batch in found.items()]
        self.batches = sorted([*fresh, *merged], key=lambda batch: batch.document.created, reverse=True)
        self.arrange()

    def settle(self, batch: Batch) -> None:
        """A batch lies in the workspace now; where it was read from there meanwhile, it is here only once."""
        self.batches = [other for other in self.batches if other is batch or other.folder != batch.folder]

    def arrange(self) -> None:
        """Filter again, after batches, marks or the filter have changed."""
        words = self.filter.words.casefold().split()
        self._shown, self._ends = [], []
        end = 0
        for batch in self.batches:
            if self.filter.model and batch.model != self.filter.model:
                continue
            positions = self._positions(batch, words)
            if len(positions):
                end += len(positions)
                self._shown.append((batch, positions))
                self._ends.append(end)

    def _positions(self, batch: Batch, words: list[str]) -> Sequence[int] | npt.NDArray[np.int64]:
        document = batch.document
        if self.filter.starred:
            found: Sequence[int] = sorted(batch.starred - batch.hidden)
        elif batch.hidden:
            found = [position for position in range(batch.num_tiles) if position not in batch.hidden]
        else:
            found = range(batch.num_tiles)
        about, labels = f"{document.title} {document.model} {document.family}".casefold(), document.request.labels
        seed = str(document.request.seed)
        missing = [word for word in words if word not in about and word.removeprefix("seed:") != seed]
        if not missing or not found:
            return found
        if isinstance(document.spec, TextSpec):
            names = {place: document.class_name(place).casefold() for place in found}
            return [place for place in found if self._words.hold(batch.samples, place, names[place], missing)]
        if not labels:
            return ()
        # A class is looked at once, not for each of its samples.
        first = {label: place for place, label in reversed(list(enumerate(labels)))}
        classes = {label: document.class_name(place).casefold() for label, place in first.items()}
        fitting = [label for label, name in classes.items() if all(word in name for word in missing)]
        if batch.together or len(labels) != document.request.count:
            return found if fitting else ()
        positions = np.asarray(found, np.int64)
        return positions[np.isin(np.asarray(labels, np.int64)[positions], fitting)]

    def unread_words(self) -> list[WordsFile]:
        """The files of texts that are searched for words and were not read yet; ``keep_words`` takes what they hold."""
        if not self.filter.words.strip():
            return []
        whole = [batch for batch in self.batches if batch.num_ready == batch.document.request.count]
        found = (self._words.unread(batch.samples, batch.document.spec) for batch in whole)
        return [file for file in found if file is not None]

    def keep_words(self, file: WordsFile, texts: list[str]) -> None:
        """Search in the texts of a file too, from the next arrangement on."""
        self._words.keep(file, texts)

    def locate(self, index: int) -> tuple[Batch, int]:
        """Batch and position of a tile."""
        place = bisect_right(self._ends, index)
        batch, positions = self._shown[place]
        return batch, int(positions[index - (self._ends[place - 1] if place else 0)])

    def locate_all(self, indices: Iterable[int]) -> list[tuple[Batch, int]]:
        """Batch and position of many tiles, whose numbers ascend."""
        found, place, begin = [], 0, 0
        for index in indices:
            while index >= self._ends[place]:
                begin, place = self._ends[place], place + 1
            batch, positions = self._shown[place]
            found.append((batch, int(positions[index - begin])))
        return found

    def index_of(self, batch: Batch, position: int) -> int:
        """Tile of a sample, or -1 where the filter leaves it out."""
        begin = 0
        for (shown, positions), end in zip(self._shown, self._ends, strict=True):
            if shown is batch:
                found = np.flatnonzero(np.asarray(positions) == position)
                return begin + int(found[0]) if len(found) else -1
            begin = end
        return -1

    def sample(self, batch: Batch, position: int) -> npt.NDArray[Any] | None:
        """A sample as stored; None where it has not come or cannot be read."""
        spec = batch.document.spec
        return self.cache.read(batch.samples, position, spec) if position < batch.num_ready else None

    def view(self, batch: Batch, position: int) -> Tile | None:
        """What is shown of a sample, or of all of a batch; None where it has not come or cannot be read."""
        if not batch.together:
            sample, document = self.sample(batch, position), batch.document
            if sample is None:
                return None
            shown, source = tile_of(document.spec, sample), source_of(document.spec, document.request, position)
            return f"{source}\n\u2192 {shown}" if source and isinstance(shown, str) else shown
        spec, count = batch.document.spec, batch.num_ready
        painted, view = self._views.pop(batch, (0, None))
        # While samples come, the picture is painted again where there are twice as many, and once all are there.
        if spec is not None and (count >= 2 * max(1, painted) or painted != count == batch.document.request.count):
            some = min(count, _MOST_TOGETHER, max(1, _MOST_BYTES // spec.item_bytes))
            rows = self.cache.read_range(batch.samples, 0, some, spec)
            painted, view = (count, self._overview(spec, rows)) if rows is not None else (0, None)
        while len(self._views) >= _MOST_VIEWS:
            self._views.popitem(last=False)
        self._views[batch] = painted, view
        return view

    def text(self, batch: Batch, position: int) -> str:
        """The text of a sample, without its source; empty where it is none, or has not come."""
        sample = self.sample(batch, position)
        shown = tile_of(batch.document.spec, sample) if sample is not None and not batch.together else ""
        return shown if isinstance(shown, str) else ""

    def num_samples(self) -> int:
        """Number of samples that the tiles show."""
        return sum(
            batch.document.request.count if batch.together else len(positions) for batch, positions in self._shown
        )

    def count(self) -> int:
        """Number of tiles."""
        return self._ends[-1] if self._ends else 0

    def picture(self, index: int) -> Tile | None:
        """What a tile shows."""
        return self.view(*self.locate(index))

    def marked(self, index: int) -> bool:
        """Whether a tile has a star."""
        batch, position = self.locate(index)
        return position in batch.starred

    def caption(self, index: int) -> str:
        """What a tile is, in words."""
        batch, position = self.locate(index)
        document, request = batch.document, batch.document.request
        name = document.class_name(position)
        which = f"number {request.number(position)}"
        if batch.together:
            name, which = "", number_of(request.count, document.spec.noun if document.spec is not None else "sample")
        parts = [f"class {name}" if name else "", f"seed {request.seed}", which]
        if request.interpolation is not None and not batch.together:
            far, share = request.interpolation, request.interpolation.shares[position]
            parts.append(f"{share:.0%} of the way to seed {far.seed}, number {far.index}")
        return ", ".join(part for part in (*parts, document.title) if part)
