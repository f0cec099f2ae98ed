"""Lists the files that an import refused, with the reason of each."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from studio.core.errors import DataError, explain
from studio.core.words import one_line, without_quote
from studio.gui.guard import guarded
from studio.gui.painting import Index
from studio.gui.theme import plain_tooltip

__all__ = ["RefusedTable", "read_refused"]

_ROW_HEIGHT = 26
_NAME_SHARE = 0.42


def read_refused(folder: Path) -> list[tuple[str, str]]:
    """Read what was refused when a data set was imported: (name, reason).

    Raises:
        DataError: If the list cannot be read.
    """
    path = folder / "rejects.csv"
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            rows = [(without_quote(row[0]), without_quote(row[1])) for row in csv.reader(file) if len(row) == 2]
    except FileNotFoundError:
        return []
    except (OSError, csv.Error) as error:
        raise DataError(f"The list of refused files {path} cannot be read: {explain(error)}.") from None
    return rows[1:]


class _Rows(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: Sequence[Sequence[str]] = ()

    def set_rows(self, rows: Sequence[Sequence[str]]) -> None:
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    @guarded(fallback=0)
    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    @guarded(fallback=0)
    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else 2

    @guarded(fallback=None)
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        text = self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(text)
        return plain_tooltip(one_line(text)) if role == Qt.ItemDataRole.ToolTipRole else None

    @guarded(fallback=None)
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return ("File", "Reason")[section]


class RefusedTable(QTableView):
    """Names and reasons; any number of rows.

    Args:
        most_rows: How many rows are in view at once.
    """

    def __init__(self, most_rows: int = 8) -> None:
        super().__init__()
        self._most_rows = most_rows
        self._rows = _Rows(self)
        self.setModel(self._rows)
        self.setAccessibleName("Refused files")
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)

    def set_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Show (name, reason) rows."""
        self._rows.set_rows(rows)
        self.setFixedHeight(
            min(self._most_rows, max(2, len(rows))) * _ROW_HEIGHT + self.horizontalHeader().sizeHint().height() + 6
        )

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.horizontalHeader().resizeSection(0, round(self.viewport().width() * _NAME_SHARE))

    def texts(self) -> list[tuple[str, str]]:
        """What the rows say."""
        rows = range(self._rows.rowCount())
        return [(self._rows.index(row, 0).data(), self._rows.index(row, 1).data()) for row in rows]
