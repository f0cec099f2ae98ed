"""Writes rows of a table as CSV or Parquet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from studio.core.modality import Column, TableSpec
from studio.core.words import csv_cell
from studio.data.batch_file import BatchFile, Progress
from studio.store.atomic import write_bytes
from studio.store.gallery import BatchDocument

__all__ = ["TableFiles", "TableFormat", "csv_text"]

TableFormat = Literal["csv", "parquet"]

_BLOCK_ROWS = 10_000
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
Labels = npt.NDArray[np.int64]


def _guarded(word: str) -> str:
    """A name of a category for a table that others open; one that is a number is no formula."""
    return word if _NUMBER.fullmatch(word) else csv_cell(word)


def _cells(column: Column, values: npt.NDArray[Any]) -> list[str]:
    if column.is_coded:
        guarded = column.model_copy(update={"categories": tuple(map(_guarded, column.categories))})
        return guarded.words(values)
    return column.words(values)


def _in_order(spec: TableSpec, cells: list[Any], label: Any) -> list[Any]:
    """What columns have, with that of the class at its place."""
    if spec.class_column:
        cells.insert(min(spec.class_place, len(cells)), label)
    return cells


def csv_text(
    spec: TableSpec, rows: npt.NDArray[Any], labels: Labels, on_progress: Callable[[int, int], None] = lambda *_: None
) -> str:
    """Rows as CSV with a header, the columns in the order of the data set.

    Args:
        spec: The columns.
        rows: float32 (N, K).
        labels: Class of each row, (N,), -1 for any, which leaves its cell empty.
        on_progress: Called with rows written and rows in all.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_in_order(spec, [csv_cell(name) for name in spec.names], csv_cell(spec.class_column)))
    classes = [*(_guarded(name) for name in spec.classes), ""]
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = rows[start : start + _BLOCK_ROWS]
        cells = [_cells(column, block[:, place]) for place, column in enumerate(spec.columns)]
        label = [classes[number] for number in labels[start : start + len(block)].tolist()]
        table.writerows(zip(*_in_order(spec, cells, label), strict=True))
        on_progress(start + len(block), len(rows))
    return text.getvalue()


class TableFiles(BatchFile):
    """Rows as CSV or Parquet.

    Args:
        spec: The columns.
        format: What is written where the name of a file does not say so.
    """

    def __init__(self, spec: TableSpec, format: TableFormat = "csv") -> None:
        super().__init__(format)
        self._spec = spec

    def overview(self, folder: Path, samples: npt.NDArray[Any]) -> Path:
        """Write the rows alone, of any class."""
        path = folder / "rows.csv"
        write_bytes(path, csv_text(self._spec, samples, np.full(len(samples), -1, np.int64)).encode())
        return path

    def content(self, ending: str, batch: BatchDocument, samples: npt.NDArray[Any], on_progress: Progress) -> bytes:
        """Rows (N, K) as a table."""
        labels = np.fromiter(self._labels(batch, len(samples)), np.int64, len(samples))
        if ending == ".parquet":
            # Arrow takes its time to import, which nobody waits for who writes none.
            from studio.data.table.parquet_file import parquet_bytes

            data = parquet_bytes(self._spec, samples, labels)
            on_progress(len(samples), len(samples))
            return data
        return csv_text(self._spec, samples, labels, on_progress).encode()

    def _labels(self, batch: BatchDocument, count: int) -> Iterator[int]:
        """The class that was asked of each row, -1 for any."""
        for position in range(count):
            label = batch.request.label(position)
            yield label if label is not None and 0 <= label < len(self._spec.classes) else -1
