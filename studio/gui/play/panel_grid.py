"""Lays panels out in as many columns as make their pictures the largest."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from studio.gui.guard import guarded
from studio.gui.play.panel import PANEL_CHROME

__all__ = ["PanelGrid", "best_columns"]

_GAP = 12
_LEAST_SIDE = 110


def _side(count: int, columns: int, width: int, height: int) -> float:
    """Side of the square pictures of so many panels in so many columns."""
    rows = math.ceil(count / columns)
    across = (width - (columns - 1) * _GAP) / columns - PANEL_CHROME[0]
    down = (height - (rows - 1) * _GAP) / rows - PANEL_CHROME[1]
    return min(across, down)


def best_columns(count: int, width: int, height: int) -> tuple[int, int]:
    """The number of columns in which square pictures are the largest, and their side in pixels, 1 at least."""
    columns = max(range(1, count + 1), key=lambda columns: _side(count, columns, width, height))
    return columns, max(1, int(_side(count, columns, width, height)))


class PanelGrid(QWidget):
    """Panels of squares, as large as there is room for."""

    def __init__(self) -> None:
        super().__init__()
        self._panels: list[QWidget] = []
        self.setMinimumSize(2 * (_LEAST_SIDE + PANEL_CHROME[0]) + _GAP, 2 * (_LEAST_SIDE + PANEL_CHROME[1]) + _GAP)

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
        columns, side = best_columns(len(self._panels), self.width(), self.height())
        size = QSize(side + PANEL_CHROME[0], side + PANEL_CHROME[1])
        for number, panel in enumerate(self._panels):
            row, place = divmod(number, columns)
            panel.setGeometry(QRect(place * (size.width() + _GAP), row * (size.height() + _GAP), *size.toTuple()))

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
