"""Decides which columns of a table are imported, and as what: from what was found and what the person asks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.core.errors import DataError
from studio.core.modality import ColumnKind
from studio.core.modality.column import MOST_CATEGORIES
from studio.core.words import without_quote
from studio.data.table.column_request import ColumnRequest
from studio.data.table.found_column import FoundColumn

__all__ = ["Columns", "PlannedColumn", "plan_columns"]

_MOST_SHOWN = 5
_FALSE = {"no", "false", "n", "f", "off", "nein", "non", "0"}


@dataclass(frozen=True)
class PlannedColumn:
    """How one column is imported.

    Attributes:
        name: Its name.
        kind: What it is.
        step: Of numbers and dates, what all are multiples of; 0 for any.
        origin: Of dates, the day that is 0, in days since 1970.
        order: Of dates in words, where year, month and day stand.
        words: Its categories as they stand in the file, in the order of their codes.
        values: The same as numbers, where the file holds numbers.
        categories: Names of the categories.
    """

    name: str
    kind: ColumnKind
    step: float = 0.0
    origin: int = 0
    order: str = ""
    words: tuple[str, ...] = ()
    values: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()

    @property
    def origin_text(self) -> str:
        """The day that is 0, as YYYY-MM-DD; empty where it is of no dates."""
        return str(np.datetime64(self.origin, "D")) if self.kind == "date" else ""


@dataclass(frozen=True)
class Columns:
    """The plan of a table.

    Attributes:
        columns: The columns of a row.
        label: The column that is the class; None for none.
        label_place: Its place among all, from 0.
    """

    columns: tuple[PlannedColumn, ...]
    label: PlannedColumn | None = None
    label_place: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one row, (K,)."""
        return (len(self.columns),)

    @property
    def dtype(self) -> str:
        """Type of the numbers of a row."""
        return "float32"

    @property
    def item_bytes(self) -> int:
        """Bytes of one row."""
        return 4 * len(self.columns)


def plan_columns(found: Sequence[FoundColumn], request: ColumnRequest, title: str) -> Columns:
    """Decide which columns are imported, and as what.

    Args:
        found: Every column, in order.
        request: What the person asks.
        title: Name of the table, for messages.

    Raises:
        DataError: If the person asks for a column that is not there or cannot be that, or none is left.
    """
    names = [column.name for column in found]
    for name in (*request.kinds, *request.without, *([request.label] if request.label else ())):
        if name not in names:
            shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
            raise DataError(f"{title} has no column '{name}'; it has {shown}.")
    columns: list[PlannedColumn] = []
    label, place = None, 0
    for column in found:
        if column.name == request.label:
            label, place = _planned(column, "category", "class"), len(columns)
        elif column.name not in request.without and (kind := request.kinds.get(column.name, column.kind)):
            columns.append(_planned(column, kind, kind))
    if not columns:
        gone = [column for column in found if column.kind is None]
        why = "; ".join(f"'{column.name}' is {column.said}" for column in gone[:_MOST_SHOWN])
        raise DataError(f"No column of {title} is left to learn from{f' ({why})' if why else ''}; ask for one by name.")
    return Columns(tuple(columns), label, place)


def _planned(column: FoundColumn, kind: ColumnKind, what: str) -> PlannedColumn:
    if kind not in column.kinds:
        raise DataError(_cannot(column, kind, what))
    match kind:
        case "category" | "boolean":
            words, values = column.words, column.values
            if kind == "boolean" and words[1].casefold() in _FALSE:
                words, values = words[::-1], values[::-1]
            return PlannedColumn(column.name, kind, words=words, values=values, categories=_names(words))
        case "date":
            origin = math.floor(column.span[0])
            return PlannedColumn(column.name, kind, column.step, origin=origin, order=column.order)
        case "whole":
            return PlannedColumn(column.name, kind, 1.0)
    return PlannedColumn(column.name, "number", column.step)


def _names(words: Sequence[str]) -> tuple[str, ...]:
    """Names of categories: without what kept a spreadsheet from computing them, where they stay different."""
    names = tuple(without_quote(word) for word in words)
    return names if len(set(names)) == len(names) else tuple(words)


def _cannot(column: FoundColumn, kind: str, what: str) -> str:
    name = column.name
    if not column.kinds:
        return f"The column '{name}' cannot be imported: {column.said.removeprefix('left out: ')}."
    if kind == "category" and not column.words:
        return (
            f"The column '{name}' has more than {MOST_CATEGORIES:,} different values, or values that are long texts, "
            f"and cannot be a {what}; leave it out, or join values in the file."
        )
    if kind == "boolean":
        return f"The column '{name}' has not two different values and cannot be yes or no; make it a category."
    return f"The column '{name}' cannot be a {kind}: its cells are not; it may be {' or '.join(column.kinds)}."
