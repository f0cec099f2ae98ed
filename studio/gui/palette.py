"""The command palette: everything that can be done, found by a few letters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from studio.gui.guard import guarded
from studio.gui.page import Command

__all__ = ["CommandPalette", "match"]

_WIDTH = 560
_ROWS = 12


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


class CommandPalette(QFrame):
    """A field and a list over the window.

    Args:
        commands: Called at every opening for what can be done.
        parent: The widget it lies over.
    """

    def __init__(self, commands: Callable[[], Sequence[Command]], parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setProperty("role", "toast")
        self._commands = commands
        self._found: list[Command] = []
        self._before: QWidget | None = None
        self.field = QLineEdit()
        self.field.setPlaceholderText("What do you want to do?")
        self.field.setAccessibleName("Command")
        self.field.textChanged.connect(self._on_text_changed)
        self.field.returnPressed.connect(self._on_return)
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName("Commands")
        self.list.itemClicked.connect(lambda _: self._on_return())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        self.hide()

    def open(self) -> None:
        """Appear, with the keyboard's focus."""
        over = self._over
        self._before = over.window().focusWidget()
        width = min(_WIDTH, over.width() - 32)
        self.setGeometry((over.width() - width) // 2, 48, width, min(420, over.height() - 80))
        self.field.clear()
        self._on_text_changed("")
        self.show()
        self.raise_()
        self.field.setFocus()
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def close_palette(self) -> None:
        """Go, and give the focus back."""
        self._hide()
        # What had it may be gone: the pages go on beneath the palette.
        if self._before is not None and shiboken6.isValid(self._before):
            self._before.setFocus()

    def _hide(self) -> None:
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        self.hide()

    def _on_text_changed(self, text: str) -> None:
        ranked = [(match(text, command.title), number, command) for number, command in enumerate(self._commands())]
        fitting = sorted((rank, number) for rank, number, _ in ranked if rank is not None)
        self._found = [ranked[number][2] for _, number in fitting]
        self.list.clear()
        for command in self._found:
            keys = f"    {command.keys}" if command.keys else ""
            self.list.addItem(QListWidgetItem(command.title + keys))
        self.list.setCurrentRow(0)
        rows = max(1, min(self.list.count(), _ROWS))
        height = rows * max(self.list.sizeHintForRow(0), 24) + self.field.sizeHint().height() + 40
        self.resize(self.width(), min(height, self._over.height() - 80))

    def _on_return(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._found):
            self.close_palette()
            self._found[row].run()

    @guarded(fallback=False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(watched, QWidget):
            if watched is not self and not self.isAncestorOf(watched):
                self._hide()
            return False
        if watched is not self.field or event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _ROWS, Qt.Key.Key_PageUp: -_ROWS}
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.close_palette()
            return True
        if key in steps and self.list.count():
            self.list.setCurrentRow(max(0, min(self.list.count() - 1, self.list.currentRow() + steps[key])))
            return True
        return False

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_palette()
