"""The middle of the gallery: search, filter and size above the tiles, progress and notices between."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from studio.core.modality import DataSpec
from studio.desk.batch_drawing import Running
from studio.gui.action import Action
from studio.gui.item.viewer import viewer_of
from studio.gui.layout import Stretch, column, row
from studio.gui.notice import Notice, ProgressRow
from studio.gui.tile_grid import TileGrid
from studio.gui.widgets import IconButton, LineEdit, PlainLabel, SecondaryLabel, Slider

__all__ = ["SamplePanel"]

_SMALLEST, _USUAL, _LARGEST = 32, 72, 384
_PAUSE_MS = 120


class SamplePanel(QWidget):
    """The tiles and what stands around them.

    Args:
        search: Lets the person type what is searched.

    Signals:
        filter_changed: The words or the star filter are others.
        cancelled: What is being drawn is to end.
    """

    filter_changed = Signal()
    cancelled = Signal()

    def __init__(self, search: Action) -> None:
        super().__init__()
        self.search = LineEdit("Search samples", "Search", search=True)
        self.search.setToolTip(search.tip)
        self.search.setMinimumWidth(112)
        self.search.setMaximumWidth(320)
        self.starred = IconButton("star", "Only those with a star", checkable=True)
        self.count = SecondaryLabel(whole=True)
        self.size_slider = Slider("Size of the tiles", _SMALLEST, _LARGEST, _USUAL)
        self.size_slider.setMinimumWidth(56)
        self.size_slider.setMaximumWidth(110)
        self.size_slider.setToolTip("Size of the tiles")
        self.grid = TileGrid()
        self.grid.setAccessibleName("Samples")
        self.grid.set_tile_size(_USUAL)
        self._suited = (_USUAL, 1.0)
        self.progress = ProgressRow()
        self.progress.hide()
        self.notice = Notice(closable=True)
        self.unkept = Notice()
        self.empty = PlainLabel()
        self.empty.setProperty("role", "secondary")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self.empty)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        bar = row((self.search, 8), self.starred, Stretch(), self.count, self.size_slider)
        column(bar, self.unkept, self.notice, self.progress, (self._stack, 1), on=self)
        self._connect()

    def _connect(self) -> None:
        self.size_slider.valueChanged.connect(lambda pixels: self.grid.set_tile_size(pixels))
        self.search.textChanged.connect(self._pause.start)
        self.search.returnPressed.connect(self.grid.setFocus)
        self._pause.timeout.connect(self.filter_changed)
        self.starred.toggled.connect(self.filter_changed)
        self.progress.cancelled.connect(self.cancelled)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.search, context=Qt.ShortcutContext.WidgetShortcut)
        leave.activated.connect(self._on_leave)

    def suit(self, spec: DataSpec | None) -> None:
        """Give the tiles a size that suits a model's samples, where they have that of another kind."""
        viewer = viewer_of(spec)
        if (viewer.tile_size, viewer.tile_aspect) != self._suited:
            self._suited = viewer.tile_size, viewer.tile_aspect
            self.size_slider.setValue(viewer.tile_size)
            self.grid.set_tile_size(self.size_slider.value(), viewer.tile_aspect)

    def clear_filter(self) -> None:
        """Show everything again, before something new comes."""
        with QSignalBlocker(self.search), QSignalBlocker(self.starred):
            self.search.clear()
            self.starred.setChecked(False)
        self._pause.stop()

    def focus_search(self) -> None:
        """Let the person type what is searched."""
        self.search.setFocus()
        self.search.selectAll()

    def show_drawing(self, running: Running | None) -> None:
        """Show how far a request is; None when nothing is drawn."""
        self.progress.setVisible(running is not None)
        if running is not None:
            speed = running.speed
            note = f"{speed:,.0f} a second" if speed >= 10 else f"{speed:.2g} a second"
            self.progress.show_progress(
                "Drawing", running.batch.num_ready, running.request.count, note if speed else ""
            )

    def show_count(self, tiles: int, count: int, when_empty: str) -> None:
        """Say how many samples there are, and where there are none why."""
        if self.search.text() or self.starred.isChecked():
            when_empty = "No sample fits the search."
        self.count.setText(f"{count:,} sample{'' if count == 1 else 's'}" if count else "")
        self.empty.setText(when_empty)
        self._stack.setCurrentWidget(self.grid if tiles else self.empty)

    def _on_leave(self) -> None:
        self.search.clear()
        self.grid.setFocus()
