"""Remembers how a person arranged the window: size, page, dividers, appearance."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QSplitter, QWidget

from studio.gui.theme import Choice

__all__ = ["LayoutMemory"]


class LayoutMemory:
    """A file of the person's, apart from the workspace.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._settings = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def theme(self) -> Choice:
        """The appearance that was chosen."""
        found = str(self._settings.value("theme", "system"))
        return cast("Choice", found) if found in ("system", "light", "dark") else "system"

    @theme.setter
    def theme(self, choice: Choice) -> None:
        self._settings.setValue("theme", choice)

    @property
    def page(self) -> str:
        """The page that was in view."""
        return str(self._settings.value("page", "data"))

    @property
    def narrow(self) -> bool:
        """Whether the rail showed icons only."""
        return str(self._settings.value("narrow", "false")) == "true"

    @property
    def unfinished_starts(self) -> int:
        """How many starts in a row, this one too, have not come to their end yet."""
        found = str(self._settings.value("starts", "0"))
        return int(found) if found.isdecimal() and len(found) < 4 else 0

    def begin_start(self) -> None:
        """Count this start until it has come to its end; written at once, for what fails may end the process."""
        self._settings.setValue("starts", str(self.unfinished_starts + 1))
        self._settings.sync()

    def end_start(self) -> None:
        """The window stands, or was closed by the person."""
        if self.unfinished_starts:
            self._settings.setValue("starts", "0")
            self._settings.sync()

    def restore_window(self, window: QWidget) -> bool:
        """Give a window its former size and place; False where it has none."""
        geometry = self._settings.value("geometry")
        return isinstance(geometry, QByteArray) and window.restoreGeometry(geometry)

    def restore_dividers(self, page: QWidget, key: str) -> None:
        """Put the dividers of a page where they were."""
        for number, splitter in enumerate(page.findChildren(QSplitter)):
            state = self._settings.value(f"dividers/{key}-{number}")
            if isinstance(state, QByteArray):
                splitter.restoreState(state)

    def keep_dividers(self, page: QWidget, key: str) -> None:
        """Remember where the dividers of a page are."""
        for number, splitter in enumerate(page.findChildren(QSplitter)):
            self._settings.setValue(f"dividers/{key}-{number}", splitter.saveState())

    def keep_window(self, window: QWidget, page: str, narrow: bool) -> None:
        """Remember the window itself and write everything."""
        self._settings.setValue("geometry", window.saveGeometry())
        self._settings.setValue("page", page)
        self._settings.setValue("narrow", "true" if narrow else "false")
        self._settings.sync()
