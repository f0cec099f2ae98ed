"""Shows rows of a table together: two columns as a scatter plot, a single one as a histogram.

Of wider tables the first two columns of numbers are drawn, or those that are asked for. The axes are those of the
training rows where the table says how its columns are spread, so that pictures of one model compare; rows beyond them
lie outside. Rows of one category are spread a little, so that how many there are shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from studio.core.modality import TableSpec
from studio.core.words import one_line
from studio.gui.item.scatter import scatter

__all__ = ["RowSet", "TableViewer", "usual_columns"]

RowSet = tuple[npt.NDArray[Any], tuple[int, int, int]]

_SIDE = 384
_LEFT, _TOP, _RIGHT, _BOTTOM = 30, 12, 12, 30
# Seen on the light and on the dark ground alike.
_DOT_RGB = (52, 120, 224)
_LINE_RGB = (136, 140, 150)
# What lies over another histogram lets that be seen.
_OVER_ALPHA = 150
_BINS = 48
_MARGIN = 0.05
# Of the room that a category has.
_SPREAD = 0.7
# Multiples of these fill the square evenly (Roberts' R2 sequence), the same in every picture.
_STRIDES = (0.7548776662466927, 0.5698402909980532)


def usual_columns(spec: TableSpec) -> tuple[int, ...]:
    """Places of the columns that are drawn where nobody chose: the first two that are numbers, if there are any."""
    numbers = [place for place, column in enumerate(spec.columns) if not column.is_coded]
    coded = [place for place, column in enumerate(spec.columns) if column.is_coded]
    return tuple(sorted((*numbers, *coded)[:2]))


class TableViewer:
    """The viewer of tables, float32 (K,).

    Args:
        spec: The columns.
        columns: Places of the columns that are drawn, one or two; None for the usual ones.
    """

    refused_noun = "row"
    card_items = 2000
    asks_for_pixels = False
    tile_size = 384
    tile_aspect = 1.0

    def __init__(self, spec: TableSpec, columns: tuple[int, ...] | None = None) -> None:
        self._spec = spec
        self._drawn = columns or usual_columns(spec)

    def overview(self, items: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """Rows (N, K) as a plot with its axes, RGBA on a transparent ground."""
        image = self._plot(items, _SIDE, axes=True).convertToFormat(QImage.Format.Format_RGBA8888)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
        return pixels.copy()

    def card(self, items: npt.NDArray[Any], side: int) -> QImage:
        """Rows (N, K) as a small plot."""
        return self._plot(items, side, axes=False)

    def picture(
        self, sets: Sequence[RowSet], size: tuple[int, int], ratio: float = 1.0, density: QImage | None = None
    ) -> QImage:
        """Rows as a plot with its axes that fills a place.

        Args:
            sets: Rows (N, K) and their colour, each set over those before; one at least.
            size: Width and height of the place.
            ratio: Pixels of the screen for each of the place's.
            density: What lies behind all of them, over all that the axes show.
        """
        return self._paint(sets, size, True, ratio, density)

    def _plot(self, rows: npt.NDArray[Any], side: int, axes: bool) -> QImage:
        return self._paint([(rows, _DOT_RGB)], (side, side), axes, 1.0, None)

    def _paint(
        self, sets: Sequence[RowSet], size: tuple[int, int], axes: bool, ratio: float, density: QImage | None
    ) -> QImage:
        width, height = size
        canvas = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_ARGB32_Premultiplied)
        canvas.setDevicePixelRatio(ratio)
        canvas.fill(Qt.GlobalColor.transparent)
        left, top, right, bottom = (_LEFT, _TOP, _RIGHT, _BOTTOM) if axes else (2, 2, 2, 2)
        room = QRectF(left, top, max(1, width - left - right), max(1, height - top - bottom))
        ends = [self._range(place, sets[0][0]) for place in self._drawn]
        painter = QPainter(canvas)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if density is not None:
                painter.drawImage(room, density)
            if axes:
                self._draw_axes(painter, ends, room)
            for number, (rows, rgb) in enumerate(sets):
                if not len(rows):
                    continue
                if len(self._drawn) > 1:
                    self._draw_points(painter, rows, ends, room, rgb, ratio)
                else:
                    colour = QColor(*rgb, _OVER_ALPHA if number else 255)
                    self._draw_histogram(painter, rows[:, self._drawn[0]], ends[0], room, colour)
        finally:
            # Qt ends the process where the canvas goes before it.
            painter.end()
        return canvas

    def _range(self, place: int, rows: npt.NDArray[Any]) -> tuple[float, float]:
        """Ends of an axis."""
        column = self._spec.columns[place]
        if column.is_coded:
            return -0.5, len(column.categories) - 0.5
        if column.knots:
            return self._spec.shown(place)
        finite = rows[:, place][np.isfinite(rows[:, place])].astype(np.float64)
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
        around = _MARGIN * (high - low) or max(1.0, abs(high)) * _MARGIN
        return low - around, high + around

    def _draw_axes(self, painter: QPainter, ends: list[tuple[float, float]], room: QRectF) -> None:
        font = QFont(painter.font())
        font.setPixelSize(11)
        painter.setFont(font)
        painter.setPen(QPen(QColor(*_LINE_RGB), 1))
        painter.drawRect(room)
        below = QRectF(room.left(), room.bottom() + 3, room.width(), _BOTTOM - 4)
        self._label(painter, below, self._drawn[0], ends[0])
        if len(self._drawn) > 1:
            painter.save()
            painter.translate(0, room.bottom())
            painter.rotate(-90)
            self._label(painter, QRectF(0, 2, room.height(), _LEFT - 6), self._drawn[1], ends[1])
            painter.restore()

    def _label(self, painter: QPainter, room: QRectF, place: int, ends: tuple[float, float]) -> None:
        column, metrics, dots = self._spec.columns[place], painter.fontMetrics(), Qt.TextElideMode.ElideRight
        if column.is_coded:
            low, high = one_line(column.categories[0]), one_line(column.categories[-1])
        elif column.kind == "date":
            low, high = column.words(ends)
        else:
            low, high = (f"{value:.0f}" if 1e3 <= abs(value) < 1e6 else f"{value:.2g}" for value in ends)
        share = int(room.width() * 0.27)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft, metrics.elidedText(low, dots, share))
        painter.drawText(room, Qt.AlignmentFlag.AlignRight, metrics.elidedText(high, dots, share))
        name = metrics.elidedText(one_line(column.name), dots, int(room.width() * 0.42))
        painter.drawText(room, Qt.AlignmentFlag.AlignHCenter, name)

    def _draw_points(
        self,
        painter: QPainter,
        rows: npt.NDArray[Any],
        ends: list[tuple[float, float]],
        room: QRectF,
        rgb: tuple[int, int, int],
        ratio: float,
    ) -> None:
        points = rows[:, self._drawn].astype(np.float64)
        for axis, place in enumerate(self._drawn):
            if self._spec.columns[place].is_coded:
                points[:, axis] += _SPREAD * (np.arange(len(points)) * _STRIDES[axis] % 1.0 - 0.5)
        size = max(1, int(room.width() * ratio)), max(1, int(room.height() * ratio))
        image = scatter(points, ends[0], ends[1], size, rgb)
        painter.drawImage(QRectF(room.left(), room.top(), size[0] / ratio, size[1] / ratio), image)

    @staticmethod
    def _draw_histogram(
        painter: QPainter,
        values: npt.NDArray[Any],
        ends: tuple[float, float],
        room: QRectF,
        colour: QColor,
    ) -> None:
        finite = values[np.isfinite(values)].astype(np.float64)
        counts, _ = np.histogram(finite, _BINS, ends)
        width = room.width() / _BINS
        for number, share in enumerate(counts / max(1, counts.max())):
            height = share * room.height() * 0.95
            painter.fillRect(QRectF(room.left() + number * width, room.bottom() - height, width - 1, height), colour)
