"""Shows the numbers of the models as a table that sorts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt
from PySide6.QtWidgets import QTableView, QWidget

from studio.core.words import breakable, one_line
from studio.desk.comparison_table import Cell, columns_of
from studio.desk.subject import Subject, judged_of
from studio.gui.action import Action, button_of
from studio.gui.compare.model_list import family_mark
from studio.gui.guard import guarded
from studio.gui.layout import column, row, top
from studio.gui.painting import Index
from studio.gui.theme import Theme, plain_tooltip
from studio.gui.widgets import SecondaryLabel

__all__ = ["NumbersView", "Table"]

_ROOT = QModelIndex()
_CHANCE = (
    "In brackets the 95 % interval of one training, whatever the order of the rows; Quality says which two models can "
    "be told apart."
)


class Table(QAbstractTableModel):
    """The table behind the view; it is in the list's order until a column is chosen to sort by."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.subjects: list[Subject] = []
        self.titles: list[str] = []
        self._columns: list[list[Cell]] = []
        self._order: list[int] = []
        self._sorted: tuple[str, bool] | None = None

    def show_subjects(self, subjects: Sequence[Subject], fingerprint: str) -> None:
        """Show these models."""
        self.beginResetModel()
        columns = columns_of(subjects, fingerprint)
        self.subjects, self.titles, self._columns = list(subjects), list(columns), list(columns.values())
        self._arrange()
        self.endResetModel()

    def cell(self, row: int, column: int) -> Cell:
        """A cell as it is shown."""
        return self._columns[column][self._order[row]]

    def _arrange(self) -> None:
        self._order = list(range(len(self.subjects)))
        if self._sorted is not None and self._sorted[0] in self.titles:
            cells = self._columns[self.titles.index(self._sorted[0])]
            there = [row for row in self._order if cells[row].value is not None]
            missing = [row for row in self._order if cells[row].value is None]
            keys: dict[int, Any] = {row: cells[row].value for row in there}
            self._order = [*sorted(there, key=keys.__getitem__, reverse=self._sorted[1]), *missing]

    @guarded
    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.layoutAboutToBeChanged.emit()
        downwards = order == Qt.SortOrder.DescendingOrder
        self._sorted = (self.titles[column], downwards) if 0 <= column < len(self.titles) else None
        self._arrange()
        self.layoutChanged.emit()

    @guarded(fallback=0)
    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.subjects)

    @guarded(fallback=0)
    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.titles)

    @guarded(fallback=None)
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.titles):
            return None
        title = self.titles[section]
        if role == Qt.ItemDataRole.DisplayRole:
            # The features on a line of their own keep the columns narrow.
            return one_line(title).replace(" (", "\n(", 1)
        return plain_tooltip(title) if role == Qt.ItemDataRole.ToolTipRole else None

    @guarded(fallback=None)
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        cell = self.cell(index.row(), index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(cell.note)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if isinstance(cell.value, str) else Qt.AlignmentFlag.AlignRight
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            family = self.subjects[self._order[index.row()]].manifest.family
            return family_mark(self._theme.family(family), 4, 16)
        return None


class NumbersView(QWidget):
    """The table, what is to be known of it, and Export CSV.

    Args:
        export: Writes the table into a file.
    """

    def __init__(self, theme: Theme, export: Action) -> None:
        super().__init__()
        self._export = export
        self._shown: tuple[list[Subject], str] = ([], "")
        self.table = Table(theme, self)
        self.view = QTableView()
        self.view.setModel(self.table)
        self.view.setAccessibleName("Numbers of the models")
        self.view.setTabKeyNavigation(False)
        self.view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.view.verticalHeader().hide()
        self.view.setWordWrap(False)
        self.view.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.view.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.view.horizontalHeader().setMaximumSectionSize(420)
        self.view.setSortingEnabled(True)
        self.export_button = button_of(export)
        self.words = SecondaryLabel()
        column((self.view, 1), row((self.words, 1), top(self.export_button)), on=self)

    def show_subjects(self, subjects: Sequence[Subject], fingerprint: str, dataset: str) -> None:
        """Show these models by one data set.

        Args:
            subjects: The models.
            fingerprint: Which items they were judged by.
            dataset: What the data set is called.
        """
        now = (list(subjects), fingerprint)
        if now == self._shown:
            return
        self._shown = now
        self.table.show_subjects(subjects, fingerprint)
        self.view.resizeColumnsToContents()
        self._export.set_ready(bool(subjects))
        missing = [subject.name for subject in subjects if judged_of(subject, fingerprint) is None]
        words = [_CHANCE] if len(missing) < len(subjects) else []
        if missing:
            words.append(f"Not evaluated{f' on {dataset}' if dataset else ''}: {', '.join(missing)}.")
        self.words.setText(breakable(" ".join(words)))
