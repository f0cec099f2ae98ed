"""Shows the rows of a table: the table with bars above its columns, what filters it, and a plot of two columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QWidget

from studio.core.errors import SettingsError
from studio.core.words import number_of
from studio.desk.items import ItemFilter, OpenedDataset
from studio.desk.ranking import Ranking
from studio.desk.row_condition import Condition, is_condition, read_condition
from studio.desk.row_reader import RowReader, Stop
from studio.desk.row_sheet import RowChoice, RowSheet, RowSource, RowWish, Sorting, choose_rows, source_of
from studio.gui.bridge import Bridge
from studio.gui.data.column_bars import ColumnBars
from studio.gui.data.condition_words import ConditionWords
from studio.gui.data.row_menu import RowMenu
from studio.gui.data.row_model import MOST_ROWS
from studio.gui.data.row_plot import RowPlot
from studio.gui.data.row_view import RowView
from studio.gui.layout import column, divider

__all__ = ["RowPane"]


class RowPane(QWidget):
    """A row for each item; an ``ItemPane``.

    Args:
        bridge: Where rows are read, counted and plotted.
    """

    hint: ClassVar[str] = "Class, number, or price > 1000"
    changed = Signal()
    current_changed = Signal(str)
    selection_changed = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.note = ""
        self._source: RowSource | None = None
        self._reader: RowReader | None = None
        self._sheet: tuple[Ranking | None, RowSheet] | None = None
        self._choice: RowChoice | None = None
        self._whole: RowChoice | None = None
        self._conditions: tuple[Condition, ...] = ()
        self._sorting: Sorting | None = None
        self._bars = ColumnBars(bridge)
        self.words = ConditionWords()
        self.view = RowView(bridge, self._bars)
        self.plot = RowPlot(bridge)
        parts = divider((self.view, 2), (self.plot, 1), sizes=(460, 280))
        # Drawn to the edge, the plot leaves its room to the table.
        parts.setCollapsible(1, True)
        column(self.words, (parts, 1), on=self)
        self.words.removed.connect(self._on_removed)
        self.view.header.title_clicked.connect(self._on_title_clicked)
        self.view.header.bars_chosen.connect(self._on_bars_chosen)
        self.view.header.menu_wanted.connect(lambda section, point: self._on_menu_wanted(-1, section, point))
        self.view.menu_wanted.connect(self._on_menu_wanted)
        self.view.selection_changed.connect(self._on_selection_changed)

    def choosing(
        self, opened: OpenedDataset, wanted: ItemFilter, ranking: Ranking | None, stop: Stop
    ) -> Callable[[], RowChoice]:
        """What chooses the rows, in a thread."""
        if self._source is None or self._source.opened is not opened:
            return self.choosing_of(source_of(opened), wanted, ranking, stop)
        return self.choosing_of(self._source, wanted, ranking, stop)

    def choosing_of(
        self, source: RowSource, wanted: ItemFilter, ranking: Ranking | None, stop: Stop
    ) -> Callable[[], RowChoice]:
        """The same of rows that may be of no data set."""
        if source is not self._source or self._reader is None:
            self._source, self._reader, self._sheet, self._whole = source, RowReader(source.rows), None, None
        if self._sheet is None or self._sheet[0] is not ranking:
            before = self._sheet[1] if self._sheet is not None else None
            self._sheet = (ranking, RowSheet(source, self._reader, ranking))
            if before is not None and before.nats_place != -1:
                self._forget(before.nats_place)
        sheet, wish = self._sheet[1], RowWish(wanted, self._conditions, self._sorting)
        return lambda: choose_rows(source, sheet, wish, stop)

    def show_items(self, found: RowChoice) -> str:
        """Show them from their beginning."""
        self._choice = found
        if self._source is not None and found.num_items == len(self._source.labels):
            self._whole = found
        self._bars.show(found, self._whole or found)
        self.words.show_conditions(self._conditions, found.sheet.columns)
        self.view.header.set_sorting(self._shown_sorting())
        self.view.show_choice(found)
        self.plot.show_choice(found)
        dots = self.plot.dots(found)
        notes = [f"bars count {len(found.sampled):,} of them"] if found.is_sampled else []
        notes += [f"{dots:,} are plotted"] if dots < found.num_items else []
        notes += [f"the first {MOST_ROWS:,} are shown"] if found.num_items > MOST_ROWS else []
        self.note = "; ".join(notes)
        self.show()
        return found.problem

    def clear(self) -> None:
        """Show nothing, without filters."""
        self._source = self._reader = self._sheet = self._choice = self._whole = None
        self._conditions, self._sorting, self.note = (), None, ""
        self._bars.show(None, None)
        self.words.show_conditions((), ())
        self.view.show_choice(None)
        self.plot.show_choice(None)

    def show_all(self) -> None:
        """Let every row pass."""
        self._conditions = ()

    def keep(self, text: str) -> bool:
        """Keep a condition that was typed; False where it is none."""
        if self._sheet is None or not is_condition(text):
            return False
        try:
            condition = read_condition(text, self._sheet[1].columns)
        except SettingsError:
            return False
        self._add(condition)
        return True

    def show_excluded(self, is_excluded: Callable[[int], bool]) -> None:
        """Strike them out."""
        self.view.show_excluded(is_excluded)
        self._tell_current()

    def selected_numbers(self) -> npt.NDArray[np.int64]:
        """Numbers of the selected rows in the data set, in the order in which they are shown, int64."""
        ranges = self.view.selected_ranges()
        if self._choice is None or not ranges:
            return np.empty(0, np.int64)
        return np.concatenate([self._choice.numbers[first : last + 1] for first, last in ranges])

    def _add(self, condition: Condition) -> None:
        others = [other for other in self._conditions if other != condition]
        self._conditions = (*others, condition)

    def _forget(self, place: int) -> None:
        """Ask nothing more of a column that is there no more, or has other values."""
        self._conditions = tuple(condition for condition in self._conditions if condition.place != place)
        if self._sorting is not None and self._sorting.place == place:
            self._sorting = None

    def _shown_sorting(self) -> Sorting | None:
        sheet = self._choice.sheet if self._choice is not None else None
        if self._sorting is None and sheet is not None and sheet.nats_place >= 0:
            return Sorting(sheet.nats_place)
        return self._sorting

    def _on_removed(self, condition: Condition) -> None:
        self._conditions = tuple(other for other in self._conditions if other != condition)
        self.changed.emit()

    def _on_title_clicked(self, section: int) -> None:
        """Up, down, and the rows' own order again."""
        if self._choice is None:
            return
        place, before = self.view.rows.place(section), self._shown_sorting()
        if before is None or before.place != place:
            self._sort(Sorting(place))
        else:
            self._sort(None if before.falling else Sorting(place, falling=True))

    def _sort(self, sorting: Sorting | None) -> None:
        self._sorting = sorting
        self.view.header.set_sorting(self._shown_sorting())
        self.changed.emit()

    def _on_menu_wanted(self, position: int, section: int, point: QPoint) -> None:
        if self._choice is None:
            return
        rows = self.view.rows
        value = rows.value(position, section) if position >= 0 else None
        menu = RowMenu(self, self._choice.sheet, rows.place(section), value)
        menu.sorting_chosen.connect(self._sort)
        menu.condition_chosen.connect(self._on_condition_chosen)
        menu.across_chosen.connect(lambda place: self.plot.choose(place, upwards=False))
        menu.upwards_chosen.connect(lambda place: self.plot.choose(place, upwards=True))
        menu.popup(point)

    def _on_condition_chosen(self, condition: Condition) -> None:
        self._add(condition)
        self.changed.emit()

    def _on_bars_chosen(self, section: int, first: int, last: int) -> None:
        # The rows may have gone under a drag.
        if self._choice is None:
            return
        place = self.view.rows.place(section)
        counted = self._bars.of(place)
        if counted is None:
            return
        chosen = Condition(place, counted.bars.span(first, last))
        had = chosen in self._conditions
        # One range of a column at a time, and the same again takes it away.
        self._conditions = tuple(other for other in self._conditions if other.place != place)
        if not had:
            self._add(chosen)
        self.changed.emit()

    def _on_selection_changed(self) -> None:
        numbers = self.selected_numbers()
        self.plot.mark(numbers)
        self._tell_current()
        self.selection_changed.emit()

    def _tell_current(self) -> None:
        numbers = self.selected_numbers()
        current = self.view.currentIndex().row()
        words = [f"Item {self._choice.numbers[current]:,}"] if self._choice is not None and current >= 0 else []
        words += ["excluded"] if words and self.view.rows.is_struck(current) else []
        words += [f"{number_of(len(numbers), 'row')} selected"] if len(numbers) > 1 else []
        self.current_changed.emit(", ".join(words))
