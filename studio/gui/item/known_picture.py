"""Lets the person choose a picture that is to be completed, and the part of it that is kept."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QWidget

from studio.core.known_values import KnownValues
from studio.data.image.known import keep_part
from studio.gui.dialog import ask_for_files
from studio.gui.item.picture import to_image
from studio.gui.layout import row
from studio.gui.widgets import Button, ComboBox, IconButton

__all__ = ["KnownPicture"]

_SIDE = 31
_PARTS = (
    ("All opaque", "all"),
    ("Top half", "top"),
    ("Bottom half", "bottom"),
    ("Left half", "left"),
    ("Right half", "right"),
)


class KnownPicture(QWidget):
    """A picture to complete; without one, everything is free.

    Args:
        shape: Shape of the model's items, (H, W, C).

    Signals:
        picture_chosen: Its file, as a path.
    """

    picture_chosen = Signal(object)

    def __init__(self, shape: tuple[int, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shape = shape
        self._known: KnownValues | None = None
        self.choose = Button("Choose a picture", "folder")
        self.choose.clicked.connect(self._ask)
        self.thumbnail = QLabel()
        self.thumbnail.setFixedSize(_SIDE, _SIDE)
        self.thumbnail.setAccessibleName("What is kept of the picture")
        self.part = ComboBox("The part that is kept")
        for words, keep in _PARTS:
            self.part.addItem(words, keep)
        self.part.setToolTip("The part of the picture that is kept")
        self.part.currentIndexChanged.connect(self._show)
        self.clear = IconButton("close", "Complete nothing")
        self.clear.clicked.connect(lambda: self.set_known(None))
        row(self.choose, self.thumbnail, self.part, self.clear, on=self, spacing=4)
        self.setFocusProxy(self.choose)
        self._show()

    def set_known(self, known: KnownValues | None, keep: str = "all") -> None:
        """Take what is known of an item, or nothing; and the part that is kept."""
        self._known = known.shaped(self.shape) if known is not None else None
        self.part.setCurrentIndex(max(0, self.part.findData(keep)))
        self._show()

    def state(self) -> tuple[KnownValues | None, str]:
        """What ``set_known`` took, as it stands now."""
        return self._known, str(self.part.currentData())

    def value(self) -> KnownValues | None:
        """What the model is told; None where nothing is known."""
        return keep_part(self._known, str(self.part.currentData())) if self._known is not None else None

    def _ask(self) -> None:
        title, pictures = "Choose a picture to complete", "Pictures (*.png *.bmp *.webp)"
        ask_for_files(self, title, pictures, lambda chosen: self.picture_chosen.emit(chosen[0]))

    def _show(self) -> None:
        kept = self.value()
        there = kept is not None
        self.choose.setVisible(not there)
        for widget in (self.thumbnail, self.part, self.clear):
            widget.setVisible(there)
        if kept is not None:
            self.thumbnail.setPixmap(self._picture(kept))
        self.updateGeometry()

    def _picture(self, kept: KnownValues) -> QPixmap:
        """What is kept, with the free part see-through."""
        height, width, channels = self.shape
        known = kept.values
        pixels = np.zeros((height, width, 4), np.uint8)
        pixels[..., :3] = known.clip(0) if channels == 3 else known.clip(0).repeat(3, axis=-1)
        pixels[..., 3] = np.where((known >= 0).all(-1), 255, 0)
        ratio = self.devicePixelRatioF()
        side = round(_SIDE * ratio)
        picture = QPixmap.fromImage(to_image(pixels)).scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio)
        picture.setDevicePixelRatio(ratio)
        return picture
