"""Imports image files in two passes through the decoders: all headers first, then all pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError
from studio.core.event import ColumnFound
from studio.core.event_writer import Progress
from studio.core.modality import ImageSpec
from studio.data.image.fit import Plan, image_facts, make_plan
from studio.data.pool import Chunk, DecoderPool
from studio.data.request import ImportRequest
from studio.data.source import Files
from studio.data.tree import arrange, printable
from studio.data.writer import ItemWriter

__all__ = ["FileImport"]

_CHUNK_FILES = 256
_CHUNK_BYTES = 8 * 2**20


class FileImport:
    """An import of image files.

    Args:
        source: The files.
        request: How to import them.
        progress: Told how far it is.

    Raises:
        DataError: If there are no files.
    """

    licence = ""
    num_shown = 24
    is_text = False

    def __init__(self, source: Files, request: ImportRequest, progress: Progress) -> None:
        self._source = source
        self._request = request
        self._progress = progress
        self._reasons: dict[int, str] = {}
        self._headers: npt.NDArray[np.int32] | None = None
        if not source.names and not source.refused:
            raise DataError(f"There is nothing to import in {source.name}: it holds no files.")
        progress("looking", len(source.names), len(source.names))
        self.fit: str = request.fit
        self._pool = DecoderPool("image", 1 if len(source.names) < 32 else None)

    def close(self) -> None:
        """End the decoders."""
        self._pool.close()

    @property
    def count(self) -> int:
        """Number of files not refused so far."""
        return len(self._source.names) - len(self._reasons)

    def _kept(self) -> npt.NDArray[np.int64]:
        keep = np.ones(len(self._source.names), np.bool_)
        keep[list(self._reasons)] = False
        return np.flatnonzero(keep)

    def _chunks(self, wanted: Iterable[int], most_files: int) -> Iterator[Chunk]:
        chunk, size = Chunk(), 0
        for index, payload, reason in self._source.payloads(wanted):
            if reason:
                self._reasons[index] = reason
                continue
            chunk.indices.append(index)
            chunk.names.append(self._source.names[index])
            chunk.payloads.append(payload)
            size += len(payload) if isinstance(payload, bytes) else 0
            if len(chunk.indices) >= most_files or size >= _CHUNK_BYTES:
                yield chunk
                chunk, size = Chunk(), 0
        if chunk.indices:
            yield chunk

    def plan(self) -> Plan:
        """Decide the shape from what is readable so far; the first call reads the headers.

        Raises:
            DataError: If nothing is readable.
        """
        if self._headers is None:
            self._headers = self._probe()
        kept = self._headers[self._kept()]
        if not len(kept):
            raise DataError(self._nothing())
        sizes = {(int(h), int(w)) for h, w in np.unique(kept[:, :2], axis=0)[:2]}
        return make_plan(sizes, bool(kept[:, 2].all()), self._request)

    def _probe(self) -> npt.NDArray[np.int32]:
        total = len(self._source.names)
        headers = np.zeros((total, 3), np.int32)
        done = 0
        for answer in self._pool.run(self._chunks(range(total), _CHUNK_FILES), None):
            for index, result in zip(answer.indices, answer.results, strict=True):
                if isinstance(result, str):
                    self._reasons[index] = result
                else:
                    headers[index] = result
            done += len(answer.indices)
            self._progress("reading", done, total)
        return headers

    def write(self, writer: ItemWriter, plan: Plan) -> None:
        """Decode every readable file and write its item."""
        for items in self._decode(self._kept().tolist(), plan):
            writer.add(items)

    def sample(self, plan: Plan, wanted: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """Decode a few items; files that turn out unreadable are refused and left out.

        Args:
            plan: Shape of the items.
            wanted: Their numbers among the files not refused so far, ascending.

        Returns:
            Items, uint8, shape (K, H, W, C), and their numbers among the files that are not refused now.
        """
        files = self._kept()[wanted]
        items = np.frombuffer(b"".join(self._decode(files.tolist(), plan)), np.uint8).reshape(-1, *plan.shape)
        kept = self._kept()
        return items, np.searchsorted(kept, files[np.isin(files, kept)]).astype(np.int64, copy=False)

    def _decode(self, wanted: list[int], plan: Plan) -> Iterator[bytes]:
        most_files = max(1, min(_CHUNK_FILES, _CHUNK_BYTES // plan.item_bytes))
        done = 0
        for answer in self._pool.run(self._chunks(wanted, most_files), plan):
            for index, result in zip(answer.indices, answer.results, strict=True):
                if result is not None:
                    self._reasons[index] = str(result)
            yield answer.items
            done += len(answer.indices)
            self._progress("decoding", done, len(wanted))

    def sizes(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """(height, width) of the smallest and the largest image, by their area, once their headers are read."""
        assert self._headers is not None
        kept = self._headers[self._kept()]
        order = np.argsort(kept[:, 0].astype(np.int64) * kept[:, 1], kind="stable")
        least, most = kept[order[0]], kept[order[-1]]
        return (int(least[0]), int(least[1])), (int(most[0]), int(most[1]))

    def _places(self) -> list[tuple[str | None, int]]:
        names = self._source.names
        return list(arrange([names[index] for index in self._kept()], self._source.wraps))

    def spec(self, plan: Plan, classes: tuple[str, ...], splits: npt.NDArray[np.uint8]) -> ImageSpec:
        """What the images have in common."""
        return ImageSpec(shape=plan.shape, classes=classes)

    def facts(self, plan: Plan) -> list[tuple[str, str]]:
        """Sizes of the images, and what they become."""
        return image_facts(*self.sizes(), plan)

    def labels(self) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
        """Label of each item, -1 for none, and the classes in the order of their labels."""
        places = self._places()
        classes = sorted({name for name, _ in places if name is not None})
        numbers: dict[str | None, int] = {name: number for number, name in enumerate(classes)}
        return np.array([numbers.get(name, -1) for name, _ in places], np.int64), tuple(classes)

    def given_splits(self) -> npt.NDArray[np.uint8]:
        """Split of each item as its folder says it."""
        return np.array([split for _, split in self._places()], np.uint8)

    def refused(self) -> list[tuple[str, str]]:
        """Every file that was refused: (name, reason)."""
        names = self._source.names
        return [*self._source.refused, *((names[index], self._reasons[index]) for index in sorted(self._reasons))]

    def _nothing(self) -> str:
        refused = self.refused()
        first = "; ".join(f"{printable(name)}: {reason}" for name, reason in refused[:3])
        count = "The one file" if len(refused) == 1 else f"None of the {len(refused):,} files"
        verb = "is not a readable image" if len(refused) == 1 else "is a readable image"
        return f"{count} in {self._source.name} {verb} ({first}); choose a folder, archive or files with images."

    def columns(self) -> list[ColumnFound]:
        """Images have no columns."""
        return []

    def notes(self) -> list[str]:
        """There is nothing else to know."""
        return []
