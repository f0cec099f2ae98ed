"""Opens a table, whatever file it lies in."""

from __future__ import annotations

from typing import assert_never

from studio.data.source import Arrays, TableFile
from studio.data.table.array_rows import ArrayRows
from studio.data.table.cells import TableStream
from studio.data.table.columnar_file import ColumnarTable
from studio.data.table.csv_file import CsvTable
from studio.data.table.json_lines import JsonTable
from studio.data.table.text_format import TextFormat

__all__ = ["open_table"]


def open_table(source: Arrays | TableFile, text: TextFormat) -> TableStream:
    """Open a table.

    Args:
        source: Where it lies.
        text: How it is written where it is text; what is empty is found.

    Raises:
        DataError: If it is damaged, or no table.
    """
    if isinstance(source, Arrays):
        return ArrayRows(source.parts)
    match source.format:
        case "csv":
            return CsvTable(source.path, text)
        case "json":
            return JsonTable(source.path)
        case "parquet" | "arrow":
            return ColumnarTable(source.path, source.format)
    assert_never(source.format)
