"""Imports a table: columns of numbers from arrays or a CSV file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError
from studio.core.event_writer import Progress
from studio.core.modality import Column, TableSpec
from studio.core.words import number_of
from studio.data.labels import classes_of
from studio.data.request import ImportRequest
from studio.data.source import Arrays, CsvFile
from studio.data.split import TRAIN
from studio.data.table.csv_file import read_csv
from studio.data.table.rows import Rows, knots_of, read_rows
from studio.data.tree import printable
from studio.data.writer import ItemWriter

__all__ = ["Columns", "TableImport"]

_BLOCK_ROWS = 65_536


@dataclass(frozen=True)
class Columns:
    """The plan of a table.

    Attributes:
        names: Names of the columns.
    """

    names: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one row, (K,)."""
        return (len(self.names),)

    @property
    def dtype(self) -> str:
        """Type of the numbers of a row."""
        return TableSpec.dtype

    @property
    def item_bytes(self) -> int:
        """Bytes of one row."""
        return 4 * len(self.names)


class TableImport:
    """An import of a table.

    Args:
        source: Arrays of rows, or a CSV file.
        request: How to import it.
        progress: Told how far it is.
    """

    fit = ""
    num_shown = 2000

    def __init__(self, source: Arrays | CsvFile, request: ImportRequest, progress: Progress) -> None:
        self._source = source
        self._parts = source.parts if isinstance(source, Arrays) else []
        self._progress = progress
        self._rows: Rows | None = None
        self.licence = source.licence

    def close(self) -> None:
        """Nothing is held open."""

    def _read(self) -> Rows:
        if self._rows is None:
            if isinstance(self._source, Arrays):
                total = sum(part.shape[0] for part in self._parts)
                self._rows = read_rows(self._parts, lambda done: self._progress("reading", done, total))
            else:
                self._rows = read_csv(self._source.path, lambda done: self._progress("reading", done, 0))
            if not len(self._rows.values):
                raise DataError(self._nothing(self._rows))
        return self._rows

    def _nothing(self, rows: Rows) -> str:
        if not rows.refused:
            return f"There is nothing to import in {self._source.name}: it holds no row."
        first = "; ".join(f"{name}: {printable(reason)}" for name, reason in rows.refused[:3])
        return (
            f"No row of {self._source.name} is all numbers ({first}); leave out the columns that hold words, and fill "
            "or leave out what is missing."
        )

    @property
    def count(self) -> int:
        """Number of rows not refused."""
        return len(self._read().values)

    def plan(self) -> Columns:
        """Find the columns; the first call reads the rows.

        Raises:
            DataError: If there is no row of numbers.
        """
        return Columns(self._read().columns)

    def write(self, writer: ItemWriter, plan: Columns) -> None:
        """Write every row."""
        values = self._read().values
        for start in range(0, len(values), _BLOCK_ROWS):
            block = np.ascontiguousarray(values[start : start + _BLOCK_ROWS], "<f4")
            writer.add(block.tobytes())
            self._progress("writing", start + len(block), len(values))

    def sample(
        self, plan: Columns, wanted: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """A few rows, float32 (M, K), and their numbers."""
        return self._read().values[wanted], wanted

    def labels(self) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
        """Label of each row, -1 for none, and the classes in the order of their labels."""
        labels, classes = classes_of(self._parts)
        return (labels[self._kept()] if self._parts else np.full(self.count, -1, np.int64)), classes

    def given_splits(self) -> npt.NDArray[np.uint8]:
        """Split of each row as the name of its array says it."""
        if not self._parts:
            return np.full(self.count, TRAIN, np.uint8)
        return np.concatenate([np.full(part.shape[0], part.split, np.uint8) for part in self._parts])[self._kept()]

    def _kept(self) -> npt.NDArray[np.bool_]:
        kept = self._read().kept
        assert kept is not None
        return kept

    def refused(self) -> list[tuple[str, str]]:
        """The rows that were refused: (name, reason)."""
        return self._read().refused

    def spec(self, plan: Columns, classes: tuple[str, ...], splits: npt.NDArray[np.uint8]) -> TableSpec:
        """The columns, with knots of the rows of the training split; of all rows where it has none."""
        values = self._read().values
        train = values[splits == TRAIN] if (splits == TRAIN).any() else values
        columns = [Column(name=name, knots=knots_of(cells)) for name, cells in zip(plan.names, train.T, strict=True)]
        return TableSpec(shape=(len(columns),), classes=classes, columns=tuple(columns))

    def facts(self, plan: Columns) -> list[tuple[str, str]]:
        """The columns."""
        shown = ", ".join(plan.names[:8]) + (", ..." if len(plan.names) > 8 else "")
        return [("Columns", f"{number_of(len(plan.names), 'column')}: {shown}")]
