"""The square of the plane that the Play page shows, on the canvas and on every panel alike."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from studio.desk.play.drawing import HALF_SIDE
from studio.gui.item.scatter import scatter

__all__ = ["Ground", "dot_of", "paint_dots", "paint_lines", "part_of", "square_of", "to_pixels", "to_plane"]

_ENDS = (-HALF_SIDE, HALF_SIDE)
_FAR = 20.0 * HALF_SIDE


def square_of(widget: QWidget) -> QRectF:
    """The largest square in the middle of a widget."""
    side = float(max(1, min(widget.width(), widget.height())))
    return QRectF((widget.width() - side) / 2, (widget.height() - side) / 2, side, side)


def to_plane(point: QPointF, square: QRectF) -> tuple[float, float]:
    """Where a place on the screen lies in the plane."""
    x = (point.x() - square.left()) / square.width()
    y = (point.y() - square.top()) / square.height()
    return (2.0 * x - 1.0) * HALF_SIDE, (1.0 - 2.0 * y) * HALF_SIDE


def to_pixels(rows: npt.NDArray[Any], square: QRectF) -> npt.NDArray[np.float64]:
    """Where points of the plane, (N, 2), lie on the screen, (N, 2)."""
    shares = np.asarray(rows, np.float64) / (2.0 * HALF_SIDE) * (1.0, -1.0) + 0.5
    return shares * square.width() + (square.left(), square.top())


def dot_of(colour: QColor, width: float, ratio: float) -> QPixmap:
    """A dot of so many pixels, to be stamped: five times as fast as to paint each anew."""
    side = math.ceil(width) + 2
    dot = QPixmap(round(side * ratio), round(side * ratio))
    dot.setDevicePixelRatio(ratio)
    dot.fill(Qt.GlobalColor.transparent)
    with QPainter(dot) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(side / 2, side / 2), width / 2, width / 2)
    return dot


def paint_dots(painter: QPainter, rows: npt.NDArray[Any], square: QRectF, dot: QPixmap) -> None:
    """Stamp a dot at points of the plane, (N, 2); those outside the square are left out."""
    rows = rows[(np.abs(rows) < HALF_SIDE).all(1)]
    half = dot.deviceIndependentSize().width() / 2
    for x, y in to_pixels(rows, square).tolist():
        painter.drawPixmap(QPointF(x - half, y - half), dot)


def paint_lines(painter: QPainter, lines: npt.NDArray[Any], square: QRectF, colour: QColor) -> None:
    """Paint lines through points of the plane, (lines, points, 2)."""
    painter.setPen(QPen(colour, 1.0))
    for line in lines:
        # What lies far out has no place among the numbers that are painted with.
        places = to_pixels(np.clip(np.nan_to_num(line), -_FAR, _FAR), square).tolist()
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in places]))


def part_of(square: QRectF, across: tuple[float, float], along: tuple[float, float]) -> QRectF:
    """Where a part of the plane lies on the screen.

    Args:
        square: Where what the page shows of it lies.
        across: Left and right end.
        along: Lower and upper end.
    """
    corners = to_pixels(np.array([[across[0], along[1]], [across[1], along[0]]]), square).tolist()
    return QRectF(QPointF(*corners[0]), QPointF(*corners[1]))


class Ground:
    """The points of the person, painted anew only when they, their colour or their room change."""

    def __init__(self) -> None:
        self._rows: npt.NDArray[np.float32] = np.empty((0, 2), np.float32)
        self._key: tuple[object, ...] = ()
        self._image = QPixmap()

    @property
    def rows(self) -> npt.NDArray[np.float32]:
        """The points, (N, 2)."""
        return self._rows

    def set_rows(self, rows: npt.NDArray[np.float32]) -> None:
        """Show these."""
        self._rows, self._key = rows, ()

    def paint(self, painter: QPainter, square: QRectF, ratio: float, colour: QColor) -> None:
        """Paint them.

        Args:
            painter: Paints them.
            square: Their room.
            ratio: Pixels of the screen for each of the painter's.
            colour: Their colour.
        """
        side = max(1, round(square.width() * ratio))
        key = (side, colour.rgb())
        if key != self._key:
            rgb = (colour.red(), colour.green(), colour.blue())
            drawn = scatter(self._rows, _ENDS, _ENDS, (side, side), rgb)
            self._image, self._key = QPixmap.fromImage(drawn), key
            self._image.setDevicePixelRatio(ratio)
        painter.drawPixmap(square.topLeft(), self._image)
