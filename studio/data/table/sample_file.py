"""Writes rows of a table as CSV, and beside it the settings that make them again."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from studio.core.words import csv_cell
from studio.store.atomic import write_bytes
from studio.store.gallery import BatchDocument

__all__ = ["TableFiles", "csv_text"]

_BLOCK_ROWS = 10_000


def csv_text(columns: Sequence[str], rows: npt.NDArray[Any], on_progress: Callable[[int, int], None]) -> str:
    """Rows float32 (N, K) as CSV with a header; each number with as many digits as tell it from its neighbours."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(csv_cell(name) for name in columns)
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = rows[start : start + _BLOCK_ROWS]
        table.writerows([str(value) for value in row] for row in block)
        on_progress(start + len(block), len(rows))
    return text.getvalue()


class TableFiles:
    """One CSV file for a batch, and a file of settings that is called as it with ``.json`` behind.

    Args:
        columns: Names of the columns.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns

    def names(self, name: str, batch: BatchDocument) -> list[str]:
        """Names of the files that a batch becomes."""
        table = self.name_of(name, batch, 0)
        return [table, f"{table}.json"]

    def name_of(self, name: str, batch: BatchDocument, position: int) -> str:
        """Name of the CSV of a batch."""
        return f"{name}-{batch.stem(0)}.csv"

    def save_one(self, path: Path, batch: BatchDocument, items: npt.NDArray[Any], settings: Mapping[str, Any]) -> None:
        """Write one CSV, and its settings beside it."""
        self._write(path, batch, items, settings, lambda *_: None)

    def save(
        self,
        folder: Path,
        name: str,
        batch: BatchDocument,
        samples: npt.NDArray[Any],
        settings: Callable[[int], Mapping[str, Any]],
        on_progress: Callable[[int, int], None] = lambda *_: None,
    ) -> Path:
        """Write a batch; returns the CSV."""
        table = folder / self.names(name, batch)[0]
        self._write(table, batch, samples, settings(0), on_progress)
        return table

    def overview(self, folder: Path, samples: npt.NDArray[Any]) -> Path:
        """Write the rows alone."""
        path = folder / "rows.csv"
        write_bytes(path, csv_text(self._columns, samples, lambda *_: None).encode())
        return path

    def _write(
        self,
        path: Path,
        batch: BatchDocument,
        rows: npt.NDArray[Any],
        settings: Mapping[str, Any],
        on_progress: Callable[[int, int], None],
    ) -> None:
        document = {**settings, "count": len(rows), "labels": list(batch.request.labels)}
        write_bytes(path.with_name(f"{path.name}.json"), json.dumps(document, allow_nan=False, indent=1).encode())
        write_bytes(path, csv_text(self._columns, rows, on_progress).encode())
