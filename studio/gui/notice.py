"""Says beside a thing what is the matter with it and what can be done, or how far it is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QProgressBar, QWidget

from studio.desk.context import Kind
from studio.gui.layout import column, row, top
from studio.gui.widgets import Button, IconButton, PlainLabel, SecondaryLabel, set_role

__all__ = ["Notice", "ProgressRow"]


class Notice(QFrame):
    """One sentence, a button that helps, and details that fold out and can be copied.

    Args:
        closable: Whether the person can put it away.
    """

    def __init__(self, closable: bool = False) -> None:
        super().__init__()
        self.setProperty("role", "notice")
        self._on_click: Callable[[], None] | None = None
        self._text = PlainLabel()
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._button = Button("")
        self._button.clicked.connect(self._on_clicked)
        self._fold = Button("Details")
        self._fold.clicked.connect(self._on_fold)
        self._copy = Button("Copy details", "copy")
        self._copy.clicked.connect(self._on_copy)
        self._close = IconButton("close", "Close")
        self._close.clicked.connect(self.hide)
        self._close.setVisible(closable)
        self._details = QPlainTextEdit()
        self._details.setReadOnly(True)
        self._details.setMaximumHeight(160)
        self._details.setAccessibleName("Details")
        buttons = (self._button, self._fold, self._copy, self._close)
        column(row((self._text, 1), *map(top, buttons)), self._details, on=self, margins=(12, 8, 8, 8))
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def set(
        self, kind: Kind, text: str, details: str = "", button: str = "", on_click: Callable[[], None] | None = None
    ) -> None:
        """Say something; an empty text hides it."""
        set_role(self, kind=kind)
        self._text.setText(text)
        self._on_click = on_click
        self._button.setText(button)
        self._button.setVisible(bool(button))
        self._details.setPlainText(details)
        self._details.hide()
        self._copy.hide()
        self._fold.setVisible(bool(details))
        self.setVisible(bool(text))

    def _on_clicked(self) -> None:
        if self._on_click is not None:
            self._on_click()

    def _on_fold(self) -> None:
        shown = not self._details.isVisible()
        self._details.setVisible(shown)
        self._copy.setVisible(shown)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{self._text.text()}\n\n{self._details.toPlainText()}")


class ProgressRow(QWidget):
    """A bar, a count and Cancel.

    Signals:
        cancelled: The person wants it to end.
    """

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._label = SecondaryLabel(whole=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._cancel = Button("Cancel")
        self._cancel.clicked.connect(self._on_cancel)
        row((self._bar, 1), self._label, self._cancel, on=self)

    @property
    def text(self) -> str:
        """What it says now."""
        return self._label.text()

    def show_progress(self, stage: str, done: int, total: int, note: str = "") -> None:
        """Show a stage; a total of 0 is not known yet."""
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        count = f"{done:,} of {total:,}" if total else (f"{done:,}" if done else "")
        self._label.setText(", ".join(part for part in (f"{stage} {count}".strip(), note) if part))
        self._cancel.setEnabled(True)

    def _on_cancel(self) -> None:
        self._cancel.setEnabled(False)
        self._label.setText("Cancelling")
        self.cancelled.emit()
