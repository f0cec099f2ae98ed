"""Shows what works on this machine: the findings of ``studio doctor``, asked in a process of its own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from studio.desk.doctor import ask_doctor
from studio.gui.bridge import Bridge
from studio.gui.sheet import Sheet
from studio.gui.widgets import SecondaryLabel, TextTable

__all__ = ["open_doctor"]

_WORDS = {"good": "Works", "warning": "Note", "bad": "Broken"}


def open_doctor(over: QWidget, bridge: Bridge, workspace: Path) -> Sheet:
    """Open the sheet; it fills when the answer comes."""
    sheet = Sheet("What works on this machine", over, 860)
    state = SecondaryLabel("Looking; this takes a few seconds, since every library is loaded once.")
    table = TextTable("Findings", "", "What", "Finding")
    table.setWordWrap(True)
    sheet.content.addWidget(state)
    sheet.content.addWidget(table, 1)
    sheet.open()

    def fill(findings: list[dict[str, str]]) -> None:
        state.setText("As 'studio doctor' found it just now.")
        words = [(_WORDS.get(one["state"], one["state"]), one["name"], one["detail"]) for one in findings]
        table.set_rows(words)
        table.resizeRowsToContents()

    def fail(error: Exception) -> None:
        state.setText(f"The findings could not be had: {error}")

    bridge.run(sheet, lambda: ask_doctor(workspace), fill, fail)
    return sheet
