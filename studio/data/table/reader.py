"""Imports a table: what its columns are is found by reading it once, and its rows are written by reading it again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError
from studio.core.event import ColumnFound
from studio.core.event_writer import Progress
from studio.core.modality import Column, TableSpec
from studio.core.modality.table import MOST_COLUMNS
from studio.core.words import number_of
from studio.data.array import MOST_ITEMS
from studio.data.labels import classes_of
from studio.data.request import ImportRequest
from studio.data.source import Arrays, TableFile
from studio.data.split import TRAIN
from studio.data.table.cells import Block, TableStream, Unread
from studio.data.table.columns import Columns, PlannedColumn, plan_columns
from studio.data.table.convert import convert, refusal
from studio.data.table.finder import ColumnFinder
from studio.data.table.fitting import fitted
from studio.data.table.found_column import LEFT_OUT, FoundColumn, found_column
from studio.data.table.open_table import open_table
from studio.data.table.row_sample import RowSample
from studio.data.writer import ItemWriter

__all__ = ["TableImport"]

_MOST_REFUSED = 1_000_000


class TableImport:
    """An import of a table.

    Args:
        source: Arrays of rows, or a file.
        request: How to import it.
        progress: Told how far it is.
    """

    fit = ""
    num_shown = 2000

    def __init__(self, source: Arrays | TableFile, request: ImportRequest, progress: Progress) -> None:
        self._name = source.name
        self._parts = source.parts if isinstance(source, Arrays) else []
        self._asked = request.table
        self._stream: TableStream = open_table(source, request.table.text)
        self._progress = progress
        self._columns: Columns | None = None
        self._sample: RowSample | None = None
        self._only: Block | None = None
        self._labels: list[npt.NDArray[np.int64]] = []
        self._kept: list[npt.NDArray[np.bool_]] = []
        self._refused: list[tuple[int, str]] = []
        self._named: list[tuple[str, str]] = []
        self._count = 0
        self.found: list[FoundColumn] = []
        self.licence = source.licence
        self.is_text = isinstance(source, TableFile) and source.format == "csv"
        if self._asked.label and any(part.labels is not None for part in self._parts):
            raise DataError(f"{self._name} has labels beside its columns already; leave the column of the class away.")

    def close(self) -> None:
        """Nothing is held open."""

    @property
    def count(self) -> int:
        """Number of rows not refused so far."""
        return self._count

    def plan(self) -> Columns:
        """Find the columns; the first call reads the rows.

        Raises:
            DataError: If there is no row or no column to learn from, or another column than the person asks for.
        """
        if self._columns is None:
            self.found = self._find()
            self._columns = plan_columns(self.found, self._asked, self._name)
        return self._columns

    def _blocks(self) -> Iterator[Block]:
        """Every block; a table of one is read once."""
        if self._only is not None:
            yield self._only
            return
        number = 0
        for number, block in enumerate(self._stream.blocks(), start=1):
            self._only = block if number == 1 else None
            yield block
        if number != 1:
            self._only = None

    def _find(self) -> list[FoundColumn]:
        finders: dict[str, ColumnFinder] = {}
        rows = 0
        for block in self._blocks():
            for name, cells in block.cells.items():
                if name not in finders:
                    if len(finders) >= MOST_COLUMNS:
                        raise DataError(f"{self._name} has more than the {MOST_COLUMNS:,} columns a table may have.")
                    finders[name] = ColumnFinder(name, rows, self._stream.decimal, self._asked.text.dates)
                finders[name].add(cells, block.records)
            rows += len(block)
            for finder in finders.values():
                if finder.rows < rows:
                    finder.skip(len(block))
            if rows > MOST_ITEMS:
                raise DataError(
                    f"{self._name} has more than the {MOST_ITEMS:,} rows that a data set may have; save it in several "
                    "files."
                )
            self._progress("reading", block.done, self._stream.total)
        if not rows:
            raise DataError(self._nothing(self._stream.refused))
        self._count = rows
        first: dict[bytes, str] = {}
        found = []
        for place, finder in enumerate(finders.values()):
            repeats = first.setdefault(finder.digest, finder.name)
            may_count = place == 0 and len(finders) > 1 and not self._parts
            found.append(found_column(finder, may_count, repeats if repeats != finder.name else ""))
        return found

    def _nothing(self, refused: list[tuple[int, str]]) -> str:
        if not refused:
            return f"There is nothing to import in {self._name}: it holds no row."
        named = zip(self._stream.row_names([row for row, _ in refused[:3]]), refused[:3], strict=True)
        first = "; ".join(f"{name}: {reason}" for name, (_, reason) in named)
        return f"No row of {self._name} can be imported ({first}); mend the file, or leave columns out."

    def write(self, writer: ItemWriter, plan: Columns) -> None:
        """Write every row."""
        self._convert(plan, writer)

    def _convert(self, plan: Columns, writer: ItemWriter | None) -> RowSample:
        """Read every row again; those that cannot be rows of the plan are refused."""
        self._sample = sample = RowSample(len(plan.columns))
        self._labels, self._kept, self._refused = [], [], []
        stage = "writing" if writer is not None else "reading rows"
        for block in self._blocks():
            rows = self._rows_of(block, plan)
            sample.add(rows)
            if writer is not None and len(rows):
                writer.add(rows.tobytes())
            if len(self._refused) > _MOST_REFUSED:
                raise DataError(self._nothing(self._refused))
            self._progress(stage, block.done, self._stream.total)
        self._refused = sorted({*self._refused, *self._stream.refused})
        self._count = sample.count
        if not sample.count:
            raise DataError(self._nothing(self._refused))
        names = self._stream.row_names([row for row, _ in self._refused])
        self._named = [(name, reason) for name, (_, reason) in zip(names, self._refused, strict=True)]
        return sample

    def _rows_of(self, block: Block, plan: Columns) -> npt.NDArray[np.float32]:
        """The rows of a block that can be rows of the plan, float32 (N, K)."""
        rows = np.empty((len(block), len(plan.columns)), "<f4")
        good = np.ones(len(block), np.bool_)
        columns: list[PlannedColumn] = [*plan.columns, *([plan.label] if plan.label is not None else [])]
        for place, column in enumerate(columns):
            cells = block.cells.get(column.name)
            if isinstance(cells, Unread):
                cells = None
            values, bad = convert(cells, column, len(block), self._stream.decimal)
            for row in np.flatnonzero(bad & good).tolist():
                self._refused.append((int(block.records[row]), refusal(cells, row, column)))
            good &= ~bad
            if place < len(plan.columns):
                with np.errstate(over="ignore"):
                    rows[:, place] = values
            else:
                self._labels.append(np.where(np.isnan(values), -1, values).astype(np.int64))
        if len(plan.columns) > 1:
            empty = good & np.isnan(rows).all(1)
            self._refused += [(int(block.records[row]), "all its cells are empty") for row in np.flatnonzero(empty)]
            good &= ~empty
        self._kept.append(good)
        return rows if good.all() else np.ascontiguousarray(rows[good])

    def _done(self) -> RowSample:
        """The rows that were kept; a dry look reads them without writing."""
        return self._sample if self._sample is not None else self._convert(self.plan(), None)

    def sample(
        self, plan: Columns, wanted: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """A few rows, float32 (M, K), and their numbers; of a long table those nearest to the wanted that were kept."""
        rows, numbers = self._done().rows()
        places = np.unique(np.minimum(np.searchsorted(numbers, wanted), len(numbers) - 1))
        return rows[places], numbers[places]

    def labels(self) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
        """Label of each row, -1 for none, and the classes in the order of their labels."""
        plan = self.plan()
        self._done()
        kept = np.concatenate(self._kept)
        if plan.label is not None:
            return np.concatenate(self._labels)[kept], plan.label.categories
        if not self._parts:
            return np.full(self.count, -1, np.int64), ()
        labels, classes = classes_of(self._parts)
        return labels[kept], classes

    def given_splits(self) -> npt.NDArray[np.uint8]:
        """Split of each row as the name of its array says it."""
        self._done()
        if not self._parts:
            return np.full(self.count, TRAIN, np.uint8)
        splits = np.concatenate([np.full(part.shape[0], part.split, np.uint8) for part in self._parts])
        return splits[np.concatenate(self._kept)]

    def refused(self) -> list[tuple[str, str]]:
        """The rows that were refused: (name, reason)."""
        return self._named

    def spec(self, plan: Columns, classes: tuple[str, ...], splits: npt.NDArray[np.uint8]) -> TableSpec:
        """The columns, fitted to the rows."""
        columns = [
            Column(
                name=column.name,
                kind=column.kind,
                step=0.0 if column.categories else column.step,
                categories=column.categories,
                origin=column.origin_text,
            )
            for column in plan.columns
        ]
        label = plan.label.name if plan.label is not None else ""
        return TableSpec(
            shape=(len(columns),),
            classes=classes,
            columns=fitted(columns, self._done(), splits),
            class_column=label,
            class_place=plan.label_place,
        )

    def columns(self) -> list[ColumnFound]:
        """What was found of each column."""
        self.plan()
        return [
            {
                "name": column.name,
                "kind": column.kind or "",
                "kinds": list(column.kinds),
                "found": column.summary,
                "said": column.said,
            }
            for column in self.found
        ]

    def notes(self) -> list[str]:
        """What was left out, and what to know of what was not."""
        plan = self.plan()
        kept = {column.name for column in (*plan.columns, *([plan.label] if plan.label is not None else []))}
        notes = []
        for column in self.found:
            if column.name not in kept:
                why = column.said.removeprefix(f"{LEFT_OUT}: ") if column.is_left_out else "you asked for it"
                notes.append(f"'{column.name}' was left out: {why}.")
            elif column.said and not column.is_left_out:
                notes.append(f"'{column.name}' is {column.said}.")
        return notes

    def facts(self, plan: Columns) -> list[tuple[str, str]]:
        """The format of the file, and the columns."""
        names = [column.name for column in plan.columns]
        shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        return [*self._stream.facts, ("Columns", f"{number_of(len(names), 'column')}: {shown}")]
