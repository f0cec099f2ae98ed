"""The rows of a table as they are browsed, a data set's or samples: which pass, in which order, what their cells say.

A sheet has the columns of the table, and before them the class of each row where there are classes, its split where
there are splits, and how likely a model holds it where that was measured. So these are sorted, filtered and drawn like
any column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from studio.core.errors import SettingsError
from studio.core.modality import Column, TableSpec
from studio.core.words import one_line
from studio.desk.items import ItemFilter, OpenedDataset
from studio.desk.ranking import Ranking
from studio.desk.row_condition import Condition, is_condition, read_condition
from studio.desk.row_reader import Dropped, RowReader, Stop, never
from studio.store.dataset import SPLITS
from studio.store.rows import Rows

__all__ = ["RowChoice", "RowSheet", "RowSource", "RowWish", "Sorting", "choose_rows", "source_of"]

_MOST_SAMPLED = 100_000
_SAMPLE_BYTES = 64 * 2**20
_NATS_STEP = 0.01

Cells = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class RowSource:
    """Rows that can be browsed.

    Attributes:
        spec: Their columns.
        rows: The rows.
        labels: Class of each row, -1 for none, int64 (N,).
        splits: Split of each row, uint8 (N,); None for rows of no data set.
        opened: The data set; None for rows of none.
    """

    spec: TableSpec
    rows: Rows
    labels: npt.NDArray[np.int64]
    splits: npt.NDArray[np.uint8] | None = None
    opened: OpenedDataset | None = None

    def choose(self, filter: ItemFilter) -> npt.NDArray[np.int64]:
        """Numbers of the rows that pass a filter, ascending; it is asked of data sets only."""
        return np.arange(len(self.labels)) if self.opened is None else filter.choose(self.opened)


def source_of(opened: OpenedDataset) -> RowSource:
    """The rows of a data set, which has to be of a table."""
    spec = opened.data.spec
    assert isinstance(spec, TableSpec)
    return RowSource(spec, opened.rows, opened.data.labels, opened.data.splits, opened)


class RowSheet:
    """The columns of a table and what is known of its rows.

    Args:
        source: The rows.
        reader: Reads their cells.
        ranking: How likely a model holds its rows, where that was measured.

    Attributes:
        columns: All columns: those of the table at their places, and those that the studio adds.
        own: Number of those of the table.
        shown: Places of the columns in the order in which they are shown.
        nats_place: Place of the likelihood; -1 where there is none.
    """

    def __init__(self, source: RowSource, reader: RowReader, ranking: Ranking | None = None) -> None:
        spec = source.spec
        self._reader = reader
        self.own = len(spec.columns)
        self._added: list[npt.NDArray[np.generic]] = []
        added: list[Column] = []
        if spec.classes:
            # Names of classes keep other rules than those of a column's categories.
            name = spec.class_column or "class"
            added.append(_category(name, tuple(one_line(name) for name in spec.classes)))
            self._added.append(source.labels)
        if source.splits is not None:
            added.append(_category("split", SPLITS))
            self._added.append(source.splits)
        self.nats_place = -1
        if ranking is not None:
            self.nats_place = self.own + len(added)
            added.append(Column(name="log p", step=_NATS_STEP))
            self._added.append(ranking.nats)
        self.columns: tuple[Column, ...] = (*spec.columns, *added)
        first = [self.nats_place] if ranking is not None else []
        rest = [place for place in range(self.own, len(self.columns)) if place != self.nats_place]
        self.shown: tuple[int, ...] = (*first, *rest, *range(self.own))

    def values(self, place: int, numbers: npt.NDArray[np.int64], stop: Stop = never) -> Cells:
        """Cells of one column in some rows, (M,), NaN where one is missing.

        Raises:
            DataError: If the file cannot be read.
            Dropped: If they are not wanted any more.
        """
        if place >= self.own:
            return self._added_values(place, numbers)
        return self._reader.column(place, stop)[numbers]

    def cells(self, numbers: npt.NDArray[np.int64], places: Sequence[int] | None = None, stop: Stop = never) -> Cells:
        """Cells of some rows, (M, number of places), all columns where no places are given.

        Raises:
            DataError: If the file cannot be read.
            Dropped: If they are not wanted any more.
        """
        wanted = range(len(self.columns)) if places is None else places
        own = None if places is None else [place for place in places if place < self.own]
        found = np.empty((len(numbers), len(wanted)), np.float32)
        inside = [position for position, place in enumerate(wanted) if place < self.own]
        if inside:
            found[:, inside] = self._reader.take(numbers, own, stop)
        for position, place in enumerate(wanted):
            if place >= self.own:
                found[:, position] = self._added_values(place, numbers)
        return found

    def words(self, place: int, values: npt.ArrayLike) -> list[str]:
        """Cells of one column as a person reads them."""
        if place != self.nats_place:
            return self.columns[place].words(values)
        told = np.atleast_1d(np.asarray(values, np.float32))
        found = self.columns[place].words(told)
        return ["impossible" if value == -np.inf else word for word, value in zip(found, told, strict=True)]

    def _added_values(self, place: int, numbers: npt.NDArray[np.int64]) -> Cells:
        values = self._added[place - self.own][numbers].astype(np.float32)
        return np.where(values < 0, np.float32(np.nan), values) if place != self.nats_place else values


def _category(name: str, categories: tuple[str, ...]) -> Column:
    # There may be more classes than a column may have categories.
    return Column.model_construct(name=name, kind="category", categories=categories)


@dataclass(frozen=True)
class Sorting:
    """By which column rows are sorted; what is missing comes last in either direction.

    Attributes:
        place: Place of the column.
        falling: The largest first.
    """

    place: int
    falling: bool = False


@dataclass(frozen=True)
class RowWish:
    """Which rows a person wants to see, and in which order.

    Attributes:
        filter: Class, split and a text, which may be a condition.
        conditions: Further conditions, of which each must hold.
        sorting: The order; None for the rows' own, or the least likely first where that was measured.
    """

    filter: ItemFilter = field(default_factory=ItemFilter)
    conditions: tuple[Condition, ...] = ()
    sorting: Sorting | None = None

    def typed(self, sheet: RowSheet) -> Condition | None:
        """The condition that the text is; None where it is none.

        Raises:
            SettingsError: If it cannot be understood: why, as one sentence.
        """
        return read_condition(self.filter.text, sheet.columns) if is_condition(self.filter.text) else None


@dataclass(frozen=True)
class RowChoice:
    """The rows that are shown.

    Attributes:
        sheet: Their columns.
        numbers: Numbers of the rows in their source, in their order, int64 (M,).
        sampled: Cells of rows that stand for all of them, evenly spread, (S, K), S up to 100,000.
        problem: Why the text could not be understood; the rows pass without it.
    """

    sheet: RowSheet
    numbers: npt.NDArray[np.int64]
    sampled: Cells
    problem: str = ""

    @property
    def num_items(self) -> int:
        """Number of rows."""
        return len(self.numbers)

    @property
    def is_sampled(self) -> bool:
        """Whether a part of the rows stands for all."""
        return len(self.sampled) < len(self.numbers)


def choose_rows(source: RowSource, sheet: RowSheet, wish: RowWish, stop: Stop = never) -> RowChoice:
    """Filter and sort; not on the window's thread.

    Raises:
        DataError: If the file cannot be read.
        Dropped: If it is not wanted any more.
    """
    problem, plain, conditions = "", wish.filter, wish.conditions
    try:
        typed = wish.typed(sheet)
        if is_condition(plain.text):
            plain = ItemFilter(plain.label, plain.split)
        conditions = conditions if typed is None else (*conditions, typed)
    except SettingsError as error:
        problem, plain = str(error), ItemFilter(plain.label, plain.split)
    numbers = source.choose(plain)
    for condition in conditions:
        passing = condition.passes(sheet.columns[condition.place], sheet.values(condition.place, numbers, stop))
        numbers = numbers[passing]
    most = max(1, min(_MOST_SAMPLED, _SAMPLE_BYTES // (4 * len(sheet.columns))))
    few = numbers
    if len(numbers) > most:
        few = numbers[np.linspace(0, len(numbers) - 1, most).astype(np.int64)]
    sampled = sheet.cells(few, stop=stop)
    sorting = wish.sorting
    if sorting is None and sheet.nats_place >= 0:
        sorting = Sorting(sheet.nats_place)
    if sorting is not None and sorting.place < len(sheet.columns):
        if stop():
            raise Dropped
        numbers = numbers[_order(sheet.values(sorting.place, numbers, stop), sorting.falling)]
    return RowChoice(sheet, numbers, sampled, problem)


def _order(values: Cells, falling: bool) -> npt.NDArray[np.int64]:
    """Places of the values in their order, equal ones in their own, what is missing last."""
    return np.argsort(-values if falling else values, kind="stable")
