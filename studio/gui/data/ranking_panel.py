"""Shows how likely a model holds the items of a data set, and excludes those below a threshold."""

from __future__ import annotations

from typing import Any

import pyqtgraph
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from studio.core.words import number_of
from studio.desk.likelihood_spread import HELD_OUT, SHOWN, TRAIN, LikelihoodSpread
from studio.gui.action import Action, button_of
from studio.gui.layout import Stretch, column, row
from studio.gui.theme import Theme
from studio.gui.train.curve_plot import dress_plot, strip_plot
from studio.gui.widgets import SecondaryLabel, SpinBox

__all__ = ["RankingPanel"]

_HEIGHT = 130
_FIRST_SHARE = 0.01


class RankingPanel(QWidget):
    """A histogram of log p with a threshold that can be dragged, or set by a click or a number of items.

    Signals:
        exclude_wanted: Numbers of the items to exclude.
    """

    exclude_wanted = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._spread: LikelihoodSpread | None = None
        self._key: object = None
        # What is asked for; the line stays within the plot.
        self.threshold = 0.0
        self._items: list[Any] = []
        self._noun = "item"
        self.view = pyqtgraph.PlotWidget()
        self.view.setFixedHeight(_HEIGHT)
        self.view.setAccessibleName("Histogram of log p")
        self.plot = self.view.getPlotItem()
        strip_plot(self.plot)
        self.plot.getViewBox().setMouseEnabled(False, False)
        for side in ("left", "bottom"):
            self.plot.getAxis(side).enableAutoSIPrefix(False)
        self.plot.setLabel("bottom", "log p in nats")
        self.plot.setLabel("left", "% of items")
        self.legend = self.plot.addLegend(offset=(8, 4))
        self.line = pyqtgraph.InfiniteLine(0.0, angle=90, movable=True)
        self.line.sigPositionChanged.connect(lambda line: self._set_threshold(float(line.value())))
        self.view.scene().sigMouseClicked.connect(self._on_clicked)
        self.count_box = SpinBox("How many of the least likely")
        self.count_box.valueChanged.connect(self._on_counted)
        self.label = SecondaryLabel()
        exclude = "Exclude the least likely items"
        self.exclude = Action(self, "data.exclude-least", exclude, self._on_exclude, short="Exclude them")
        words = SecondaryLabel("Least likely", whole=True)
        controls = row(words, self.count_box, (self.label, 1), Stretch(0), button_of(self.exclude))
        column(self.view, controls, on=self)
        theme.changed.connect(self._draw)
        self.hide()

    def show_spread(self, spread: LikelihoodSpread | None, key: object = None, noun: str = "item") -> None:
        """Show how likely items are.

        Args:
            spread: Of which items; None hides the panel.
            key: What they were ranked by; the threshold stays while that does.
            noun: What one item is called.
        """
        fresh = key is not self._key
        self._spread, self._key, self._noun = spread, key, noun
        self.setVisible(spread is not None)
        self.exclude.set_ready(False)
        if spread is None:
            return
        self._draw()
        with QSignalBlocker(self.count_box):
            self.count_box.setRange(0, len(spread.shown))
        if fresh:
            count = max(1, round(_FIRST_SHARE * len(spread.shown)))
            self._set_threshold(spread.threshold(count))
        else:
            self._set_threshold(self.threshold)

    def _colour(self, group: str) -> QColor:
        colours = self._theme.colours
        return QColor({TRAIN: colours.accent, HELD_OUT: colours.warning}.get(group, colours.text))

    def _draw(self) -> None:
        dress_plot(self.view, self._theme.colours)
        for item in self._items:
            self.plot.removeItem(item)
        self._items.clear()
        self.legend.clear()
        self.legend.setLabelTextColor(self._theme.colours.text)
        histogram = self._spread.histogram if self._spread is not None else None
        if histogram is None:
            return
        for group, shares in histogram.shares.items():
            colour = self._colour(group)
            ground = QColor(colour)
            ground.setAlpha(50 if group == TRAIN else 0)
            dash = Qt.PenStyle.DashLine if group == SHOWN else Qt.PenStyle.SolidLine
            curve = pyqtgraph.PlotDataItem(
                histogram.edges,
                shares,
                stepMode="center",
                fillLevel=0.0,
                brush=pyqtgraph.mkBrush(ground),
                pen=pyqtgraph.mkPen(colour, width=1.5, style=dash),
                name=group,
            )
            self._items.append(curve)
            self.plot.addItem(curve)
        pen = pyqtgraph.mkPen(self._theme.colours.bad, width=2)
        self.line.setPen(pen)
        self.line.setHoverPen(pyqtgraph.mkPen(self._theme.colours.bad, width=4))
        self._items.append(self.line)
        self.plot.addItem(self.line, ignoreBounds=True)
        edges, most = histogram.edges, max(float(shares.max()) for shares in histogram.shares.values())
        around = 0.02 * (edges[-1] - edges[0])
        self.line.setBounds((edges[0] - around, edges[-1] + around))
        self.plot.getViewBox().setRange(
            xRange=(edges[0] - around, edges[-1] + around), yRange=(0.0, 1.05 * most), padding=0.0
        )

    def _set_threshold(self, threshold: float) -> None:
        spread = self._spread
        if spread is None:
            return
        self.threshold = threshold
        count = spread.count_below(threshold)
        with QSignalBlocker(self.line), QSignalBlocker(self.count_box):
            self.line.setValue(threshold)
            self.count_box.setValue(count)
        lie = "lies" if count == 1 else "lie"
        of = f"{number_of(count, self._noun)} of {len(spread.shown):,} {lie}"
        self.label.setText(f"{of} below log p = {threshold:.5g} nats")
        self.exclude.set_ready(count > 0)

    def _on_counted(self, count: int) -> None:
        if self._spread is not None:
            self._set_threshold(self._spread.threshold(count))

    def _on_clicked(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._set_threshold(float(self.plot.getViewBox().mapSceneToView(event.scenePos()).x()))

    def _on_exclude(self) -> None:
        if self._spread is not None:
            self.exclude_wanted.emit(self._spread.below(self.threshold))
