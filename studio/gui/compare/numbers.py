"""Shows the table of the models' numbers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableView, QWidget

from studio.core.words import breakable
from studio.desk.subject import Subject, judged_of
from studio.gui.action import Action, button_of
from studio.gui.compare.table import Table
from studio.gui.layout import column, row, top
from studio.gui.theme import Theme
from studio.gui.widgets import SecondaryLabel

__all__ = ["NumbersView"]

_CHANCE = (
    "In brackets the 95 % interval of one training, whatever the order of the rows; Quality says which two models can "
    "be told apart."
)


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
