"""Draws curves: the raw line, a smooth one over it, log axes, zoom, and a crosshair."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyqtgraph
from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QWidget

from studio.desk.curve import Curve, CurveKey, decimate, smooth, thin_out
from studio.gui.guard import guarded
from studio.gui.layout import column
from studio.gui.theme import Colours, Theme
from studio.gui.widgets import SecondaryLabel

__all__ = ["DASHES", "CurvePlot", "Style", "dress_plot", "strip_plot"]

DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
_RAW_ALPHA = 85
# Smooth edges cost several times as much; up to so many points nobody can tell.
_MOST_SMOOTH_EDGES = 6000
_SETTLE_MS = 60
# Nobody trains for so many steps; beyond them numbers overflow on the way to the database.
_FARTHEST, _DECADES = 1e18, 18.0
_WAITING = "Curves appear here with the first steps"
Floats = npt.NDArray[np.float64]


class Style(NamedTuple):
    """How a curve is drawn: its colour and its dash; series of one run differ in both."""

    colour: QColor
    dash: Qt.PenStyle

    def pen(self, width: float, alpha: int = 255, dashed: bool = True) -> QPen:
        """A pen so many pixels wide; one is much the fastest. Dashes on a line that jumps at every pixel are noise."""
        colour = QColor(self.colour)
        colour.setAlpha(alpha)
        pen = QPen(colour, width, self.dash if dashed else Qt.PenStyle.SolidLine)
        # In pixels of the screen, not in units of the axes.
        pen.setCosmetic(True)
        return pen


def strip_plot(plot: Any) -> None:
    """Take pyqtgraph's own buttons and menu from a plot, give it a light grid, and have a drag zoom."""
    plot.hideButtons()
    plot.setMenuEnabled(False)
    plot.showGrid(x=True, y=True, alpha=0.3)
    plot.getViewBox().setMouseMode(pyqtgraph.ViewBox.RectMode)


def dress_plot(view: Any, colours: Colours) -> None:
    """Give a plot the colours of the window."""
    view.setBackground(colours.surface)
    for side in ("left", "bottom"):
        axis = view.getPlotItem().getAxis(side)
        axis.setPen(pyqtgraph.mkPen(colours.border))
        axis.setTextPen(pyqtgraph.mkPen(colours.secondary))
    view.getPlotItem().getAxis("left").setWidth(64)


class _Line:
    """The two items of one curve."""

    def __init__(self, plot: Any) -> None:
        self.raw = pyqtgraph.PlotCurveItem(antialias=False, skipFiniteCheck=False)
        self.smooth = pyqtgraph.PlotCurveItem(antialias=False, skipFiniteCheck=False)
        for item in (self.raw, self.smooth):
            plot.addItem(item, ignoreBounds=True)

    def remove(self, plot: Any) -> None:
        for item in (self.raw, self.smooth):
            plot.removeItem(item)


class CurvePlot(QWidget):
    """The plot of some curves over steps.

    Signals:
        range_wanted: First and last step in view (None for everything) and the columns of pixels they cover.
        pointed: The step under the mouse; NaN where it left.
        clicked: The step that was clicked.
    """

    range_wanted = Signal(object, int)
    pointed = Signal(float)
    clicked = Signal(float)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._curves: dict[CurveKey, Curve] = {}
        self._styles: dict[CurveKey, Style] = {}
        self._lines: dict[CurveKey, _Line] = {}
        self._whole = True
        self._smoothing = 0.0
        self.log_x = False
        self.log_y = False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._on_settled)
        self.view = pyqtgraph.PlotWidget()
        self.view.setAccessibleName("Curves over steps")
        self.plot = self.view.getPlotItem()
        strip_plot(self.plot)
        for side in ("left", "bottom"):
            # Lines at every minor tick take longer to paint than all curves together.
            self.plot.getAxis(side).setStyle(maxTickLevel=0)
            # A loss of 0.4 is read as 0.4, not as 400 (x0.001).
            self.plot.getAxis(side).enableAutoSIPrefix(False)
        self.plot.setLabel("bottom", "step")
        self._box = self.plot.getViewBox()
        self._box.sigRangeChangedManually.connect(self._on_zoomed)
        self._box.sigResized.connect(lambda _: self._settle.start())
        self.crosshair: Any = pyqtgraph.InfiniteLine(angle=90, movable=False)
        self.crosshair.hide()
        self.plot.addItem(self.crosshair, ignoreBounds=True)
        self.view.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.view.scene().sigMouseClicked.connect(self._on_mouse_clicked)
        self._problem = ""
        self._none_chosen = False
        self._waiting = SecondaryLabel(_WAITING, self.view)
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column(self.view, on=self)
        theme.changed.connect(self._dress)
        self._dress()

    @property
    def curves(self) -> dict[CurveKey, Curve]:
        """What is drawn."""
        return self._curves

    def set_label(self, text: str) -> None:
        """Title of the vertical axis, with its unit where it has one."""
        # pyqtgraph reads the label of an axis as markup, and this is the name of a metric.
        self.plot.setLabel("left", html.escape(text))

    def set_problem(self, text: str, none_chosen: bool = False) -> None:
        """Say why nothing is drawn: because it cannot be read, or because nothing was chosen."""
        self._problem, self._none_chosen = text, none_chosen
        self.redraw()

    def set_styles(self, styles: dict[CurveKey, Style]) -> None:
        """Say which curves are drawn and how; others go."""
        self._styles = styles
        for key in list(self._lines):
            if key not in styles:
                self._lines.pop(key).remove(self.plot)
                self._curves.pop(key, None)
        self.redraw()

    def set_curves(self, curves: Sequence[Curve]) -> None:
        """Draw what has been read."""
        for curve in curves:
            if curve.key in self._styles:
                self._curves[curve.key] = curve
        self.redraw()

    def set_smoothing(self, share: float) -> None:
        """Smooth over this share of the curve; 0 for the raw line alone."""
        self._smoothing = share
        self.redraw()

    def set_log(self, x: bool, y: bool) -> None:
        """Make the axes logarithmic."""
        self.log_x, self.log_y = x, y
        self.plot.getAxis("bottom").setLogMode(x)
        self.plot.getAxis("left").setLogMode(y)
        self.show_everything()

    def show_everything(self) -> None:
        """Show every curve whole, from now on."""
        self._whole = True
        self.range_wanted.emit(None, self.columns)
        self.redraw()

    def set_cursor(self, step: float) -> None:
        """Put the crosshair on a step; NaN hides it."""
        self.crosshair.setVisible(bool(np.isfinite(step)))
        if np.isfinite(step):
            self.crosshair.setValue(self._to_axis(step))

    @property
    def columns(self) -> int:
        """Pixels that the steps in view cover."""
        return max(50, int(self._box.width()))

    def steps_in_view(self) -> tuple[float, float]:
        """First and last step in view."""
        if self._whole and self._curves:
            return min(c.first for c in self._curves.values()), max(c.last for c in self._curves.values())
        low, high = (float(np.clip(edge, -_FARTHEST, _FARTHEST)) for edge in self._box.viewRange()[0])
        return (10 ** min(low, _DECADES), 10 ** min(high, _DECADES)) if self.log_x else (low, high)

    def redraw(self) -> None:
        """Draw again from what is in memory; the cost depends on the pixels."""
        drawn = any(len(curve.steps) for curve in self._curves.values())
        self._waiting.setVisible(not drawn or bool(self._problem))
        self._waiting.setText(self._problem or ("Choose a metric" if self._none_chosen else _WAITING))
        self._waiting.resize(self.view.size())
        for side in ("left", "bottom"):
            self.plot.getAxis(side).setStyle(showValues=drawn)
        first, last = self.steps_in_view()
        columns = self.columns
        lowest, highest = [], []
        fine = sum(min(len(curve.steps), 2 * columns) for curve in self._curves.values()) <= _MOST_SMOOTH_EDGES
        width = 1.5 * self.devicePixelRatioF() if fine else 1.0
        for key, style in self._styles.items():
            curve = self._curves.get(key)
            if curve is None or not len(curve.steps):
                continue
            line = self._lines[key] = self._lines.get(key) or _Line(self.plot)
            steps, values = decimate(curve, first, last, columns)
            smoothed = self._smoothing > 0 and len(curve.steps) > 2
            x, y = self._on_axes(steps, values)
            pen = style.pen(width, _RAW_ALPHA, False) if smoothed else style.pen(width, dashed=len(steps) < columns)
            line.raw.setData(x, y, pen=pen, connect="finite", antialias=fine)
            if smoothed:
                x, mean = thin_out(curve.steps, smooth(curve.mean, self._smoothing), columns // 2)
                x, mean = self._on_axes(x, mean)
                line.smooth.setData(x, mean, pen=style.pen(width), connect="finite", antialias=fine)
            line.smooth.setVisible(smoothed)
            finite = y[np.isfinite(y)]
            if len(finite):
                lowest.append(float(finite.min()))
                highest.append(float(finite.max()))
        if self._whole and lowest:
            self._fit(first, last, min(lowest), max(highest))

    def _fit(self, first: float, last: float, low: float, high: float) -> None:
        left, right = self._to_axis(first), self._to_axis(last)
        if right <= left:
            right = left + 1.0
        if high <= low:
            low, high = low - 0.5 * (abs(low) or 1.0), high + 0.5 * (abs(high) or 1.0)
        self._box.setRange(xRange=(left, right), yRange=(low, high), padding=0.03, update=True, disableAutoRange=True)

    def _to_axis(self, step: float) -> float:
        return float(np.log10(max(step, 1.0))) if self.log_x else float(step)

    def _on_axes(self, steps: Floats, values: Floats) -> tuple[Floats, Floats]:
        if self.log_x:
            steps = np.log10(np.maximum(steps, 1.0))
        if self.log_y:
            with np.errstate(invalid="ignore", divide="ignore"):
                values = np.where(values > 0, np.log10(values), np.nan)
        return steps, values

    def _on_zoomed(self, *_: object) -> None:
        self._whole = False
        self._settle.start()
        self.redraw()

    def _on_settled(self) -> None:
        self.range_wanted.emit(None if self._whole else self.steps_in_view(), self.columns)
        self.redraw()

    @guarded
    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.set_cursor(float("nan"))
        self.pointed.emit(float("nan"))

    def _step_at(self, position: QPointF) -> float:
        if not self._box.sceneBoundingRect().contains(position):
            return float("nan")
        x = float(self._box.mapSceneToView(position).x())
        return 10 ** min(x, _DECADES) if self.log_x else x

    def _on_mouse_moved(self, position: QPointF) -> None:
        step = self._step_at(position)
        self.set_cursor(step)
        self.pointed.emit(step)

    def _on_mouse_clicked(self, event: Any) -> None:
        if event.double():
            self.show_everything()
            return
        step = self._step_at(event.scenePos())
        if np.isfinite(step):
            self.clicked.emit(step)

    def _dress(self) -> None:
        dress_plot(self.view, self._theme.colours)
        self.crosshair.setPen(pyqtgraph.mkPen(self._theme.colours.accent))
