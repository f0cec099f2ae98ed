"""Reads Parquet and Arrow files, some thousand rows at a time; their columns say what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
import pyarrow.parquet

from studio.core.bounded import LONGEST_NAME
from studio.core.errors import DataError
from studio.core.modality.table import MOST_COLUMNS
from studio.core.words import number_of, one_line, without_quote
from studio.data.table.cells import Block, Cells, Days, Numbers, Unread, Words
from studio.data.table.rows import column_names
from studio.data.tree import printable

__all__ = ["ColumnarTable"]

_ROWS = 65_536
_CELLS = 2**21
_TITLES = {"parquet": "Parquet", "arrow": "Arrow"}
_DAY_US = 86_400e6
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896


class ColumnarTable:
    """A table in a Parquet or Arrow file.

    Args:
        path: The file.
        format: Which of the two.

    Raises:
        DataError: If it is damaged, or has too many columns.
    """

    decimal = "."

    def __init__(self, path: Path, format: Literal["parquet", "arrow"]) -> None:
        self._path, self._title, self._format = path, printable(path.name), format
        self.refused: list[tuple[int, str]] = []
        try:
            with open(path, "rb") as file:
                schema, self.total = self._look(file)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._damaged(error) from None
        if not 1 <= len(schema.names) <= MOST_COLUMNS:
            width = number_of(len(schema.names), "column")
            raise DataError(f"{self._title} has {width}; a table has between 1 and {MOST_COLUMNS:,}.")
        words = [without_quote(printable(one_line(name)))[:LONGEST_NAME] for name in schema.names]
        self._names = column_names(words)
        self._size = max(64, min(_ROWS, _CELLS // len(self._names)))
        self.facts = [("Format", _TITLES[format])]

    def _look(self, file: Any) -> tuple[Any, int]:
        """The columns, and the number of rows; 0 where that is not known before they are read."""
        if self._format == "parquet":
            parquet = pa.parquet.ParquetFile(file)
            return parquet.schema_arrow, parquet.metadata.num_rows
        reader, is_stream = self._open_arrow(file)
        return reader.schema, 0 if is_stream else reader.num_record_batches

    @staticmethod
    def _open_arrow(file: Any) -> tuple[Any, bool]:
        """An Arrow file, or a stream of one, and whether it is a stream."""
        begins = file.read(6)
        file.seek(0)
        if begins == b"ARROW1":
            return pa.ipc.open_file(file), False
        return pa.ipc.open_stream(file), True

    def _batches(self, file: Any) -> Iterator[tuple[Any, int]]:
        """Record batches, and how far the file was read behind each."""
        if self._format == "parquet":
            done = 0
            for batch in pa.parquet.ParquetFile(file).iter_batches(self._size):
                done += batch.num_rows
                yield batch, done
            return
        reader, is_stream = self._open_arrow(file)
        batches = reader if is_stream else (reader.get_batch(place) for place in range(reader.num_record_batches))
        for number, batch in enumerate(batches, start=1):
            for start in range(0, batch.num_rows, self._size):
                yield batch.slice(start, self._size), 0 if is_stream else number

    def blocks(self) -> Iterator[Block]:
        """Read the rows, some at a time."""
        rows = 0
        try:
            with open(self._path, "rb") as file:
                for batch, done in self._batches(file):
                    # Bytes of Arrow files are taken as they lie, and wrong ones would lead out of the memory; words of
                    # Parquet need not be UTF-8.
                    batch.validate(full=True)
                    cells = {name: _cells(column) for name, column in zip(self._names, batch.columns, strict=True)}
                    yield Block(np.arange(rows, rows + batch.num_rows, dtype=np.int64), cells, done)
                    rows += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> DataError:
        reason = one_line(str(error))[:160]
        return DataError(f"{self._title} is damaged or no {_TITLES[self._format]} file ({reason}); save it again.")

    def row_names(self, records: list[int]) -> list[str]:
        """Rows are counted from 0, as where such files are made."""
        return [f"row {number}" for number in records]


def _floats(column: Any) -> npt.NDArray[np.float64]:
    found: npt.NDArray[np.float64] = pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return found


def _in_calendar(days: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Days since 1970; those outside the years 1 to 9999, which are no dates for people, are infinite."""
    outside = (days < _FIRST_DAY) | (days >= _LAST_DAY + 1)
    return np.where(outside, np.inf, days)


def _cells(column: Any) -> Cells:
    """A column as its type says; numbers that stand for something else than numbers are left out."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pa.types.is_floating(kind):
        return Numbers(_floats(column), single=kind.bit_width <= 32)
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return Numbers(_floats(column))
    if pa.types.is_null(kind):
        return Numbers(np.full(len(column), np.nan))
    if pa.types.is_boolean(kind):
        return Words(pc.fill_null(pc.cast(column, pa.string()), ""))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return Words(pc.utf8_trim_whitespace(pc.fill_null(pc.cast(column, pa.string()), "")))
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        moments = pc.cast(column, pa.timestamp("us", kind.tz if pa.types.is_timestamp(kind) else None), safe=False)
        return Days(_in_calendar(_floats(pc.cast(moments, pa.int64())) / _DAY_US))
    return Unread(f"it holds {kind}, which no column of a table can")
