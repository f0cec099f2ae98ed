"""Shows rows of a table together: two columns as a scatter plot, a single one as a histogram.

Of wider tables the first two columns are drawn. The axes are those of the training rows where the table says how its
columns are spread, so that pictures of one model compare; rows beyond them lie outside.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from studio.core.modality import TableSpec
from studio.core.words import one_line
from studio.gui.item.scatter import scatter

__all__ = ["TableViewer"]

_SIDE = 384
_LEFT, _TOP, _RIGHT, _BOTTOM = 30, 12, 12, 30
# Seen on the light and on the dark ground alike.
_DOT_RGB = (52, 120, 224)
_LINE_RGB = (136, 140, 150)
_BINS = 48
_MARGIN = 0.05


class TableViewer:
    """The viewer of tables, float32 (K,).

    Args:
        spec: The columns.
    """

    refused_noun = "row"
    card_items = 2000
    asks_for_pixels = False

    def __init__(self, spec: TableSpec) -> None:
        self._spec = spec

    def overview(self, items: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """Rows (N, K) as a plot with its axes, RGBA on a transparent ground."""
        image = self._plot(items, _SIDE, axes=True).convertToFormat(QImage.Format.Format_RGBA8888)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
        return pixels.copy()

    def card(self, items: npt.NDArray[Any], side: int) -> QImage:
        """Rows (N, K) as a small plot."""
        return self._plot(items, side, axes=False)

    def _plot(self, rows: npt.NDArray[Any], side: int, axes: bool) -> QImage:
        canvas = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
        canvas.fill(Qt.GlobalColor.transparent)
        left, top, right, bottom = (_LEFT, _TOP, _RIGHT, _BOTTOM) if axes else (2, 2, 2, 2)
        room = QRectF(left, top, side - left - right, side - top - bottom)
        painter = QPainter(canvas)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if axes:
                self._draw_axes(painter, rows, room)
            if len(self._spec.columns) > 1:
                self._draw_points(painter, rows, room)
            else:
                self._draw_histogram(painter, rows[:, 0], room)
        finally:
            # Qt ends the process where the canvas goes before it.
            painter.end()
        return canvas

    def _range(self, column: int, rows: npt.NDArray[Any]) -> tuple[float, float]:
        """Ends of an axis."""
        if self._spec.columns[column].knots or self._spec.columns[column].is_coded:
            return self._spec.shown(column)
        finite = rows[:, column][np.isfinite(rows[:, column])].astype(np.float64)
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
        around = _MARGIN * (high - low) or max(1.0, abs(high)) * _MARGIN
        return low - around, high + around

    def _draw_axes(self, painter: QPainter, rows: npt.NDArray[Any], room: QRectF) -> None:
        font = QFont(painter.font())
        font.setPixelSize(11)
        painter.setFont(font)
        painter.setPen(QPen(QColor(*_LINE_RGB), 1))
        painter.drawRect(room)
        names = [one_line(name) for name in self._spec.names[:2]]
        below = QRectF(room.left(), room.bottom() + 3, room.width(), _BOTTOM - 4)
        self._label(painter, below, names[0], self._range(0, rows))
        if len(names) > 1:
            painter.save()
            painter.translate(0, room.bottom())
            painter.rotate(-90)
            self._label(painter, QRectF(0, 2, room.height(), _LEFT - 6), names[1], self._range(1, rows))
            painter.restore()

    @staticmethod
    def _label(painter: QPainter, room: QRectF, name: str, ends: tuple[float, float]) -> None:
        low, high = (f"{value:.3g}" for value in ends)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft, low)
        painter.drawText(room, Qt.AlignmentFlag.AlignRight, high)
        words = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(room.width() * 0.5))
        painter.drawText(room, Qt.AlignmentFlag.AlignHCenter, words)

    def _draw_points(self, painter: QPainter, rows: npt.NDArray[Any], room: QRectF) -> None:
        size = int(room.width()), int(room.height())
        painter.drawImage(room.topLeft(), scatter(rows, self._range(0, rows), self._range(1, rows), size, _DOT_RGB))

    def _draw_histogram(self, painter: QPainter, values: npt.NDArray[Any], room: QRectF) -> None:
        low, high = self._range(0, values[:, None])
        finite = values[np.isfinite(values)].astype(np.float64)
        counts, _ = np.histogram(finite, _BINS, (low, high))
        width = room.width() / _BINS
        for number, share in enumerate(counts / max(1, counts.max())):
            height = share * room.height() * 0.95
            painter.fillRect(
                QRectF(room.left() + number * width, room.bottom() - height, width - 1, height), QColor(*_DOT_RGB)
            )
