"""Lays panels out in as many columns as make square pictures in them the largest."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRect
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from studio.gui.guard import guarded

__all__ = ["PanelGrid", "best_columns"]

_GAP = 12
_LEAST_SIDE = 110


def _side(count: int, columns: int, room: tuple[int, int], chrome: tuple[int, int]) -> float:
    """Side of the square pictures of so many panels in so many columns."""
    rows = math.ceil(count / columns)
    across = (room[0] - (columns - 1) * _GAP) / columns - chrome[0]
    down = (room[1] - (rows - 1) * _GAP) / rows - chrome[1]
    return min(across, down)


def best_columns(count: int, room: tuple[int, int], chrome: tuple[int, int]) -> tuple[int, int]:
    """The number of columns in which square pictures are the largest, and their side in pixels, 1 at least.

    Args:
        count: Number of panels.
        room: Width and height of what they lie in, in pixels.
        chrome: Pixels of a panel beside its picture, across and down.
    """
    columns = max(range(1, count + 1), key=lambda columns: _side(count, columns, room, chrome))
    return columns, max(1, int(_side(count, columns, room, chrome)))


class PanelGrid(QWidget):
    """Panels of one size, which fill all the room there is.

    Args:
        chrome: Pixels of a panel beside its picture, across and down.
    """

    def __init__(self, chrome: tuple[int, int]) -> None:
        super().__init__()
        self._chrome = chrome
        self._panels: list[QWidget] = []
        self.setMinimumSize(2 * (_LEAST_SIDE + chrome[0]) + _GAP, 2 * (_LEAST_SIDE + chrome[1]) + _GAP)

    def set_panels(self, panels: Sequence[QWidget]) -> None:
        """Show these and delete those before."""
        for panel in self._panels:
            panel.hide()
            panel.deleteLater()
        self._panels = list(panels)
        for panel in self._panels:
            panel.setParent(self)
            panel.show()
        self._arrange()

    def _arrange(self) -> None:
        if not self._panels:
            return
        columns, side = best_columns(len(self._panels), (self.width(), self.height()), self._chrome)
        rows = math.ceil(len(self._panels) / columns)
        # What room a square leaves is the panel's, for its words.
        width = max(side + self._chrome[0], (self.width() - (columns - 1) * _GAP) // columns)
        height = max(side + self._chrome[1], (self.height() - (rows - 1) * _GAP) // rows)
        for number, panel in enumerate(self._panels):
            row, place = divmod(number, columns)
            panel.setGeometry(QRect(place * (width + _GAP), row * (height + _GAP), width, height))

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
