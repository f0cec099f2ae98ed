"""Shows what can be done and with which keys."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from studio.gui.measuring import TITLE, open_measuring
from studio.gui.palette import Entry
from studio.gui.sheet import Sheet
from studio.gui.widgets import Button, PlainLabel, TextTable
from studio.version import VERSION

__all__ = ["open_help"]

_TEXT = (
    "Drop images, a folder or an archive anywhere to make a data set. Choose a family and a preset on the Train page "
    "and press Start. Export the run when you like its samples, then sample the exported file in the gallery. "
    "Trainings go on when this window is closed."
)
_EVERYWHERE = (
    ("Move in a grid of pictures", "Arrows, Page Up, Page Down, Home, End"),
    ("Select several pictures", "Shift or Ctrl with a click, Shift with arrows, Ctrl+A"),
    ("Close what lies on top", "Esc"),
)


def open_help(over: QWidget, entries: Sequence[Entry]) -> Sheet:
    """Open the sheet."""
    sheet = Sheet(f"Generative Studio {VERSION}", over)
    sheet.content.addWidget(PlainLabel(_TEXT))
    measuring = Button(TITLE)
    measuring.clicked.connect(lambda: open_measuring(over))
    sheet.content.addWidget(measuring, 0, Qt.AlignmentFlag.AlignLeft)
    table = TextTable("Keys", "What", "Keys")
    table.set_rows([*((entry.title, entry.keys) for entry in entries if entry.keys), *_EVERYWHERE])
    sheet.content.addWidget(table, 1)
    sheet.open()
    return sheet
