"""Reads a table in text, a few megabytes at a time; every cell comes as the words that stand there."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from studio.core.bounded import LONGEST_NAME
from studio.core.errors import DataError
from studio.core.modality.table import MOST_COLUMNS
from studio.core.words import number_of, one_line, without_quote
from studio.data.table.cells import Block, Words
from studio.data.table.dialect import find_dialect
from studio.data.table.rows import column_names
from studio.data.table.text_format import TextFormat
from studio.data.tree import printable

__all__ = ["CsvTable"]

_BLOCK_BYTES = 8 * 2**20
_UNIT = 1000
# Lines inside a quoted cell are its own; where so many of them have the cells of rows, the quote was never closed.
_FEWEST_SWALLOWED, _ALIKE = 5, 0.9
_UNCLOSED = (
    "a quotation mark is closed only here, and the {} before, which look like rows, lie inside it; mend it and add the "
    "file again"
)


class CsvTable:
    """A table in text.

    Args:
        path: The file.
        asked: What the person says of its format.

    Raises:
        DataError: If it is no text, or has too many columns.
    """

    def __init__(self, path: Path, asked: TextFormat) -> None:
        self._path, self._title = path, printable(path.name)
        self._dialect = find_dialect(path, asked)
        self._format = self._dialect.format
        if self._dialect.width > MOST_COLUMNS:
            raise DataError(
                f"{self._title} has {self._dialect.width:,} columns, more than the {MOST_COLUMNS:,} that a table "
                "may have; leave some out."
            )
        words = [without_quote(printable(one_line(cell)))[:LONGEST_NAME] for cell in self._dialect.names]
        self._names = column_names(words)
        self.total = max(1, path.stat().st_size // _UNIT)
        self.decimal: str = self._format.decimal
        self.refused: list[tuple[int, str]] = []
        self.facts = [("Format", self._format.words)]

    def _open(self, file: Any, skipped: list[int]) -> Any:
        refused = self.refused = []

        def refuse(row: Any) -> str:
            skipped.append(row.number)
            if row.text.strip():
                width = number_of(len(self._names), "column")
                why = f"it has {number_of(row.actual_columns, 'cell')} where there are {width}"
                refused.append((row.number, why))
            return "skip"

        return pa.csv.open_csv(
            file,
            # Rows have numbers only where one thread reads them.
            read_options=pa.csv.ReadOptions(
                use_threads=False,
                block_size=_BLOCK_BYTES,
                column_names=list(self._names),
                skip_rows_after_names=1 if self._format.header else 0,
                encoding=self._format.encoding,
            ),
            parse_options=pa.csv.ParseOptions(
                delimiter=self._format.delimiter,
                quote_char=self._format.quote,
                newlines_in_values=True,
                invalid_row_handler=refuse,
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(self._names, pa.string()), strings_can_be_null=False
            ),
        )

    def blocks(self) -> Iterator[Block]:
        """Read the rows, each cell as words."""
        skipped: list[int] = []
        if not self._names:
            return
        last = 1 if self._format.header else 0
        try:
            with open(self._path, "rb") as file, self._open(file, skipped) as reader:
                for batch in reader:
                    records = _numbers(last, batch.num_rows, skipped)
                    last = int(records[-1]) if len(records) else last
                    swallowed = self._swallowed(batch)
                    if swallowed.any():
                        self.refused += [
                            (int(records[row]), _UNCLOSED.format(number_of(int(swallowed[row]), "line")))
                            for row in np.flatnonzero(swallowed)
                        ]
                        batch, records = batch.filter(pa.array(swallowed == 0)), records[swallowed == 0]
                    cells = {name: Words(trimmed(column)) for name, column in zip(self._names, batch, strict=True)}
                    yield Block(records, cells, min(file.tell() // _UNIT, self.total))
        except pa.ArrowInvalid as error:
            if "empty" in str(error).lower():
                return
            raise DataError(self._damage(str(error))) from None
        except UnicodeError:
            raise DataError(f"{self._title} is not all {self._format.encoding.upper()}; say its encoding.") from None

    def _swallowed(self, batch: Any) -> npt.NDArray[np.int64]:
        """For each row how many lines that look like rows lie inside one of its cells, (N,)."""
        found = np.zeros(batch.num_rows, np.int64)
        cuts_in_a_row = len(self._names) - 1
        for cells in batch.columns if cuts_in_a_row else ():
            lines = pc.count_substring(cells, "\n").to_numpy(zero_copy_only=False)
            if lines.max(initial=0) < _FEWEST_SWALLOWED:
                continue
            cuts = pc.count_substring(cells, self._format.delimiter).to_numpy(zero_copy_only=False)
            alike = (lines >= _FEWEST_SWALLOWED) & (cuts >= _ALIKE * cuts_in_a_row * lines)
            found = np.maximum(found, np.where(alike, lines, 0))
        return found

    def _damage(self, message: str) -> str:
        if "straddl" in message:
            return f"{self._title} has a line of more than {_BLOCK_BYTES // 2**20} MB; is it a table in text?"
        if "UTF8" in message:
            return f"{self._title} is not text in UTF-8; save it as CSV in UTF-8, or say its encoding."
        return f"{self._title} is no table in text ({one_line(message)[:160]}); save it as CSV again."

    def row_names(self, records: list[int]) -> list[str]:
        """The lines at which records end, by their numbers from 1, ascending; blank lines are lines but no records."""
        lines: list[str] = []
        wanted = iter(records)
        record = next(wanted, None)
        number = 0
        limit = csv.field_size_limit(2**31 - 1)
        try:
            with open(self._path, encoding=self._encoding, errors="replace", newline="") as file:
                table = csv.reader(file, delimiter=self._format.delimiter, quotechar=self._format.quote)
                for cells in table:
                    number += bool(cells)
                    while record is not None and record == number and cells:
                        lines.append(f"line {table.line_num}")
                        record = next(wanted, None)
                    if record is None:
                        break
        except csv.Error:
            pass
        finally:
            csv.field_size_limit(limit)
        # Where the file changed meanwhile, or holds what Python reads as no row.
        return lines + [f"row {number}" for number in records[len(lines) :]]

    @property
    def _encoding(self) -> str:
        return "utf-8-sig" if self._format.encoding == "utf-8" else self._format.encoding


def trimmed(column: Any) -> Any:
    """An array of strings without the blanks around them."""
    return pc.utf8_trim_whitespace(column)


def _numbers(last: int, count: int, skipped: list[int]) -> npt.NDArray[np.int64]:
    """Numbers of the next rows that are whole, after a row with a number; those skipped have numbers too."""
    after = [number for number in skipped if number > last]
    numbers = np.arange(last + 1, last + 1 + count + len(after), dtype=np.int64)
    return numbers[~np.isin(numbers, after)][:count] if after else numbers
