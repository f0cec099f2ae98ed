"""Plots two columns of the rows that are shown, or one as a histogram; selected rows are marked."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QSignalBlocker, QSize, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.core.modality import Column, TableSpec
from studio.core.words import one_line
from studio.desk.density import DensityMap
from studio.desk.row_sheet import RowChoice
from studio.gui.bridge import Bridge
from studio.gui.guard import guarded
from studio.gui.item.density import density_picture
from studio.gui.item.rows_picture import rgb_of
from studio.gui.item.table import RowSet, TableViewer
from studio.gui.layout import column, row
from studio.gui.widgets import ComboBox

__all__ = ["RowPlot"]

_MOST_DOTS = 20_000
_MOST_MARKED = 10_000
_LONGEST = 60
_SETTLE_MS = 30
_MARK_RGB = (230, 126, 34)
_COUNT = "How many"  # instead of a second column


class _Canvas(QWidget):
    """Shows a picture that others paint for its size.

    Signals:
        outdated: Its size or its colours changed.
    """

    outdated = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()
        self.setMinimumSize(160, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @guarded(fallback=QSize(320, 260))
    def sizeHint(self) -> QSize:
        return QSize(320, 260)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.drawImage(0, 0, self.image)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        self.outdated.emit()

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.outdated.emit()


class RowPlot(QWidget):
    """A plot and which columns it shows.

    Args:
        bridge: Where it is painted.
    """

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._choice: RowChoice | None = None
        self._offered: tuple[int, ...] = ()  # places of the columns, in the order of the boxes
        self._marked = np.empty(0, np.int64)
        self._ground: npt.NDArray[np.float32] | None = None
        self._density: tuple[DensityMap, tuple[int, int, int]] | None = None
        self._wanted = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLE_MS)
        self._timer.timeout.connect(self._paint)
        self.across_box, self.along_box = ComboBox("Column across"), ComboBox("Column upwards")
        self.canvas = _Canvas()
        self.canvas.setAccessibleName("Plot of two columns")
        column((self.canvas, 1), row((self.across_box, 1), (self.along_box, 1)), on=self)
        for box in (self.across_box, self.along_box):
            box.currentIndexChanged.connect(self._timer.start)
        self.canvas.outdated.connect(self._timer.start)

    def show_choice(self, choice: RowChoice | None) -> None:
        """Plot other rows; the columns stay where they are there."""
        before, self._choice = self._choice, choice
        self._marked = np.empty(0, np.int64)
        if choice is None:
            self.canvas.image = QImage()
            self.canvas.update()
        elif before is None or before.sheet.columns != choice.sheet.columns:
            self._fill(choice, None if before is None else self.columns())
        self._timer.start()

    def set_ground(self, rows: npt.NDArray[np.float32] | None) -> None:
        """Plot other rows of the same table behind them, (N, K); None for none."""
        self._ground = rows
        self._timer.start()

    def set_density(self, found: DensityMap | None, colour: QColor | None = None) -> None:
        """Plot a density behind the points, in a colour and in the place of other rows; None for none."""
        self._density = (found, rgb_of(colour)) if found is not None and colour is not None else None
        self._timer.start()

    def mark(self, numbers: npt.NDArray[np.int64]) -> None:
        """Mark rows, by their numbers in the data set."""
        self._marked = numbers[:_MOST_MARKED]
        self._timer.start()

    @staticmethod
    def dots(choice: RowChoice) -> int:
        """How many of the rows are plotted."""
        return min(_MOST_DOTS, len(choice.sampled))

    def columns(self) -> tuple[int, ...]:
        """Places of the columns that are plotted, one or two."""
        chosen = self.across_box.currentIndex(), self.along_box.currentIndex() - 1
        return tuple(self._offered[index] for index in chosen if 0 <= index < len(self._offered))

    def choose(self, place: int, upwards: bool) -> None:
        """Plot another column, by its place, upwards or across."""
        if place in self._offered:
            index = self._offered.index(place)
            self.along_box.setCurrentIndex(index + 1) if upwards else self.across_box.setCurrentIndex(index)

    def _fill(self, choice: RowChoice, before: tuple[int, ...] | None) -> None:
        columns = choice.sheet.columns
        first, *rest = before or sorted(range(choice.sheet.own), key=lambda place: columns[place].is_coded)[:2]
        self._offered = choice.sheet.shown
        names = [one_line(columns[place].name)[:_LONGEST] for place in self._offered]
        with QSignalBlocker(self.across_box), QSignalBlocker(self.along_box):
            for box, offered in ((self.across_box, names), (self.along_box, [_COUNT, *names])):
                box.clear()
                box.addItems(offered)
            self.across_box.setCurrentIndex(self._offered.index(first) if first in self._offered else 0)
            self.along_box.setCurrentIndex(self._offered.index(rest[0]) + 1 if rest and rest[0] in self._offered else 0)

    def _paint(self) -> None:
        self._timer.stop()
        choice, places, size = self._choice, self.columns(), self.canvas.size()
        if choice is None or not places or not self.canvas.isVisible():
            return
        self._wanted += 1
        wanted, marked, ratio = self._wanted, self._marked, self.canvas.devicePixelRatioF()
        accent, ground = (
            rgb_of(self.palette().color(role)) for role in (QPalette.ColorRole.Highlight, QPalette.ColorRole.Mid)
        )
        behind = self._ground if self._ground is not None and max(places) < self._ground.shape[1] else None
        log_density, tint = (self._density[0].over(places), self._density[1]) if self._density else (None, accent)
        columns, count = tuple(choice.sheet.columns[place] for place in places), self.dots(choice)

        def paint() -> QImage:
            few = np.linspace(0, len(choice.sampled) - 1, count).astype(np.int64)
            rows, some = choice.sampled[few][:, list(places)], choice.sheet.cells(marked, places)
            sets: list[RowSet] = [(rows, accent), (some, _MARK_RGB)]
            density = density_picture(log_density, tint) if log_density is not None else None
            if behind is not None and density is None:
                sets.insert(0, (behind[:, list(places)], ground))
            return _viewer(columns).picture(sets, (size.width(), size.height()), ratio, density)

        self._bridge.run(self, paint, lambda image: self._on_painted(wanted, image))

    def _on_painted(self, wanted: int, image: Any) -> None:
        if wanted == self._wanted and self._choice is not None:
            self.canvas.image = image
            self.canvas.update()

    @guarded
    def showEvent(self, event: QEvent) -> None:
        self._timer.start()


def _viewer(columns: tuple[Column, ...]) -> TableViewer:
    return TableViewer(TableSpec(shape=(len(columns),), columns=columns))
