"""Draws models as points with intervals: a measure over a time, and the floor that real items have."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from studio.desk.measures import Reading
from studio.gui.guard import guarded
from studio.gui.layout import column
from studio.gui.theme import Theme
from studio.gui.train.curve_plot import dress_plot, strip_plot
from studio.gui.widgets import SecondaryLabel

__all__ = ["Point", "Scatter", "TimeAxis"]

# Pixels that a number needs, such as 0.0002.
_ROOM = 56


@dataclass(frozen=True)
class Point:
    """A model as a point.

    Attributes:
        name: What stands beside it.
        family: Whose colour it has.
        x: Time in seconds, above 0.
        reading: The measure.
    """

    name: str
    family: str
    x: float
    reading: Reading


class Scatter(QWidget):
    """Points with intervals over a logarithmic axis of time."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._items: list[Any] = []
        self.points: list[Point] = []
        self.view = pyqtgraph.PlotWidget(axisItems={"bottom": TimeAxis()})
        self.plot = self.view.getPlotItem()
        strip_plot(self.plot)
        # Times are told in seconds throughout; a prefix that changes with the range would hide the unit.
        for side in ("left", "bottom"):
            self.plot.getAxis(side).enableAutoSIPrefix(False)
        self._box = self.plot.getViewBox()
        self.view.scene().sigMouseClicked.connect(lambda event: self._fit() if event.double() else None)
        self._nothing = SecondaryLabel("", self.view)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column(self.view, on=self)
        theme.changed.connect(self._dress)
        self._dress()

    def show_points(self, points: Sequence[Point], x_title: str, y_title: str, nothing: str) -> None:
        """Draw these points.

        Args:
            points: The points.
            x_title: What the time is.
            y_title: What the measure is, and in which features.
            nothing: What is said where there is no point.
        """
        self.points = list(points)
        # pyqtgraph reads the label of an axis as markup, and names of measures and features are a stranger's.
        self.plot.setLabel("bottom", html.escape(x_title))
        self.plot.setLabel("left", html.escape(y_title))
        self.view.setAccessibleName(f"{y_title} over {x_title}")
        told = [f"{point.name}: {point.reading.value:.3g} at {point.x:.3g} s" for point in points]
        self.view.setAccessibleDescription("; ".join(told))
        self._nothing.setText(nothing if not points else "")
        self._nothing.setVisible(not points)
        self._nothing.resize(self.view.size())
        self._draw()
        self._fit()

    def floors(self) -> list[tuple[float, float, float]]:
        """The floors of the points with their intervals; the same for all that were judged with as many samples."""
        found = {(point.reading.floor, point.reading.floor_low, point.reading.floor_high) for point in self.points}
        return sorted(found)

    def _add(self, item: Any) -> None:
        self.plot.addItem(item, ignoreBounds=True)
        self._items.append(item)

    def _draw(self) -> None:
        for item in self._items:
            self.plot.removeItem(item)
        self._items.clear()
        colours = self._theme.colours
        for side in ("left", "bottom"):
            self.plot.getAxis(side).setStyle(showValues=bool(self.points))
        for floor, low, high in self.floors():
            ground = QColor(colours.secondary)
            ground.setAlpha(40)
            band = pyqtgraph.LinearRegionItem((low, high), "horizontal", brush=ground, movable=False)
            for line in band.lines:
                line.setPen(pyqtgraph.mkPen(None))
            self._add(band)
            pen = pyqtgraph.mkPen(colours.secondary, width=1.5, style=Qt.PenStyle.DashLine)
            self._add(pyqtgraph.InfiniteLine(floor, angle=0, pen=pen))
        for point in self.points:
            self._draw_point(point)

    def _draw_point(self, point: Point) -> None:
        reading, colour = point.reading, self._theme.family(point.family)
        x = np.array([math.log10(point.x)])
        middle, height = (reading.low + reading.high) / 2, reading.high - reading.low
        pen = pyqtgraph.mkPen(colour, width=2)
        self._add(pyqtgraph.ErrorBarItem(x=x, y=np.array([middle]), height=np.array([height]), beam=0.0, pen=pen))
        self._add(
            pyqtgraph.ScatterPlotItem(
                x=x, y=np.array([reading.value]), size=11, brush=pyqtgraph.mkBrush(colour), pen=pyqtgraph.mkPen(None)
            )
        )
        # setText, not html: a title is foreign text.
        text = pyqtgraph.TextItem(color=self._theme.colours.text, anchor=(-0.04, 0.5))
        text.setPlainText(point.name)
        text.setPos(float(x[0]), reading.value)
        self._add(text)

    def _fit(self) -> None:
        """Bring everything into view, the floor too, with room for the names at the right."""
        if not self.points:
            return
        x = [math.log10(point.x) for point in self.points]
        readings = [point.reading for point in self.points]
        y = [edge for one in readings for edge in (one.low, one.value, one.high, one.floor, one.floor_low)]
        left, right, low, high = min(x), max(x), min(y), max(y)
        wide = max(right - left, 0.5)
        tall = (high - low) or abs(high) or 1.0
        self._box.setRange(
            xRange=(left - 0.1 * wide, right + 0.45 * wide),
            yRange=(low - 0.06 * tall, high + 0.1 * tall),
            padding=0.0,
            disableAutoRange=True,
        )

    def _dress(self) -> None:
        dress_plot(self.view, self._theme.colours)
        self._draw()


class TimeAxis(pyqtgraph.AxisItem):
    """Lines at 1 to 9 of each power of ten, and numbers at as many of 1, 2 and 5 as there is room for."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self._numbered: tuple[int, ...] = (1,)
        self._every = 1
        self.setLogMode(True)

    @guarded(fallback=[])
    def logTickValues(
        self, minVal: float, maxVal: float, size: float, stdTicks: object
    ) -> list[tuple[float | None, list[float]]]:
        powers = range(math.floor(minVal), math.ceil(maxVal) + 1)
        decade = size / max(maxVal - minVal, 1e-9)
        # The narrowest gap between 1, 2, 5 and 10 is log10(2), that between 1, 3 and 10 is log10(3).
        if decade * math.log10(2.0) >= _ROOM:
            self._numbered = (1, 2, 5)
        elif decade * math.log10(3.0) >= _ROOM:
            self._numbered = (1, 3)
        else:
            self._numbered = (1,)
        self._every = max(1, math.ceil(_ROOM / max(decade, 1e-9)))

        def within(steps: range) -> list[float]:
            found = [power + math.log10(step) for power in powers for step in steps]
            return [value for value in found if minVal <= value <= maxVal]

        return [(1.0, within(range(1, 2))), (None, within(range(2, 10)))]

    @guarded(fallback=[])
    def logTickStrings(self, values: list[float], scale: float, spacing: float | None) -> list[str]:
        return [self._name(value) for value in values]

    def _name(self, value: float) -> str:
        power = math.floor(value + 1e-6)
        step = round(10 ** (value - power))
        return f"{step * 10.0**power:g}" if step in self._numbered and power % self._every == 0 else ""
