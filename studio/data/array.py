"""Reads an array of items row by row, wherever it lies; what its numbers mean is its modality's."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError
from studio.data.unpacking import unpacking

__all__ = ["MOST_ITEMS", "ArrayPart"]

MOST_ITEMS = 20_000_000
_BLOCK_BYTES = 8 * 2**20


@dataclass(frozen=True)
class ArrayPart:
    """One array of items, and where its rows are read.

    Attributes:
        title: Where it is, for messages.
        shape: Its shape; the first axis counts the items.
        dtype: Type of its elements.
        open: Opens a stream that stands at the first row.
        labels: Label of each row, whole numbers or words; None for none.
        split: 0 train, 1 validation, 2 test.
        columns: Names of the columns of rows; empty where nobody names them.
    """

    title: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    open: Callable[[], BinaryIO]
    labels: npt.NDArray[Any] | None
    split: int
    columns: tuple[str, ...] = ()

    @property
    def noun(self) -> str:
        """What a row of it is: an image, or a row of a table."""
        return "row" if len(self.shape) == 2 else "image"

    def check(self) -> None:
        """Check type and shape.

        Raises:
            DataError: If it cannot hold items, or labels and items do not match.
        """
        if self.dtype.kind not in "buif" or self.dtype.itemsize > 8:
            what = "pixels" if self.noun == "image" else "numbers"
            raise DataError(f"{self.title} holds {self.dtype.name} values, which are not {what}.")
        if len(self.shape) < 2:
            raise DataError(
                f"{self.title} has the shape {list(self.shape)}, which is neither one of images, [N, H, W], "
                "[N, H, W, C] or [N, C, H, W], nor one of the rows of a table, [N, K]."
            )
        if self.shape[0] > MOST_ITEMS:
            raise DataError(
                f"{self.title} claims {self.shape[0]:,} {self.noun}s, more than the {MOST_ITEMS:,} that a data set may "
                "have; save it in several files."
            )
        if self.labels is not None and self.labels.shape != self.shape[:1]:
            raise DataError(
                f"{self.title} has {self.shape[0]} {self.noun}s but its labels have the shape "
                f"{list(self.labels.shape)}; "
                f"there must be one label for each {self.noun}."
            )

    def blocks(self) -> Iterator[npt.NDArray[Any]]:
        """Read the rows, a few megabytes at a time.

        Raises:
            DataError: If the file is damaged or ends early.
        """
        row = math.prod(self.shape[1:]) * self.dtype.itemsize
        step = max(1, _BLOCK_BYTES // row)
        with unpacking(self.title), self.open() as stream:
            for start in range(0, self.shape[0], step):
                count = min(step, self.shape[0] - start)
                data = stream.read(count * row)
                if len(data) != count * row:
                    raise DataError(
                        f"{self.title} is cut short: it ends before {self.noun} {start + count}; get it again."
                    )
                yield np.frombuffer(data, self.dtype).reshape(count, *self.shape[1:])
            if stream.read(1):
                raise DataError(f"{self.title} is damaged: it goes on after its {self.shape[0]} {self.noun}s.")
