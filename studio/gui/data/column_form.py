"""Asks which column of a table is the class, and how a table in text is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QFormLayout, QWidget

from studio.core.words import one_line
from studio.data.table.column_request import ColumnRequest
from studio.data.table.text_format import TextFormat
from studio.desk.column_draft import ColumnDraft
from studio.gui.data.import_form import LABEL_WIDTH
from studio.gui.theme import plain_tooltip
from studio.gui.widgets import ComboBox, SecondaryLabel

__all__ = ["ColumnForm"]

_FOUND = "As found"
_HEADERS = ((_FOUND, None), ("Names", True), ("Values", False))
_DELIMITERS = ((_FOUND, ""), ("Comma", ","), ("Semicolon", ";"), ("Tab", "\t"), ("Bar", "|"))
_DECIMALS = ((_FOUND, ""), ("Point", "."), ("Comma", ","))
_DATES = ((_FOUND, ""), ("Day first", "dmy"), ("Month first", "mdy"))
_ENCODINGS = ((_FOUND, ""), ("UTF-8", "utf-8"), ("Windows (Western)", "cp1252"), ("UTF-16", "utf-16"))
_NO_CLASS = "None"


def _choice(rows: Sequence[tuple[str, Any]], name: str, help: str) -> ComboBox:
    box = ComboBox(name)
    for text, value in rows:
        box.addItem(text, value)
    box.setToolTip(plain_tooltip(help))
    return box


class ColumnForm(QWidget):
    """The class, and the format of text.

    Args:
        draft: The choices of columns.

    Signals:
        changed: Something was chosen.
    """

    changed = Signal()

    def __init__(self, draft: ColumnDraft) -> None:
        super().__init__()
        self._draft = draft
        self.class_box = _choice(
            ((_NO_CLASS, ""),),
            "Class",
            "The column whose value a model is asked for; it is no column of the rows then.",
        )
        self.header_box = _choice(_HEADERS, "First row", "Whether the first row holds the names of the columns.")
        self.delimiter_box = _choice(_DELIMITERS, "Cells parted by", "What stands between two cells of a row.")
        self.decimal_box = _choice(_DECIMALS, "Decimals", "What stands before the decimals of a number.")
        self.encoding_box = _choice(_ENCODINGS, "Encoding", "How the letters of the file are written as bytes.")
        self.dates_box = _choice(_DATES, "Dates", "What stands first in dates that do not begin with the year.")
        self._text_boxes = (
            self.header_box,
            self.delimiter_box,
            self.decimal_box,
            self.dates_box,
            self.encoding_box,
        )
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(12)
        self._form.setVerticalSpacing(8)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for box in (self.class_box, *self._text_boxes):
            label = SecondaryLabel(box.accessibleName())
            label.setWordWrap(False)
            label.setMinimumHeight(box.sizeHint().height())
            label.setMinimumWidth(LABEL_WIDTH)
            self._form.addRow(label, box)
        self.class_box.currentIndexChanged.connect(self._on_class_changed)
        for box in self._text_boxes:
            box.currentIndexChanged.connect(self.changed)

    def reset(self, request: ColumnRequest) -> None:
        """Show the choices of an earlier request, or those of a new one, without a word."""
        self._draft.clear()
        self._draft.choose(request)
        text = request.text
        with QSignalBlocker(self):
            values = (text.header, text.delimiter, text.decimal, text.dates, text.encoding)
            for box, value in zip(self._text_boxes, values, strict=True):
                box.setCurrentIndex(max(0, box.findData(value)))
            self._fill_classes()

    def refresh(self, is_text: bool) -> None:
        """Show the columns that can be the class; the format is asked of text only."""
        self._fill_classes()
        # Of texts the class is asked for beside their column.
        self._form.setRowVisible(self.class_box, bool(self._draft.rows))
        for box in self._text_boxes:
            self._form.setRowVisible(box, is_text)

    def _fill_classes(self) -> None:
        with QSignalBlocker(self.class_box):
            self.class_box.clear()
            self.class_box.addItem(_NO_CLASS, "")
            for name in self._draft.labels:
                self.class_box.addItem(one_line(name), name)
            self.class_box.setCurrentIndex(max(0, self.class_box.findData(self._draft.label)))

    def request(self) -> ColumnRequest:
        """What is asked for."""
        header, delimiter, decimal, dates, encoding = (box.currentData() for box in self._text_boxes)
        found = TextFormat(header=header, delimiter=delimiter, decimal=decimal, dates=dates, encoding=encoding)
        return self._draft.request(found)

    def _on_class_changed(self) -> None:
        self._draft.set_label(str(self.class_box.currentData() or ""))
        self.changed.emit()
