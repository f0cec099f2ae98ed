"""What can be done with a column of a table, and with the value of a cell; also by the keys of a menu."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from studio.core.words import one_line
from studio.desk.row_condition import Among, Between, Condition, Missing
from studio.desk.row_sheet import RowSheet, Sorting

__all__ = ["RowMenu"]

_LONGEST = 40


class RowMenu(QMenu):
    """The menu of one column.

    Args:
        parent: What it goes with.
        sheet: The columns.
        place: Place of the column.
        value: The cell's number, NaN where it is missing; None for the column's header.

    Signals:
        sorting_chosen: The order that is wanted; None for the rows' own.
        condition_chosen: What must hold too.
        across_chosen: Place of a column to plot across.
        upwards_chosen: Place of a column to plot upwards.
    """

    sorting_chosen = Signal(object)
    condition_chosen = Signal(object)
    across_chosen = Signal(int)
    upwards_chosen = Signal(int)

    def __init__(self, parent: QWidget, sheet: RowSheet, place: int, value: float | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = sheet.columns[place]
        # An ampersand would underline what follows.
        name = one_line(column.name)[:_LONGEST].replace("&", "&&")
        for words, sorting in (
            (f"Sort by {name}, rising", Sorting(place)),
            (f"Sort by {name}, falling", Sorting(place, falling=True)),
            ("Do not sort", None),
        ):
            self.addAction(words, partial(self.sorting_chosen.emit, sorting))
        self.addSeparator()
        wanted: list[Condition] = []
        if value is not None and not np.isnan(value):
            test = Among((round(value),)) if column.is_coded else Between(value, value)
            wanted += [Condition(place, test), Condition(place, test, negated=True)]
        if column.missing or (value is not None and np.isnan(value)):
            wanted += [Condition(place, Missing()), Condition(place, Missing(), negated=True)]
        for condition in wanted:
            words = f"Only {condition.words(column)}".replace("&", "&&")
            self.addAction(words, partial(self.condition_chosen.emit, condition))
        if wanted:
            self.addSeparator()
        self.addAction(f"Plot {name} across", partial(self.across_chosen.emit, place))
        self.addAction(f"Plot {name} upwards", partial(self.upwards_chosen.emit, place))
