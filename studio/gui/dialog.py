"""Asks for files and folders, beside the window that goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

__all__ = ["ask_for_files", "ask_for_folder", "ask_where_to_save"]


def _show(dialog: QFileDialog, then: Callable[[list[Path]], None]) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.filesSelected.connect(lambda chosen: then([Path(each) for each in chosen]))
    dialog.open()


def ask_for_files(
    over: QWidget, title: str, filter: str, then: Callable[[list[Path]], None], several: bool = False
) -> None:
    """Let the person choose a file, or several."""
    dialog = QFileDialog(over, title, "" if several else str(Path.home()), filter)
    if several:
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    _show(dialog, then)


def ask_for_folder(over: QWidget, title: str, then: Callable[[Path], None], place: Path | None = None) -> None:
    """Let the person choose a folder, in another folder where that is said."""
    dialog = QFileDialog(over, title, "" if place is None else str(place))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    _show(dialog, lambda chosen: then(chosen[0]))


def ask_where_to_save(over: QWidget, title: str, name: str, filter: str, then: Callable[[Path], None]) -> None:
    """Let the person choose a file that is to be written, with a name to begin with."""
    dialog = QFileDialog(over, title, str(Path.home()), filter)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(Path(name).suffix)
    dialog.selectFile(name)
    _show(dialog, lambda chosen: then(chosen[0]))
