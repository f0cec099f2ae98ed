"""Asks how items are imported: name, size, fit, channels, background."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QFormLayout, QWidget

from studio.core.errors import SettingsError
from studio.data.request import ImportRequest, parse_size
from studio.gui.theme import plain_tooltip
from studio.gui.widgets import ComboBox, LineEdit, PlainLabel, SecondaryLabel, set_role
from studio.store.workspace import Workspace

__all__ = ["LABEL_WIDTH", "ImportForm"]

# Of the longest label of this form and of that of columns, so that their fields stand below one another.
LABEL_WIDTH = 84

_CUSTOM = "custom"
_SIZES = (("Native", ""), ("32 x 32", "32"), ("64 x 64", "64"), ("Custom", _CUSTOM))
_FITS = (("Crop", "crop"), ("Pad", "pad"), ("Stretch", "stretch"))
_CHANNELS = (("Automatic", "auto"), ("Grey", "grey"), ("Colour", "rgb"))
_BACKGROUNDS = (("White", "white"), ("Black", "black"))


def _choice(rows: Sequence[tuple[str, str]], name: str, help: str) -> ComboBox:
    box = ComboBox(name)
    for text, value in rows:
        box.addItem(text, value)
    box.setToolTip(plain_tooltip(help))
    return box


class ImportForm(QWidget):
    """The options of an import.

    Signals:
        changed: Something other than the name was changed; the items will look different.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name_edit = LineEdit("Name of the data set")
        self.name_edit.setMaxLength(200)
        help = "Native keeps the size where all images agree, up to 64 pixels; others become 32 x 32."
        self.size_box = _choice(_SIZES, "Size", help)
        self.custom_edit = LineEdit("Custom size in pixels, width x height", "48x32")
        help = "Crop cuts off what sticks out, pad adds margins, stretch distorts images of another shape."
        self.fit_box = _choice(_FITS, "Fit", help)
        self.channels_box = _choice(_CHANNELS, "Channels", "Automatic is grey when every image is grey.")
        help = "What shows through transparent pixels, and fills the margins of pad."
        self.background_box = _choice(_BACKGROUNDS, "Background", help)
        self._error, self._hint = PlainLabel(), SecondaryLabel()
        self._error.setProperty("role", "field-error")
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(12)
        self._form.setVerticalSpacing(8)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows: tuple[tuple[str, QWidget], ...] = (
            ("Name", self.name_edit),
            ("", self._hint),
            ("Size", self.size_box),
            ("", self.custom_edit),
            ("", self._error),
            ("Fit", self.fit_box),
            ("Channels", self.channels_box),
            ("Background", self.background_box),
        )
        for text, widget in rows:
            label = SecondaryLabel(text)
            label.setWordWrap(False)
            label.setMinimumWidth(LABEL_WIDTH)
            if text:
                label.setMinimumHeight(widget.sizeHint().height())  # else it stands above the field's middle
            self._form.addRow(label, widget)
        for widget in (self._hint, self.custom_edit, self._error):
            self._form.setRowVisible(widget, False)
        self.size_box.currentIndexChanged.connect(self._on_size_changed)
        self.custom_edit.textChanged.connect(self.changed)
        for box in (self.fit_box, self.channels_box, self.background_box):
            box.currentIndexChanged.connect(self.changed)

    def reset(self) -> None:
        """Go back to the defaults, without a word."""
        with QSignalBlocker(self):
            self.name_edit.clear()
            self.custom_edit.clear()
            for box in (self.size_box, self.fit_box, self.channels_box, self.background_box):
                box.setCurrentIndex(0)
            self._form.setRowVisible(self._hint, False)

    def ask_for_pixels(self, asked: bool) -> None:
        """Show the options that images have, or hide them for other items."""
        for box in (self.size_box, self.fit_box, self.channels_box, self.background_box):
            self._form.setRowVisible(box, asked)
        self._form.setRowVisible(self.custom_edit, asked and self.size_box.currentData() == _CUSTOM)

    def offer_name(self, name: str, hint: str = "") -> None:
        """Put a name into the field where the person has not written one, and say why that one."""
        if not self.name_edit.text():
            self.name_edit.setText(name)
            self._hint.setText(hint)
            self._form.setRowVisible(self._hint, bool(hint))

    def show_request(self, request: ImportRequest) -> None:
        """Show the options of an earlier request, without a word."""
        self.reset()
        with QSignalBlocker(self):
            self.name_edit.setText(request.name or "")
            if request.size is not None:
                height, width = request.size
                square = self.size_box.findData(str(width)) if width == height else -1
                self.size_box.setCurrentIndex(square if square >= 0 else self.size_box.findData(_CUSTOM))
                self.custom_edit.setText(f"{width}x{height}" if square < 0 else "")
            self.fit_box.setCurrentIndex(self.fit_box.findData(request.fit))
            self.channels_box.setCurrentIndex(self.channels_box.findData(request.channels))
            self.background_box.setCurrentIndex(self.background_box.findData(request.background))

    def request(self, workspace: Workspace, paths: Sequence[str]) -> ImportRequest:
        """What is asked for.

        Raises:
            SettingsError: If the size is none; the field says so too.
        """
        text = str(self.size_box.currentData())
        size = None
        try:
            if text == _CUSTOM:
                if not self.custom_edit.text().strip():
                    raise SettingsError("Write a size in pixels, such as 48 or 48x32.")
                size = parse_size(self.custom_edit.text())
            elif text:
                size = parse_size(text)
        except SettingsError as error:
            self._say(str(error))
            raise
        self._say("")
        choices: dict[str, Any] = {
            "fit": self.fit_box.currentData(),
            "channels": self.channels_box.currentData(),
            "background": self.background_box.currentData(),
        }
        name = self.name_edit.text().strip() or None
        return ImportRequest(workspace=workspace.path, paths=tuple(paths), name=name, size=size, **choices)

    def _say(self, message: str) -> None:
        self._error.setText(message)
        self._form.setRowVisible(self._error, bool(message))
        set_role(self.custom_edit, wrong="true" if message else "false")

    def _on_size_changed(self) -> None:
        custom = self.size_box.currentData() == _CUSTOM
        self._form.setRowVisible(self.custom_edit, custom)
        if custom and not self.signalsBlocked():
            self.custom_edit.setFocus()
        self._say("")
        self.changed.emit()
