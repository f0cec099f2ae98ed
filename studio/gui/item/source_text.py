"""The field in which a person writes what is translated."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.core.known_values import KnownValues
from studio.core.modality import TextSpec
from studio.data.text.known import known_text, read_source_texts
from studio.data.text.sample_file import unescaped
from studio.gui.dialog import ask_for_files
from studio.gui.layout import row
from studio.gui.widgets import IconButton, LineEdit

__all__ = ["SourceText"]

_WIDTH = 320


class SourceText(QWidget):
    """One text that all samples are translations of, and a button for a file with a text a line.

    Args:
        spec: The tokenizer and the length of a source.

    Signals:
        file_chosen: The file whose lines are to be translated, as a path.
    """

    file_chosen = Signal(object)

    def __init__(self, spec: TextSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = spec
        self.edit = LineEdit("What is translated", "Write what is translated")
        self.edit.setFixedWidth(_WIDTH)
        self.choose = IconButton("folder", "Translate every line of a file")
        self.choose.clicked.connect(self._ask)
        row(self.edit, self.choose, on=self, spacing=4)
        self.setFocusProxy(self.edit)

    def set_source(self, source: KnownValues | None) -> None:
        """Show a source (S,), or the first of some (N, S)."""
        if source is None:
            self.edit.clear()
            return
        tokens = source.values if source.values.ndim == 1 else source.values[0]
        self.edit.setText(known_text(KnownValues(tokens), self._spec))

    def value(self) -> KnownValues | None:
        """The source, (S,); None where nothing is written.

        Raises:
            SettingsError: If it is longer than the model can hold, or cannot be a text.
        """
        text = unescaped(self.edit.text())
        return read_source_texts((text,), self._spec, lines=False) if text.strip() else None

    def _ask(self) -> None:
        ask_for_files(self, "Choose a file with a text a line", "Texts (*.txt *.md);;All files (*)", self._on_chosen)

    def _on_chosen(self, paths: list[Path]) -> None:
        self.file_chosen.emit(paths[0])
