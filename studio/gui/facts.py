"""Shows facts as two columns: what, and how much."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from studio.gui.widgets import PlainLabel, SecondaryLabel

__all__ = ["Facts"]


class Facts(QWidget):
    """Rows of a name and a value that can be selected and copied."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[SecondaryLabel, PlainLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)

    def set_facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """Show these; one with an empty value is left out."""
        shown = [(name, value) for name, value in facts if value]
        while len(self._rows) < len(shown):
            name, value = SecondaryLabel(), PlainLabel()
            name.setWordWrap(False)
            value.setMinimumWidth(1)  # a long word must not widen the window
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            row = len(self._rows)
            self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, row, 1)
            self._rows.append((name, value))
        for number, (label, value_label) in enumerate(self._rows):
            visible = number < len(shown)
            label.setVisible(visible)
            value_label.setVisible(visible)
            if visible:
                label.setText(shown[number][0])
                value_label.setText(shown[number][1])

    def texts(self) -> dict[str, str]:
        """What is shown."""
        return {name.text(): value.text() for name, value in self._rows if not name.isHidden()}
