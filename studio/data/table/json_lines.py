"""Reads JSON lines: one flat object a line, whose keys are the columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from studio.core.bounded import LONGEST_NAME
from studio.core.errors import DataError
from studio.core.modality.table import MOST_COLUMNS
from studio.core.words import one_line, without_quote
from studio.data.table.cells import Block, Cells, Unread, Words
from studio.data.table.csv_file import trimmed
from studio.data.tree import printable

__all__ = ["JsonTable"]

_ROWS = 20_000
_LONGEST_LINE = 8 * 2**20
_UNIT = 1000
_NESTED = "it holds lists or objects"


class JsonTable:
    """A table of JSON lines. Numbers come as the words that they are written in.

    Args:
        path: The file.
    """

    decimal = "."

    def __init__(self, path: Path) -> None:
        self._path, self._title = path, printable(path.name)
        self.total = max(1, path.stat().st_size // _UNIT)
        self.refused: list[tuple[int, str]] = []
        self.facts = [("Format", "JSON lines")]
        self._columns: dict[str, str] = {}

    def blocks(self) -> Iterator[Block]:
        """Read the rows, some at a time; every cell is words."""
        self.refused = []
        lines: list[int] = []
        rows: list[dict[str, str | None]] = []
        with open(self._path, "rb") as file:
            number = 0
            while line := file.readline(_LONGEST_LINE):
                number += 1
                if len(line) == _LONGEST_LINE:
                    raise DataError(f"Line {number:,} of {self._title} is longer than 8 MB; is it JSON lines?")
                row = self._row(number, line)
                if row is not None:
                    lines.append(number)
                    rows.append(row)
                if len(rows) == _ROWS:
                    yield self._block(lines, rows, file.tell())
                    lines, rows = [], []
            if rows:
                yield self._block(lines, rows, file.tell())

    def _row(self, number: int, line: bytes) -> dict[str, str | None] | None:
        if not line.strip():
            return None
        try:
            found = json.loads(line.decode("utf-8-sig"), parse_float=str, parse_int=str)
        except UnicodeDecodeError:
            self.refused.append((number, "it is not text in UTF-8"))
            return None
        except (ValueError, RecursionError):
            if number == 1:
                raise DataError(
                    f"{self._title} is no JSON lines: its first line is no JSON object; write one object a line."
                ) from None
            self.refused.append((number, "it is no JSON"))
            return None
        if not isinstance(found, dict):
            self.refused.append((number, "it is no JSON object"))
            return None
        return {self._column(key): _word(value) for key, value in found.items()}

    def _column(self, key: str) -> str:
        """The name of the column of a key."""
        if key not in self._columns:
            if len(self._columns) >= MOST_COLUMNS:
                raise DataError(f"{self._title} has more than the {MOST_COLUMNS:,} columns that a table may have.")
            base = without_quote(printable(one_line(key)))[:LONGEST_NAME] or f"column {len(self._columns) + 1}"
            name, number = base, 2
            while name in self._columns.values():
                name, number = f"{base} ({number})", number + 1
            self._columns[key] = name
        return self._columns[key]

    def _block(self, lines: list[int], rows: list[dict[str, str | None]], done: int) -> Block:
        cells: dict[str, Cells] = {}
        for name in self._columns.values():
            column: list[Any] = [row.get(name, "") for row in rows]
            cells[name] = Unread(_NESTED) if None in column else Words(trimmed(pa.array(column, pa.string())))
        return Block(np.array(lines, np.int64), cells, min(-(-done // _UNIT), self.total))

    def row_names(self, records: list[int]) -> list[str]:
        """Rows are the lines at which they stand."""
        return [f"line {number}" for number in records]


def _word(value: Any) -> str | None:
    """A value as words, without half characters; None for one that is several."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return printable(value)
        case float():
            return str(value)
    return None
