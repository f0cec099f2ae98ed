"""Shows a name that a person can change where it stands."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from studio.core.bounded import LONGEST_NAME
from studio.gui.action import Action, icon_button_of
from studio.gui.guard import guarded
from studio.gui.layout import row
from studio.gui.widgets import LineEdit, TitleLabel

__all__ = ["NameField"]


class NameField(QWidget):
    """A title with a button that turns it into a field; Enter keeps what is typed, Esc and elsewhere leave it.

    Signals:
        renamed: What was typed.
    """

    renamed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.title = TitleLabel()
        self.rename = Action(self, "train.rename", "Rename", self.edit, "F2", icon="rename", tip="Rename")
        self.button = icon_button_of(self.rename)
        self.field = LineEdit("Name")
        self.field.setMaxLength(LONGEST_NAME)
        self.field.returnPressed.connect(self._on_return)
        self.field.installEventFilter(self)
        self.field.hide()
        row((self.title, 1), (self.field, 1), self.button, on=self, spacing=4)
        self._name = ""

    def set_name(self, name: str, more: str = "", editable: bool = True) -> None:
        """Show a name.

        Args:
            name: The name.
            more: What stands behind it and is no part of it.
            editable: Whether it can be changed now.
        """
        if name != self._name:
            self._leave()
        self._name = name
        self.title.setText(f"{name.replace(chr(10), ' ')}{more}")
        self.title.setToolTip("")
        self.rename.setVisible(editable)
        self.rename.setText(f"Rename: {name}")

    def edit(self) -> None:
        """Let the person type another name."""
        if not self.rename.isVisible():
            return
        self.field.setText(self._name)
        self.title.hide()
        self.field.show()
        self.field.setFocus()
        self.field.selectAll()

    def _leave(self) -> None:
        self.field.hide()
        self.title.show()

    def _on_return(self) -> None:
        name = self.field.text().strip()
        self._leave()
        if name and name != self._name:
            self.renamed.emit(name)

    @guarded(fallback=False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self._leave()
            return True
        if event.type() == QEvent.Type.FocusOut:
            self._leave()
        return False
