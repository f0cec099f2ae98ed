"""Draws the histogram of log p, with a threshold that is dragged or set by a click."""

from __future__ import annotations

from typing import Any

import pyqtgraph
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from studio.desk.likelihood_spread import HELD_OUT, SHOWN, TRAIN, Histogram
from studio.gui.layout import column
from studio.gui.theme import Theme
from studio.gui.train.curve_plot import dress_plot, strip_plot

__all__ = ["RankingPlot"]

_HEIGHT = 130
_GROUND = 50  # of 255
_AROUND = 0.02


class RankingPlot(QWidget):
    """The plot.

    Signals:
        threshold_set: The threshold in nats that the person has set.
    """

    threshold_set = Signal(float)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._histogram: Histogram | None = None
        self.curves: list[Any] = []
        self.view = pyqtgraph.PlotWidget()
        self.view.setFixedHeight(_HEIGHT)
        self.view.setAccessibleName("Histogram of log p")
        self._plot = self.view.getPlotItem()
        strip_plot(self._plot)
        self._plot.getViewBox().setMouseEnabled(False, False)
        for side in ("left", "bottom"):
            self._plot.getAxis(side).enableAutoSIPrefix(False)
        self._plot.setLabel("bottom", "log p in nats")
        self._plot.setLabel("left", "% of items")
        self._legend = self._plot.addLegend(offset=(8, 4))
        self.line = pyqtgraph.InfiniteLine(0.0, angle=90, movable=True)
        self.line.sigPositionChanged.connect(lambda line: self.threshold_set.emit(float(line.value())))
        self.view.scene().sigMouseClicked.connect(self._on_clicked)
        column(self.view, on=self)
        theme.changed.connect(self._draw)

    def show_histogram(self, histogram: Histogram | None) -> None:
        """Draw a histogram; None for an empty plot."""
        self._histogram = histogram
        self._draw()

    def show_threshold(self, threshold: float) -> None:
        """Put the line at a threshold, at the edge of the plot where it lies beyond."""
        with QSignalBlocker(self.line):
            self.line.setValue(threshold)

    def _draw(self) -> None:
        colours = self._theme.colours
        dress_plot(self.view, colours)
        for curve in self.curves:
            self._plot.removeItem(curve)
        self.curves.clear()
        self._plot.removeItem(self.line)
        self._legend.clear()
        self._legend.setLabelTextColor(colours.text)
        if self._histogram is None:
            return
        for group, shares in self._histogram.shares.items():
            colour = QColor({TRAIN: colours.accent, HELD_OUT: colours.warning}.get(group, colours.text))
            ground = QColor(colour)
            ground.setAlpha(_GROUND if group == TRAIN else 0)
            dash = Qt.PenStyle.DashLine if group == SHOWN else Qt.PenStyle.SolidLine
            curve = pyqtgraph.PlotDataItem(
                self._histogram.edges,
                shares,
                stepMode="center",
                fillLevel=0.0,
                brush=pyqtgraph.mkBrush(ground),
                pen=pyqtgraph.mkPen(colour, width=1.5, style=dash),
                name=group,
            )
            self.curves.append(curve)
            self._plot.addItem(curve)
        self.line.setPen(pyqtgraph.mkPen(colours.bad, width=2))
        self.line.setHoverPen(pyqtgraph.mkPen(colours.bad, width=4))
        self._plot.addItem(self.line, ignoreBounds=True)
        edges, most = self._histogram.edges, max(float(shares.max()) for shares in self._histogram.shares.values())
        around = _AROUND * (edges[-1] - edges[0])
        span = (edges[0] - around, edges[-1] + around)
        with QSignalBlocker(self.line):
            self.line.setBounds(span)
        self._plot.getViewBox().setRange(xRange=span, yRange=(0.0, 1.05 * most), padding=0.0)

    def _on_clicked(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.threshold_set.emit(float(self._plot.getViewBox().mapSceneToView(event.scenePos()).x()))
