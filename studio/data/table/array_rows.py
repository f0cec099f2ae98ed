"""Reads arrays of rows [N, K] as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from studio.core.bounded import LONGEST_NAME
from studio.core.errors import DataError
from studio.core.modality.table import MOST_COLUMNS
from studio.core.words import number_of, one_line
from studio.data.array import ArrayPart
from studio.data.table.cells import Block, Numbers
from studio.data.table.rows import column_names
from studio.data.tree import printable

__all__ = ["ArrayRows"]


class ArrayRows:
    """Arrays of one number K of columns, one after another.

    Args:
        parts: The arrays.

    Raises:
        DataError: If their columns do not agree, or are none or too many.
    """

    decimal = "."

    def __init__(self, parts: Sequence[ArrayPart]) -> None:
        widths = sorted({part.shape[1] for part in parts})
        if len(widths) > 1:
            raise DataError(
                f"The arrays have {' and '.join(map(str, widths))} columns; save them with the same columns."
            )
        if not 1 <= widths[0] <= MOST_COLUMNS:
            raise DataError(
                f"{parts[0].title} has {number_of(widths[0], 'column')}; a table has between 1 and {MOST_COLUMNS:,}."
            )
        self._parts = parts
        named = next((part.columns for part in parts if part.columns), ("",) * widths[0])
        self._names = column_names([printable(one_line(name))[:LONGEST_NAME] for name in named])
        self.total = sum(part.shape[0] for part in parts)
        self.refused: list[tuple[int, str]] = []
        self.facts: list[tuple[str, str]] = []

    def blocks(self) -> Iterator[Block]:
        """Read the rows, some at a time."""
        done = 0
        for part in self._parts:
            single = part.dtype.kind == "f" and part.dtype.itemsize <= 4
            for block in part.blocks():
                columns = np.ascontiguousarray(block.T, np.float64)
                cells = {name: Numbers(values, single) for name, values in zip(self._names, columns, strict=True)}
                records = np.arange(done, done + len(block), dtype=np.int64)
                done += len(block)
                yield Block(records, cells, done)

    def row_names(self, records: list[int]) -> list[str]:
        """Rows are counted from 0, as in the arrays."""
        return [f"row {number}" for number in records]
