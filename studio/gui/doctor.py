"""Shows what works on this machine: the findings of ``studio doctor``, asked in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QTableWidget, QTableWidgetItem, QWidget

from studio.gui.bridge import Bridge
from studio.gui.sheet import Sheet
from studio.gui.widgets import SecondaryLabel

__all__ = ["ask_doctor", "open_doctor"]

_WORDS = {"good": "Works", "warning": "Note", "bad": "Broken"}


def ask_doctor(workspace: Path) -> list[dict[str, str]]:
    """Run ``studio doctor``; some seconds, since it loads every library.

    Raises:
        OSError: If it does not answer.
    """
    command = [sys.executable, "-m", "studio.cli", "doctor", "--json", "--workspace", str(workspace)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    for line in reversed(done.stdout.splitlines()):
        try:
            document: Any = json.loads(line)
        except ValueError:
            continue
        if isinstance(document, dict) and "findings" in document:
            return list(document["findings"])
    raise OSError(0, f"'studio doctor' did not answer: {done.stderr.strip()[-200:]}")


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
