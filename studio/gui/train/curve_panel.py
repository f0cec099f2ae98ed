"""The curves of the runs in view, with what can be chosen about them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QPoint, QRect, QSize, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QMenu, QWidget

from studio.desk.curve import Curve, CurveKey
from studio.desk.curve_reader import CurveReader, MetricNames
from studio.desk.run_reading import write_csv
from studio.desk.snapshot import RunRow
from studio.gui.dialog import ask_where_to_save
from studio.gui.layout import FlowLayout, boxed, column
from studio.gui.page import PageContext
from studio.gui.train.curve_legend import CurveLegend
from studio.gui.train.curve_plot import DASHES, CurvePlot, Style
from studio.gui.widgets import Button, Card, IconButton, SecondaryLabel, Slider
from studio.store.atomic import write_bytes

__all__ = ["CurvePanel", "as_png", "as_svg"]

# Okabe and Ito 2008, safe for colour-blind eyes, and readable on light and dark.
_SERIES = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#8a8f99", "#b8a800", "#0072b2")


def _losses(names: Sequence[list[str]]) -> list[str]:
    known = sorted({name for each in names for name in each})
    return [name for name in ("loss", "validation.loss") if name in known] or known[:1]


def _in_turn(runs: Sequence[RunRow], run: int, metric: int) -> Style:
    place = run if len(runs) > 1 else metric
    return Style(QColor(_SERIES[place % len(_SERIES)]), DASHES[metric % len(DASHES)])


class CurvePanel(Card):
    """Curves, legend, crosshair, smoothing, log axes, zoom, and files for other programs.

    Args:
        preferred: Chooses the metrics in view until the person does, from the names that each run has; None for the
            losses.
        style: Colour and dash of a curve from the runs in view, the run's place and the metric's; None for colours in
            turn.

    Signals:
        step_clicked: The step that was clicked.
    """

    step_clicked = Signal(float)

    def __init__(
        self,
        context: PageContext,
        parent: QWidget | None = None,
        preferred: Callable[[Sequence[list[str]]], list[str]] | None = None,
        style: Callable[[Sequence[RunRow], int, int], Style] | None = None,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._preferred = preferred or _losses
        self._style = style or _in_turn
        self._runs: tuple[RunRow, ...] = ()
        self._names: dict[Path, list[str]] = {}
        self._chosen: list[str] | None = None
        self._hidden: set[CurveKey] = set()
        self._pointed = math.nan
        self._problem = ""
        told = context.bridge.worker(self).receiver
        self.reader = CurveReader(told(self._on_curves_read), told(self._on_names_read), told(self._on_problem))
        self.plot = CurvePlot(context.theme)
        self.plot.range_wanted.connect(self.reader.look_at)
        self.plot.pointed.connect(self._on_pointed)
        self.plot.clicked.connect(self.step_clicked)
        self.legend = CurveLegend()
        self.legend.toggled.connect(self._on_toggled)
        self.metrics_button = Button("Metrics")
        self.metrics_button.clicked.connect(self._on_metrics_clicked)
        self.smoothing = Slider("Smoothing", 0, 100)
        self.smoothing.setFixedWidth(110)
        self.smoothing.setToolTip("Smoothing: a mean over neighbours on both sides; the raw line stays behind it")
        self.smoothing.valueChanged.connect(self._on_smoothing_changed)
        self.log_x, self.log_y = Button("Log x"), Button("Log y")
        for button in (self.log_x, self.log_y):
            button.setCheckable(True)
            button.toggled.connect(lambda _: self.plot.set_log(self.log_x.isChecked(), self.log_y.isChecked()))
        self.fit = IconButton("fit", "Show everything (double click does the same)")
        self.fit.clicked.connect(self.plot.show_everything)
        self.export_button = IconButton("save", "Save the curves")
        self.export_button.clicked.connect(self._on_export_clicked)
        tools = QWidget()
        bar = FlowLayout(tools, 8)
        smoothing = (SecondaryLabel("Smoothing", whole=True), self.smoothing)
        for widget in (self.metrics_button, *smoothing, self.log_x, self.log_y, self.fit, self.export_button):
            bar.addWidget(widget)
        # Legend and plot together are what is saved as a picture.
        self.picture = boxed(column(self.legend, (self.plot, 1), spacing=4))
        column(tools, (self.picture, 1), on=self, spacing=4, margins=(12, 8, 12, 8))

    def show_runs(self, runs: Sequence[RunRow]) -> None:
        """Show the curves of these runs."""
        before = [row.folder for row in self._runs]
        self._runs = tuple(runs)
        if [row.folder for row in runs] != before:
            self._hidden.clear()
            self.restyle()
            self.plot.show_everything()

    @property
    def chosen(self) -> list[str]:
        """Metrics in view: those that were ticked, else the losses."""
        if self._chosen is not None:
            return self._chosen
        return self._preferred([self._names.get(row.folder, []) for row in self._runs])

    def known_metrics(self) -> list[str]:
        """Metrics that any run in view has."""
        names = {name for row in self._runs for name in self._names.get(row.folder, [])}
        return sorted(names, key=lambda name: (name.startswith("validation."), name))

    def choose(self, names: Sequence[str] | None) -> None:
        """Show these metrics; None for the losses."""
        self._chosen = None if names is None else list(names)
        self.restyle()
        self.plot.show_everything()

    def keys(self) -> list[tuple[str, CurveKey]]:
        """What is in view: the name of the run, and the curve."""
        return [
            (row.name, CurveKey(row.folder, metric))
            for row in self._runs
            for metric in self.chosen
            if metric in self._names.get(row.folder, [])
        ]

    def closing(self) -> None:
        """End the reading."""
        self.reader.close()

    def restyle(self) -> None:
        """Choose colours and dashes, and ask for the curves."""
        styles: dict[CurveKey, Style] = {}
        several = len(self._runs) > 1
        folders = [row.folder for row in self._runs]
        for _, key in self.keys():
            styles[key] = self._style(self._runs, folders.index(key.run), self.chosen.index(key.metric))
        titles = {key: f"{name}: {key.metric}" if several else key.metric for name, key in self.keys()}
        self.legend.set_entries([(key, titles[key], style) for key, style in styles.items()], self._hidden)
        self.plot.set_styles({key: style for key, style in styles.items() if key not in self._hidden})
        self.plot.set_label(self.chosen[0] if len(self.chosen) == 1 else "value")
        self.plot.set_problem(self._problem, bool(self.known_metrics()) and not self.chosen)
        self.reader.watch(folders, [key for key in styles if key not in self._hidden])

    def _on_problem(self, text: str) -> None:
        self._problem = text
        self.plot.set_problem(text, not self.chosen)

    def _on_names_read(self, found: MetricNames) -> None:
        self._names[found.run] = found.names
        self.restyle()

    def _on_curves_read(self, curves: list[Curve]) -> None:
        self.plot.set_curves(curves)
        self._show_values()

    def _on_pointed(self, step: float) -> None:
        self._pointed = step
        self._show_values()

    def _show_values(self) -> None:
        curves, step = self.plot.curves, self._pointed
        if math.isfinite(step):
            exact = all(curve.exact for curve in curves.values())
            place = f"step {step:,.0f}" if exact else f"mean around step {step:,.0f}"
            self.legend.set_values({key: curve.at(step) for key, curve in curves.items()}, place)
        else:
            self.legend.set_values({key: curve.newest for key, curve in curves.items()})

    def _on_toggled(self, key: CurveKey, shown: bool) -> None:
        self._hidden = self._hidden - {key} if shown else self._hidden | {key}
        self.restyle()
        self.reader.read_now()

    def _on_smoothing_changed(self, value: int) -> None:
        # The slider's ends are where fine control is wanted least.
        self.plot.set_smoothing(0.2 * (value / 100) ** 2)

    def _on_metrics_clicked(self) -> None:
        menu = QMenu(self)
        for name in self.known_metrics():
            action = menu.addAction(name.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(name in self.chosen)
            action.toggled.connect(lambda shown, name=name: self._on_metric_toggled(name, shown))
        menu.addSeparator()
        menu.addAction("Losses only" if self._preferred is _losses else "As at first").triggered.connect(
            lambda: self.choose(None)
        )
        menu.popup(self.metrics_button.mapToGlobal(QPoint(0, self.metrics_button.height())))

    def _on_metric_toggled(self, name: str, shown: bool) -> None:
        now = [*self.chosen, name] if shown else [other for other in self.chosen if other != name]
        self.choose([known for known in self.known_metrics() if known in now])

    def _on_export_clicked(self) -> None:
        menu = QMenu(self)
        for title, ending in (("Values as CSV", ".csv"), ("Picture as PNG", ".png"), ("Picture as SVG", ".svg")):
            menu.addAction(title).triggered.connect(lambda _=False, ending=ending: self._on_save_as(ending))
        menu.popup(self.export_button.mapToGlobal(QPoint(0, self.export_button.height())))

    def _on_save_as(self, ending: str) -> None:
        ask_where_to_save(self, "Save the curves", f"curves{ending}", "", self.save)

    def save(self, path: Path) -> None:
        """Write the curves in view into a file; its ending says how."""
        keys, ending = self.keys(), path.suffix.lower()
        done = f"Saved the curves as {path.name}."
        if ending == ".csv":
            done = f"Saved every value of {len(keys)} curves as {path.name}."
            write: Callable[[], None] = partial(write_csv, path, keys)
        elif ending in (".png", ".svg"):
            # Only the window's thread can paint; the disk may be slow.
            data = as_svg(self.picture, "Curves") if ending == ".svg" else as_png(self.picture)
            write = partial(write_bytes, path, data)
        else:
            self._context.toasts.say(f"Curves are saved as .csv, .png or .svg, not as '{path.name}'.", kind="bad")
            return
        self._context.bridge.run(self, write, lambda _: self._context.toasts.say(done))


def as_png(widget: QWidget) -> bytes:
    """What a widget shows, as the bytes of a PNG."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    widget.grab().save(buffer, "PNG")
    return bytes(data.data())


def as_svg(widget: QWidget, title: str) -> bytes:
    """What a widget shows, as the bytes of an SVG."""
    data = QByteArray()
    buffer = QBuffer(data)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(widget.width(), widget.height()))
    generator.setViewBox(QRect(0, 0, widget.width(), widget.height()))
    generator.setTitle(title)
    painter = QPainter(generator)
    widget.render(painter, QPoint())
    painter.end()
    return bytes(data.data())
