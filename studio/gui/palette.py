"""The command palette: everything that can be done, found by a few letters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QListWidget, QListWidgetItem, QWidget

from studio.gui.guard import guarded
from studio.gui.layout import column
from studio.gui.overlay import Overlay
from studio.gui.widgets import LineEdit

__all__ = ["CommandPalette", "Entry", "match"]

_WIDTH = 560
_ROWS = 12


class Entry(NamedTuple):
    """Something that can be done, as the palette and the key help list it."""

    title: str
    run: Callable[[], object]
    keys: str = ""


class CommandPalette(Overlay):
    """A field and a list over the window.

    Args:
        entries: Called at every opening for what can be done.
        over: The widget it lies over.
    """

    def __init__(self, entries: Callable[[], Sequence[Entry]], over: QWidget) -> None:
        super().__init__(over)
        self.setProperty("role", "toast")
        self._entries = entries
        self._found: list[Entry] = []
        self.field = LineEdit("Command", "What do you want to do?")
        self.field.textChanged.connect(self._on_text_changed)
        self.field.returnPressed.connect(self._on_return)
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName("Commands")
        self.list.itemClicked.connect(lambda _: self._on_return())
        column(self.field, self.list, on=self, margins=8)

    def open(self) -> None:
        """Appear, with the keyboard's focus."""
        self.field.clear()
        self._on_text_changed("")
        self.appear(self.field)
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def cover(self) -> None:
        """Lie in the upper middle, as high as what is listed."""
        over, width = self._over, min(_WIDTH, self._over.width() - 32)
        rows = max(1, min(self.list.count(), _ROWS))
        height = rows * max(self.list.sizeHintForRow(0), 24) + self.field.sizeHint().height() + 40
        self.setGeometry((over.width() - width) // 2, 48, width, min(height, over.height() - 80))

    def follow(self) -> None:
        """Go: it was opened over a window of another size."""
        self.dismiss()

    def dismiss(self) -> None:
        """Go, and give the keyboard back."""
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        super().dismiss()

    def _on_text_changed(self, text: str) -> None:
        ranked = [(match(text, entry.title), number, entry) for number, entry in enumerate(self._entries())]
        fitting = sorted((rank, number) for rank, number, _ in ranked if rank is not None)
        self._found = [ranked[number][2] for _, number in fitting]
        self.list.clear()
        for entry in self._found:
            keys = f"    {entry.keys}" if entry.keys else ""
            self.list.addItem(QListWidgetItem(entry.title + keys))
        self.list.setCurrentRow(0)
        self.cover()

    def _on_return(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._found):
            self.dismiss()
            self._found[row].run()

    @guarded(fallback=False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(watched, QWidget):
            if watched is not self and not self.isAncestorOf(watched):
                # The click is meant for what lies beneath, and so is the keyboard.
                self._before = None
                self.dismiss()
            return False
        if watched is self._over:
            return super().eventFilter(watched, event)
        if watched is not self.field or event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _ROWS, Qt.Key.Key_PageUp: -_ROWS}
        key = Qt.Key(event.key())
        if key in steps and self.list.count():
            self.list.setCurrentRow(max(0, min(self.list.count() - 1, self.list.currentRow() + steps[key])))
            return True
        return False


def match(query: str, title: str) -> int | None:
    """How well letters fit a title; smaller is better, None where they are not in it in this order.

    A run of letters at the beginning of words counts most, then any run, then letters with gaps.
    """
    wanted, text = query.lower().strip(), title.lower()
    if not wanted:
        return 0
    at = text.find(wanted)
    if at >= 0:
        return 0 if at == 0 else 1 if text[at - 1] == " " else 2
    place, gaps = -1, 0
    for letter in wanted.replace(" ", ""):
        found = text.find(letter, place + 1)
        if found < 0:
            return None
        gaps += found - place - 1
        place = found
    return 3 + gaps
