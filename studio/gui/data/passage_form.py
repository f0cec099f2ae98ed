"""Asks what becomes a text, and which columns of a table hold texts, sources and classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QFormLayout, QWidget

from studio.core.modality.text import BYTES
from studio.core.words import one_line
from studio.data.text.request import TextRequest
from studio.gui.data.import_form import LABEL_WIDTH
from studio.gui.theme import plain_tooltip
from studio.gui.widgets import ComboBox, SecondaryLabel, SpinBox

__all__ = ["PassageForm"]

_FOUND = "As found"
_NONE = "None"
_UNITS = ((_FOUND, None), ("Lines", "line"), ("Paragraphs", "paragraph"), ("Windows", "window"), ("Files", "file"))
_TOKENS = ((_FOUND, None), ("Bytes", BYTES), ("1,024", 1024), ("2,048", 2048), ("4,096", 4096), ("8,192", 8192))
_SHORTEST, _LONGEST = 16, 8192


class PassageForm(QWidget):
    """What is asked of texts, in files of their own and in tables.

    Signals:
        changed: Something was chosen.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._columns: tuple[str, ...] = ()
        self._is_table = False
        self.kind_box = ComboBox("Import as")
        for words, texts in (("Table", False), ("Texts", True)):
            self.kind_box.addItem(words, texts)
        self.unit_box = self._box("Each text", _UNITS, "What becomes a text of the data set.")
        self.window_box = SpinBox("Characters", _SHORTEST, _LONGEST)
        self.text_box = self._box("Texts", ((_FOUND, ""),), "The column that holds the texts.")
        self.source_box = self._box(
            "Sources",
            ((_NONE, ""),),
            "Pairs: the column of what is translated; a model translates it to the text.",
        )
        self.class_box = self._box("Class", ((_NONE, ""),), "The column whose value a model is asked for.")
        help = "How many tokens are learned for the texts: more make texts shorter, and models larger."
        self.tokens_box = self._box("Tokens", _TOKENS, help)
        self.kind_box.setToolTip(plain_tooltip("Whether rows are learned as rows, or the texts of a column."))
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(12)
        self._form.setVerticalSpacing(8)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._of_table = (self.text_box, self.source_box, self.class_box)
        fields = (self.kind_box, self.unit_box, self.window_box, *self._of_table, self.tokens_box)
        for box in fields:
            label = SecondaryLabel(box.accessibleName())
            label.setWordWrap(False)
            label.setMinimumHeight(box.sizeHint().height())
            label.setMinimumWidth(LABEL_WIDTH)
            self._form.addRow(label, box)
        for choice in (self.kind_box, self.unit_box, *self._of_table, self.tokens_box):
            choice.currentIndexChanged.connect(self._on_changed)
        self.window_box.valueChanged.connect(self.changed)
        self.reset(TextRequest(), as_texts=False)

    @staticmethod
    def _box(name: str, rows: Sequence[tuple[str, Any]], help: str) -> ComboBox:
        box = ComboBox(name)
        for words, value in rows:
            box.addItem(words, value)
        box.setToolTip(plain_tooltip(help))
        return box

    @property
    def as_texts(self) -> bool:
        """Whether the texts of a table are wanted rather than its rows."""
        return self._is_table and bool(self.kind_box.currentData())

    def reset(self, request: TextRequest, as_texts: bool) -> None:
        """Show the choices of an earlier request, or those of a new one, without a word."""
        self._is_table = as_texts
        with QSignalBlocker(self):
            self._set_columns(tuple(filter(None, (request.column, request.source, request.label))))
            self.kind_box.setCurrentIndex(int(as_texts))
            self.unit_box.setCurrentIndex(max(0, self.unit_box.findData(request.unit)))
            self.window_box.setValue(request.window)
            named = (request.column, request.source, request.label)
            for box, name in zip(self._of_table, named, strict=True):
                box.setCurrentIndex(max(0, box.findData(name)))
            self.tokens_box.setCurrentIndex(max(0, self.tokens_box.findData(request.vocabulary)))
        self.hide()

    def show_found(self, is_text: bool, columns: Sequence[str]) -> None:
        """Show what can be asked of what was found.

        Args:
            is_text: Whether it is imported as texts.
            columns: Names of the columns, of a table.
        """
        self._is_table = bool(columns)
        self._set_columns(tuple(columns))
        self.setVisible(is_text or self._is_table)
        self._show_rows(is_text)

    def choose_texts(self) -> None:
        """Import the texts of a table, whose rows cannot be learned."""
        self._is_table = True
        self.kind_box.setCurrentIndex(1)
        self._on_changed()

    def request(self) -> TextRequest:
        """What is asked for."""
        asked: dict[str, Any] = {"vocabulary": self.tokens_box.currentData()}
        if self.as_texts:
            column, source, label = (box.currentData() for box in self._of_table)
            asked |= {"column": column, "source": source, "label": label}
        else:
            asked |= {"unit": self.unit_box.currentData(), "window": self.window_box.value()}
        return TextRequest(**asked)

    def _set_columns(self, columns: tuple[str, ...]) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for box in self._of_table:
            chosen, first = box.currentData(), box.itemText(0)
            with QSignalBlocker(box):
                box.clear()
                box.addItem(first, "")
                for name in columns:
                    box.addItem(one_line(name), name)
                box.setCurrentIndex(max(0, box.findData(chosen)))

    def _show_rows(self, is_text: bool) -> None:
        table = self._is_table
        self._form.setRowVisible(self.kind_box, table)
        for box in self._of_table:
            self._form.setRowVisible(box, table and self.as_texts)
        self._form.setRowVisible(self.unit_box, is_text and not table)
        self._form.setRowVisible(self.window_box, is_text and not table and self.unit_box.currentData() == "window")
        self._form.setRowVisible(self.tokens_box, is_text)

    def _on_changed(self) -> None:
        self._show_rows(self.as_texts or not self._is_table)
        self.changed.emit()
