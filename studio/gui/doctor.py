"""Shows what works on this machine: the findings of ``studio doctor``, asked in a process of its own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QTableWidget, QTableWidgetItem, QWidget

from studio.desk.doctor import ask_doctor
from studio.gui.bridge import Bridge
from studio.gui.sheet import Sheet
from studio.gui.widgets import SecondaryLabel

__all__ = ["open_doctor"]

_WORDS = {"good": "Works", "warning": "Note", "bad": "Broken"}


def open_doctor(over: QWidget, bridge: Bridge, workspace: Path) -> Sheet:
    """Open the sheet; it fills when the answer comes."""
    sheet = Sheet("What works on this machine", over, 860)
    state = SecondaryLabel("Looking; this takes a few seconds, since every library is loaded once.")
    table = QTableWidget(0, 3)
    table.setHorizontalHeaderLabels(["", "What", "Finding"])
    table.verticalHeader().hide()
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setWordWrap(True)
    table.horizontalHeader().setStretchLastSection(True)
    table.setAccessibleName("Findings")
    sheet.content.addWidget(state)
    sheet.content.addWidget(table, 1)
    sheet.open()

    def fill(findings: list[dict[str, str]]) -> None:
        state.setText("As 'studio doctor' found it just now.")
        table.setRowCount(len(findings))
        for row, finding in enumerate(findings):
            cells = (_WORDS.get(finding["state"], finding["state"]), finding["name"], finding["detail"])
            for column, text in enumerate(cells):
                table.setItem(row, column, QTableWidgetItem(text))
        table.resizeColumnToContents(0)
        table.resizeColumnToContents(1)
        table.resizeRowsToContents()

    def fail(error: Exception) -> None:
        state.setText(f"The findings could not be had: {error}")

    bridge.run(sheet, lambda: ask_doctor(workspace), fill, fail)
    return sheet
