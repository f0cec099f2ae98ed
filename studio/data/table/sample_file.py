"""Writes rows of a table as CSV, and beside it the settings that make them again."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from studio.core.modality import TableSpec
from studio.core.words import csv_cell
from studio.store.atomic import write_bytes
from studio.store.gallery import BatchDocument

__all__ = ["TableFiles", "csv_text", "save_rows"]

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


def save_rows(
    path: Path,
    batch: BatchDocument,
    rows: npt.NDArray[Any],
    settings: Mapping[str, Any],
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> None:
    """Write the rows of a batch as CSV, and beside it everything that makes them again.

    Args:
        path: The file; the other is called as it with ``.json`` behind.
        batch: What made the rows; names the columns.
        rows: The rows, float32 (N, K).
        settings: Everything that makes the first of them again.
        on_progress: Called with rows written and rows in all.
    """
    columns = batch.spec.columns if isinstance(batch.spec, TableSpec) else [""] * rows.shape[1]
    document = {**settings, "count": len(rows), "labels": list(batch.request.labels)}
    write_bytes(path.with_name(f"{path.name}.json"), json.dumps(document, allow_nan=False, indent=1).encode())
    write_bytes(path, csv_text(columns, rows, on_progress).encode())


class TableFiles:
    """One CSV file for a batch, and a file of settings that is called as it with ``.json`` behind.

    Args:
        columns: Names of the columns.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns

    def names(self, name: str, batch: BatchDocument) -> list[str]:
        """Names of the files that a batch becomes."""
        table = f"{name}-{batch.stem(0)}.csv"
        return [table, f"{table}.json"]

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
        save_rows(table, batch, samples, settings(0), on_progress)
        return table

    def overview(self, folder: Path, samples: npt.NDArray[Any]) -> Path:
        """Write the rows alone."""
        path = folder / "rows.csv"
        write_bytes(path, csv_text(self._columns, samples, lambda *_: None).encode())
        return path
