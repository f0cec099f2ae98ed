"""The rail at the left: the pages, with a count of running jobs, and the menu of the application."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton

from studio.gui.action import Action
from studio.gui.layout import Stretch, column
from studio.gui.painting import icon
from studio.gui.theme import Theme
from studio.gui.widgets import IconButton

__all__ = ["Rail"]

_WIDE = 160
_NARROW = 56


class Rail(QFrame):
    """The list of pages.

    Args:
        pages: What shows each page, by its key, in order.

    Signals:
        menu_wanted: The menu of the application is wanted.
    """

    menu_wanted = Signal()

    def __init__(self, theme: Theme, pages: dict[str, Action]) -> None:
        super().__init__()
        self.setProperty("role", "rail")
        self._theme = theme
        self._titles = {key: action.iconText() for key, action in pages.items()}
        self._counts: dict[str, int] = {}
        self._narrow = False
        self._buttons: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        for key, action in pages.items():
            title = action.iconText()
            button = QPushButton(title)
            button.setProperty("role", "rail")
            button.setCheckable(True)
            button.setIconSize(QSize(20, 20))
            button.setAccessibleName(title)
            button.setToolTip(f"{title} ({action.keys})")
            button.clicked.connect(action.trigger)
            group.addButton(button)
            self._buttons[key] = button
        self.menu_button = IconButton("settings", "Appearance, workspace and help")
        self.menu_button.clicked.connect(self.menu_wanted)
        self._fold = IconButton("fold", "Show icons only")
        self._fold.clicked.connect(lambda: self.set_narrow(not self._narrow))
        buttons = self._buttons.values()
        column(*buttons, Stretch(), self.menu_button, self._fold, on=self, spacing=4, margins=(8, 12, 8, 8))
        self.setFixedWidth(_WIDE)
        self._draw()
        theme.changed.connect(self._draw)

    @property
    def narrow(self) -> bool:
        """Whether it shows icons only."""
        return self._narrow

    def set_narrow(self, narrow: bool) -> None:
        """Show icons only, or icons and words."""
        self._narrow = narrow
        self.setFixedWidth(_NARROW if narrow else _WIDE)
        self._fold.set_icon("unfold" if narrow else "fold", "Show words" if narrow else "Show icons only")
        self._write()

    def set_page(self, key: str) -> None:
        """Show a page as the chosen one; the keyboard's place in the rail goes with it."""
        if any(button.hasFocus() for button in self._buttons.values()):
            self._buttons[key].setFocus()
        self._buttons[key].setChecked(True)

    def set_count(self, key: str, count: int) -> None:
        """Show a number beside a page's word."""
        self._counts[key] = count
        self._write()

    def _write(self) -> None:
        for key, button in self._buttons.items():
            count = f"  {self._counts[key]}" if self._counts.get(key) else ""
            button.setText(count.strip() if self._narrow else f" {self._titles[key]}{count}")

    def _draw(self) -> None:
        for key, button in self._buttons.items():
            button.setIcon(icon(key, self._theme.colours.text))
        self._write()
