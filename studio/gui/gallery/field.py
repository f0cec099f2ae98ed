"""A field of the gallery's controls: a label over an editor."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui.layout import column, row
from studio.gui.theme import plain_tooltip
from studio.gui.widgets import SecondaryLabel

__all__ = ["Field"]

_HEIGHT = 31


class Field(QWidget):
    """A label over an editor.

    Args:
        name: The label, and what the editor is called.
        editor: The editor.
        help: Its tooltip.
        beside: What stands at its right.
    """

    def __init__(self, name: str, editor: QWidget, help: str = "", beside: QWidget | None = None) -> None:
        super().__init__()
        label = SecondaryLabel(name, whole=True)
        label.setBuddy(editor)
        editor.setAccessibleName(name)
        if help:
            editor.setToolTip(plain_tooltip(help))
            label.setToolTip(plain_tooltip(help))
        line = row((editor, 1), *([beside] if beside is not None else []), spacing=4)
        column(label, line, on=self, spacing=2)
        editor.setMinimumHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
