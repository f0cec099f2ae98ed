"""Shows how far something is, with a way to cancel it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from studio.gui.layout import row
from studio.gui.widgets import Button, SecondaryLabel

__all__ = ["ProgressRow"]


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
