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
from studio.gui.item.picture import to_image

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
            low, high = self._spec.columns[column].span
        else:
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
        (x0, x1), (y0, y1) = (self._range(column, rows) for column in (0, 1))
        rows = rows[np.isfinite(rows[:, :2]).all(1), :2].astype(np.float64)
        width, height = int(room.width()), int(room.height())
        x = (rows[:, 0] - x0) / (x1 - x0) * width
        y = (y1 - rows[:, 1]) / (y1 - y0) * height
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        places = y[inside].astype(np.int64) * width + x[inside].astype(np.int64)
        counts = np.bincount(places, minlength=width * height).reshape(height, width)
        painter.drawImage(room.topLeft(), _dots(counts, len(rows)))

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


def _dots(counts: npt.NDArray[np.int64], total: int) -> QImage:
    """A dot for each point, the fainter the more there are, so that the density shows.

    Args:
        counts: Number of points in each pixel, (H, W).
        total: Number of points.
    """
    radius = 2 if total < 1000 else 1
    reach = range(-radius, radius + 1)
    padded = np.pad(counts, radius)
    height, width = counts.shape
    covered = np.zeros(counts.shape)
    for down, right in ((down, right) for down in reach for right in reach if down**2 + right**2 <= radius**2 + 1):
        covered += padded[radius + down : radius + down + height, radius + right : radius + right + width]
    alpha = float(np.clip(40.0 / max(1.0, np.sqrt(total)), 0.12, 0.9))
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[..., :3] = _DOT_RGB
    pixels[..., 3] = np.rint(255.0 * (1.0 - (1.0 - alpha) ** covered))
    return to_image(pixels)
