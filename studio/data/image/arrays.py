"""Imports arrays of images: their range first, then their rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError
from studio.core.event import ColumnFound
from studio.core.event_writer import Progress
from studio.core.modality import ImageSpec
from studio.data.image.fit import Plan, image_facts, make_plan
from studio.data.image.pixels import Scale, channels_of, check_images, convert, decide_scale, layout_of, size_of
from studio.data.labels import classes_of
from studio.data.request import ImportRequest
from studio.data.source import Arrays
from studio.data.writer import ItemWriter

__all__ = ["ArrayImport"]


class ArrayImport:
    """An import of arrays.

    Args:
        source: The arrays.
        request: How to import them.
        progress: Told how far it is.

    Raises:
        DataError: If they hold no image.
    """

    num_shown = 24
    is_text = False

    def __init__(self, source: Arrays, request: ImportRequest, progress: Progress) -> None:
        self._parts = [part for part in source.parts if part.shape[0]]
        self._request = request
        self._progress = progress
        self._scale: Scale | None = None
        self._refused = source.refused
        self.licence = source.licence
        self.fit: str = request.fit
        for part in source.parts:
            check_images(part)
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
        sizes = {size_of(part) for part in self._parts}
        return make_plan(sizes, all(channels_of(part) == 1 for part in self._parts), self._request)

    def write(self, writer: ItemWriter, plan: Plan) -> None:
        """Convert every row and write its item."""
        assert self._scale is not None
        done = 0
        for part in self._parts:
            for block in part.blocks():
                writer.add(convert(block, layout_of(part), self._scale, plan).tobytes())
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
                chosen.append(convert(block[rows], layout_of(part), self._scale, plan))
                done += len(block)
                self._progress("decoding", done, self.count)
        return np.concatenate(chosen), wanted

    def sizes(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """(height, width) of the smallest and the largest image, by their area."""
        sizes = sorted((size_of(part) for part in self._parts), key=lambda size: size[0] * size[1])
        return sizes[0], sizes[-1]

    def spec(self, plan: Plan, classes: tuple[str, ...], splits: npt.NDArray[np.uint8]) -> ImageSpec:
        """What the images have in common."""
        return ImageSpec(shape=plan.shape, classes=classes)

    def facts(self, plan: Plan) -> list[tuple[str, str]]:
        """Sizes of the images, and what they become."""
        return image_facts(*self.sizes(), plan)

    def labels(self) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
        """Label of each item, -1 for none, and the classes in the order of their labels."""
        return classes_of(self._parts)

    def given_splits(self) -> npt.NDArray[np.uint8]:
        """Split of each item as its name says it."""
        return np.concatenate([np.full(part.shape[0], part.split, np.uint8) for part in self._parts])

    def refused(self) -> list[tuple[str, str]]:
        """Files that lay beside the arrays: (name, reason); an array itself is taken whole or not at all."""
        return self._refused

    def columns(self) -> list[ColumnFound]:
        """Images have no columns."""
        return []

    def notes(self) -> list[str]:
        """There is nothing else to know."""
        return []
