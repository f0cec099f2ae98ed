"""Draws rows of a table over one another, or over a density, in a place of any size."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.core.modality import TableSpec
from studio.gui.guard import guarded
from studio.gui.item.table import RowSet, TableViewer

__all__ = ["RowsPicture", "rgb_of"]

Rows = npt.NDArray[Any]


class RowsPicture(QWidget):
    """Rows as points of two columns, or as a histogram of one."""

    def __init__(self) -> None:
        super().__init__()
        self._viewer: TableViewer | None = None
        self._sets: list[RowSet] = []
        self._density: QImage | None = None
        self._image = QImage()

    def show_rows(
        self, spec: TableSpec, columns: tuple[int, ...], *sets: tuple[Rows, QColor], density: QImage | None = None
    ) -> None:
        """Show rows.

        Args:
            spec: Their columns.
            columns: Places of the one or two columns that are drawn.
            sets: Rows (N, K) and their colour, each set over those before; one at least.
            density: What lies behind them, over all that is shown of the two columns.
        """
        self._viewer = TableViewer(spec, columns)
        self._sets, self._density = [(rows, rgb_of(colour)) for rows, colour in sets], density
        self._image = QImage()
        self.update()

    @guarded(fallback=QSize(240, 240))
    def sizeHint(self) -> QSize:
        return QSize(240, 240)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        ratio, size = self.devicePixelRatioF(), self.size()
        if self._viewer is not None and self._image.size() != size * ratio:
            self._image = self._viewer.picture(self._sets, (size.width(), size.height()), ratio, self._density)
        painter = QPainter(self)
        painter.drawImage(0, 0, self._image)
        painter.end()


def rgb_of(colour: QColor) -> tuple[int, int, int]:
    """Red, green and blue of a colour, 0 to 255."""
    return colour.red(), colour.green(), colour.blue()
