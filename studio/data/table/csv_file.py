"""Reads a text file of rows whose cells are numbers, separated by commas, semicolons or tabs."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from studio.core.bounded import LONGEST_NAME
from studio.core.errors import DataError
from studio.core.modality.table import MOST_COLUMNS
from studio.core.words import one_line, without_quote
from studio.data.array import MOST_ITEMS
from studio.data.table.rows import LARGEST, Rows, column_names
from studio.data.tree import printable

__all__ = ["read_csv"]

_LONGEST_LINE = 2**20
_LOOKED_EVERY = 10_000


def _number(cell: str, delimiter: str) -> float | None:
    """The number that a cell holds; None for any other text. Where commas part no cells, one may be a decimal comma."""
    try:
        # Python alone reads 1_000 as a number.
        return float(cell) if "_" not in cell else None
    except ValueError:
        if delimiter != "," and cell.count(",") == 1 and "." not in cell:
            return _number(cell.replace(",", "."), ",")
        return None


def _reason(cells: Sequence[str], numbers: Sequence[float | None], names: Sequence[str]) -> str:
    """Why a row is refused; empty where it is not."""
    if len(cells) != len(names):
        return f"it has {len(cells)} cells where there are {len(names)} columns"
    for cell, number, name in zip(cells, numbers, names, strict=True):
        if not cell.strip():
            return f"its cell of the column '{name}' is empty"
        if number is None:
            return f"its cell of the column '{name}' is no number: {one_line(cell)[:40]}"
        if not math.isfinite(number) or abs(number) > LARGEST:
            return f"its cell of the column '{name}' is not a finite number of 32 bits: {one_line(cell)[:40]}"
    return ""


def _head(file: TextIO) -> str:
    """The first line that is not blank, or its beginning."""
    while line := file.readline(_LONGEST_LINE):
        if line.strip():
            return line
    return ""


def _lines(path: Path) -> Iterator[tuple[int, list[str], str]]:
    """Line number, cells and delimiter of each row that is not blank."""
    title = printable(path.name)
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            head = _head(file)
            # Commas may be decimal ones where something else parts the cells.
            delimiter = next((each for each in "\t;" if each in head), ",")
            file.seek(0)
            table = csv.reader(file, delimiter=delimiter)
            for cells in table:
                if any(cell.strip() for cell in cells):
                    yield table.line_num, cells, delimiter
    except UnicodeDecodeError:
        raise DataError(f"{title} is not text in UTF-8; save it as CSV in UTF-8.") from None
    except csv.Error as error:
        raise DataError(f"{title} is no table in text ({error}); save it as CSV again.") from None


def read_csv(path: Path, looked: Callable[[int], None]) -> Rows:
    """Read the rows of a file; the first is the header where one of its cells is no number.

    Args:
        path: The file.
        looked: Called now and then with the number of rows so far.

    Raises:
        DataError: If it is no table of numbers.
    """
    names: tuple[str, ...] = ()
    values: list[npt.NDArray[np.float32]] = []
    refused: list[tuple[str, str]] = []
    for line, cells, delimiter in _lines(path):
        numbers = [_number(cell, delimiter) for cell in cells]
        if not names:
            header = any(number is None and cell.strip() for number, cell in zip(numbers, cells, strict=True))
            if len(cells) > MOST_COLUMNS:
                raise DataError(
                    f"{printable(path.name)} has {len(cells):,} columns, more than the {MOST_COLUMNS:,} that a table "
                    "may have; leave some out."
                )
            words = [without_quote(printable(one_line(cell)))[:LONGEST_NAME] if header else "" for cell in cells]
            names = column_names(words)
            if header:
                continue
        if reason := _reason(cells, numbers, names):
            refused.append((f"line {line}", reason))
        else:
            values.append(np.array(numbers, np.float32))
            if len(values) > MOST_ITEMS:
                raise DataError(
                    f"{printable(path.name)} has more than the {MOST_ITEMS:,} rows that a data set may have; save "
                    "it in several files."
                )
        if (len(values) + len(refused)) % _LOOKED_EVERY == 0:
            looked(len(values))
    return Rows(names, np.array(values, np.float32).reshape(-1, len(names) or 1), refused)
