"""Imports arrays of images: their range first, then their rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.bounded import LONGEST_NAME
from studio.core.errors import DataError
from studio.core.event_writer import Progress
from studio.data.array import Scale, convert, decide_scale
from studio.data.fit import Plan, make_plan
from studio.data.request import ImportRequest
from studio.data.source import Arrays
from studio.data.tree import printable
from studio.data.writer import ItemWriter

__all__ = ["ArrayImport"]

_MOST_CLASSES = 2**16


def _decode(labels: npt.NDArray[Any], title: str) -> tuple[npt.NDArray[Any], npt.NDArray[np.intp]]:
    """The different labels, and for each item the position of its own among them, -1 for none.

    Only different ones are decoded: there are few of them, and as many labels as a small file can claim items.

    Args:
        labels: Whole numbers or words, shape (N,); -1 and the empty word are none.
        title: Where they are, for messages.

    Raises:
        DataError: If a label is out of bounds, or there are too many different ones.
    """
    values, places = np.unique(labels, return_inverse=True)
    if len(values) > _MOST_CLASSES:
        raise DataError(
            f"The labels of {title} hold {len(values):,} different values, more than the {_MOST_CLASSES:,} classes a "
            "data set may have; give a label that items share, or none."
        )
    if values.dtype.kind == "S":
        values = np.array([value.decode("utf-8", "backslashreplace") for value in values.tolist()], np.str_)
    if values.dtype.kind == "U" and values.size and int(np.char.str_len(values).max()) > LONGEST_NAME:
        raise DataError(f"A label of {title} is longer than {LONGEST_NAME} characters; save the names of classes.")
    if values.dtype.kind == "u" and values.size and int(values.max()) > np.iinfo(np.int64).max:
        raise DataError("A label is larger than any class number; save the labels as 64-bit whole numbers.")
    values = values if values.dtype.kind == "U" else values.astype(np.int64)
    known = values != ("" if values.dtype.kind == "U" else -1)
    positions = np.where(known, np.cumsum(known) - 1, -1)
    return values[known], positions[places.reshape(-1)]


class ArrayImport:
    """An import of arrays.

    Args:
        source: The arrays.
        request: How to import them.
        progress: Told how far it is.

    Raises:
        DataError: If they hold no image.
    """

    def __init__(self, source: Arrays, request: ImportRequest, progress: Progress) -> None:
        self._parts = [part for part in source.parts if part.shape[0]]
        self._request = request
        self._progress = progress
        self._scale: Scale | None = None
        self._refused = source.refused
        self.licence = source.licence
        if not self._parts:
            raise DataError(f"There is nothing to import in {source.name}: its arrays hold no image.")

    def close(self) -> None:
        """Nothing is held open."""

    @property
    def count(self) -> int:
        """Number of images."""
        return sum(part.shape[0] for part in self._parts)

    def plan(self) -> Plan:
        """Decide the shape; the first call reads the range of the values where the type leaves it open.

        Raises:
            DataError: If the values have no known range.
        """
        if self._scale is None:
            self._scale = decide_scale(self._parts, lambda done: self._progress("reading", done, self.count))
        sizes = {part.size for part in self._parts}
        return make_plan(sizes, all(part.channels == 1 for part in self._parts), self._request)

    def write(self, writer: ItemWriter, plan: Plan) -> None:
        """Convert every row and write its item."""
        assert self._scale is not None
        done = 0
        for part in self._parts:
            for block in part.blocks():
                writer.add(convert(block, part.layout, self._scale, plan).tobytes())
                done += len(block)
                self._progress("decoding", done, self.count)

    def sample(self, plan: Plan, wanted: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """Convert a few rows; all are read, so that a file that is cut short shows.

        Args:
            plan: Shape of the items.
            wanted: Their numbers, ascending.

        Returns:
            Items, uint8, shape (K, H, W, C), and their numbers.
        """
        assert self._scale is not None
        chosen = [np.empty((0, *plan.shape), np.uint8)]
        done = 0
        for part in self._parts:
            for block in part.blocks():
                rows = wanted[(wanted >= done) & (wanted < done + len(block))] - done
                chosen.append(convert(block[rows], part.layout, self._scale, plan))
                done += len(block)
                self._progress("decoding", done, self.count)
        return np.concatenate(chosen), wanted

    def sizes(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """(height, width) of the smallest and the largest image, by their area."""
        sizes = sorted((part.size for part in self._parts), key=lambda size: size[0] * size[1])
        return sizes[0], sizes[-1]

    def labels(self) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
        """Label of each item, -1 for none, and the classes in the order of their labels."""
        found = [None if part.labels is None else _decode(part.labels, part.title) for part in self._parts]
        if len({each[0].dtype.kind for each in found if each is not None}) > 1:
            raise DataError("Some labels are words and others are numbers; save them as one kind.")
        values = [each[0] for each in found if each is not None]
        names = np.unique(np.concatenate(values)) if values else np.empty(0, np.int64)
        labels = np.full(self.count, -1, np.int64)
        start = 0
        for part, each in zip(self._parts, found, strict=True):
            if each is not None:
                # One more, so that -1, no label, leads to -1.
                numbers = np.append(np.searchsorted(names, each[0]), -1)
                labels[start : start + part.shape[0]] = numbers[each[1]]
            start += part.shape[0]
        return labels, tuple(printable(str(name)) for name in names)

    def given_splits(self) -> npt.NDArray[np.uint8]:
        """Split of each item as its name says it."""
        return np.concatenate([np.full(part.shape[0], part.split, np.uint8) for part in self._parts])

    def refused(self) -> list[tuple[str, str]]:
        """Files that lay beside the arrays: (name, reason); an array itself is taken whole or not at all."""
        return self._refused
