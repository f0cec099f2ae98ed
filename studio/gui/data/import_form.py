"""Asks how items are imported: name, size, fit, channels, background."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from studio.core.errors import SettingsError
from studio.data.request import ImportRequest, parse_size
from studio.gui.theme import plain_tooltip
from studio.gui.widgets import ComboBox, PlainLabel, SecondaryLabel, set_role
from studio.store.workspace import Workspace

__all__ = ["ImportForm"]

_CUSTOM = "custom"
_SIZES = (("Native", ""), ("32 x 32", "32"), ("64 x 64", "64"), ("Custom", _CUSTOM))
_FITS = (("Crop", "crop"), ("Pad", "pad"), ("Stretch", "stretch"))
_CHANNELS = (("Automatic", "auto"), ("Grey", "grey"), ("Colour", "rgb"))
_BACKGROUNDS = (("White", "white"), ("Black", "black"))


def _choice(rows: Sequence[tuple[str, str]], name: str, help: str) -> ComboBox:
    box = ComboBox()
    for text, value in rows:
        box.addItem(text, value)
    box.setAccessibleName(name)
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
        self.name_edit = QLineEdit()
        self.name_edit.setAccessibleName("Name of the data set")
        self.name_edit.setMaxLength(200)
        self.size_box = _choice(
            _SIZES, "Size", "Native keeps the size where all images agree, up to 64 pixels; others become 32 x 32."
        )
        self.custom_edit = QLineEdit()
        self.custom_edit.setAccessibleName("Custom size in pixels, width x height")
        self.custom_edit.setPlaceholderText("48x32")
        self.custom_edit.hide()
        self.fit_box = _choice(
            _FITS, "Fit", "Crop cuts off what sticks out, pad adds margins, stretch distorts images of another shape."
        )
        self.channels_box = _choice(_CHANNELS, "Channels", "Automatic is grey when every image is grey.")
        self.background_box = _choice(
            _BACKGROUNDS, "Background", "What shows through transparent pixels, and fills the margins of pad."
        )
        self._error = PlainLabel()
        self._error.setProperty("role", "field-error")
        self._error.hide()
        self._hint = SecondaryLabel()
        self._hint.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
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
        self._of_pixels: list[QWidget] = []
        for number, (text, widget) in enumerate(rows):
            if text:
                label = SecondaryLabel(text)
                label.setWordWrap(False)
                label.setBuddy(widget)
                grid.addWidget(label, number, 0, Qt.AlignmentFlag.AlignVCenter)
                if widget is not self.name_edit:
                    self._of_pixels += [label, widget]
            grid.addWidget(widget, number, 1)
        self.size_box.currentIndexChanged.connect(self._on_size_changed)
        self.custom_edit.textChanged.connect(self._on_option_changed)
        for box in (self.fit_box, self.channels_box, self.background_box):
            box.currentIndexChanged.connect(self._on_option_changed)

    def reset(self) -> None:
        """Go back to the defaults, without a word."""
        self.blockSignals(True)
        self.name_edit.clear()
        self.name_edit.setPlaceholderText("")
        self.custom_edit.clear()
        for box in (self.size_box, self.fit_box, self.channels_box, self.background_box):
            box.setCurrentIndex(0)
        self._hint.hide()
        self.blockSignals(False)

    def ask_for_pixels(self, asked: bool) -> None:
        """Show the options that images have, or hide them for other items."""
        for widget in self._of_pixels:
            widget.setVisible(asked)
        self.custom_edit.setVisible(asked and self.size_box.currentData() == _CUSTOM)

    def offer_name(self, name: str, hint: str = "") -> None:
        """Put a name into the field where the person has not written one, and say why that one."""
        if not self.name_edit.text():
            self.name_edit.setText(name)
            self._hint.setText(hint)
            self._hint.setVisible(bool(hint))

    def show_request(self, request: ImportRequest) -> None:
        """Show the options of an earlier request, without a word."""
        self.reset()
        self.blockSignals(True)
        self.name_edit.setText(request.name or "")
        if request.size is not None:
            height, width = request.size
            square = self.size_box.findData(str(width)) if width == height else -1
            self.size_box.setCurrentIndex(square if square >= 0 else self.size_box.findData(_CUSTOM))
            self.custom_edit.setText(f"{width}x{height}" if square < 0 else "")
        self.fit_box.setCurrentIndex(self.fit_box.findData(request.fit))
        self.channels_box.setCurrentIndex(self.channels_box.findData(request.channels))
        self.background_box.setCurrentIndex(self.background_box.findData(request.background))
        self.blockSignals(False)

    def request(self, workspace: Workspace, paths: Sequence[str]) -> ImportRequest:
        """What is asked for.

        Raises:
            SettingsError: If the size is none; the field says so too.
        """
        text = cast("str", self.size_box.currentData())
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
            "fit": cast("Literal['crop', 'pad', 'stretch']", self.fit_box.currentData()),
            "channels": cast("Literal['auto', 'grey', 'rgb']", self.channels_box.currentData()),
            "background": cast("Literal['white', 'black']", self.background_box.currentData()),
        }
        name = self.name_edit.text().strip() or None
        return ImportRequest(workspace=workspace.path, paths=tuple(paths), name=name, size=size, **choices)

    def _say(self, message: str) -> None:
        self._error.setText(message)
        self._error.setVisible(bool(message))
        set_role(self.custom_edit, wrong="true" if message else "false")

    def _on_size_changed(self) -> None:
        custom = self.size_box.currentData() == _CUSTOM
        self.custom_edit.setVisible(custom)
        if custom and not self.signalsBlocked():
            self.custom_edit.setFocus()
        self._say("")
        self.changed.emit()

    def _on_option_changed(self) -> None:
        self.changed.emit()
