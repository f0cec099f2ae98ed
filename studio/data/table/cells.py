"""The cells of one column in a block of rows, before it is known what the column is.

What a file says of its columns stays: words are words until it is found that all of them are numbers, say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["Block", "Cells", "Days", "Numbers", "TableStream", "Unread", "Words"]


@dataclass(frozen=True)
class Words:
    """Text: an Arrow array of strings without blanks around them, none of them null; an empty one is missing."""

    array: Any


@dataclass(frozen=True)
class Numbers:
    """Numbers.

    Attributes:
        values: float64 (N,), NaN where one is missing.
        single: Whether the file holds them in 32 bits or fewer.
    """

    values: npt.NDArray[np.float64]
    single: bool = False


@dataclass(frozen=True)
class Days:
    """Dates: days since 1970 with the time of day as their part, float64 (N,), NaN where one is missing."""

    values: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Unread:
    """Cells that are no single value; why, in words behind the column's name."""

    reason: str


Cells = Words | Numbers | Days | Unread


@dataclass(frozen=True)
class Block:
    """Some rows of a table.

    Attributes:
        records: Number of each row in its file, as ``TableStream.row_names`` takes it, int64 (N,).
        cells: The cells of each column, by its name; a column that is not there is missing in all rows.
        done: How far the file was read, in units of ``TableStream.total``.
    """

    records: npt.NDArray[np.int64]
    cells: Mapping[str, Cells]
    done: int

    def __len__(self) -> int:
        return len(self.records)


class TableStream(Protocol):
    """Reads a table from its beginning to its end, as often as it is asked to.

    Attributes:
        total: How much there is to read, in units of its own; 0 where that is not known.
        decimal: What parts the whole of a number in words from its decimals.
        refused: Rows that could not be read in the last reading: (number, reason).
        facts: What was found of the file, as titles with words.
    """

    total: int
    decimal: str
    refused: list[tuple[int, str]]
    facts: list[tuple[str, str]]

    def blocks(self) -> Iterator[Block]:
        """Read the rows, some at a time.

        Raises:
            DataError: If the file is damaged, or no table.
        """

    def row_names(self, records: list[int]) -> list[str]:
        """What a person calls rows, by their numbers in the file, ascending: ``line 3``, or ``row 2``."""
