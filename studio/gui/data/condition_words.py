"""The conditions that hold, as words; a click takes one away."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.core.modality import Column
from studio.desk.row_condition import Condition
from studio.gui.layout import FlowLayout
from studio.gui.widgets import Button

__all__ = ["ConditionWords"]


class ConditionWords(QWidget):
    """A button for each condition.

    Signals:
        removed: The condition that is not to hold any more.
    """

    removed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._flow = FlowLayout(self, spacing=6)
        self.buttons: list[Button] = []
        self.hide()

    def show_conditions(self, conditions: Sequence[Condition], columns: Sequence[Column]) -> None:
        """Show these."""
        for button in self.buttons:
            self._flow.removeWidget(button)
            # Not at once: one of them may be what was clicked.
            button.hide()
            button.deleteLater()
        self.buttons = []
        for condition in conditions:
            words = condition.words(columns[condition.place])
            # An ampersand would underline what follows.
            button = Button(words.replace("&", "&&"), "close")
            button.setAccessibleName(f"Remove the filter {words}")
            button.setToolTip("Remove this filter")
            button.clicked.connect(lambda _, condition=condition: self.removed.emit(condition))
            self._flow.addWidget(button)
            self.buttons.append(button)
        self.setVisible(bool(conditions))
