"""Shows the rows of one request over the page: the table, a plot of two columns, and how every column is spread.

Behind the samples lie the training rows, where their data set is in the workspace.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.core.errors import WorkspaceError, explain
from studio.core.modality import TableSpec
from studio.core.words import number_of, one_line
from studio.desk.density import DensityMaps, has_density
from studio.desk.items import ItemFilter
from studio.desk.marginal import ColumnMarginals, marginals_of
from studio.desk.model_library import ModelChoice
from studio.desk.row_sheet import RowChoice, RowSource
from studio.desk.sample_store import Batch
from studio.desk.training_rows import dataset_of, read_training_rows
from studio.gui.data.row_pane import RowPane
from studio.gui.guard import guarded
from studio.gui.item.marginals import Layer, MarginalsView
from studio.gui.layout import boxed, column, divider, row
from studio.gui.notice import Notice, ProgressRow
from studio.gui.overlay import Overlay
from studio.gui.page import PageContext
from studio.gui.widgets import Button, IconButton, LineEdit, SecondaryLabel, TitleLabel
from studio.store.rows import Rows

__all__ = ["OpenedRows"]

_MOST_COUNTED = 20_000
_DEBOUNCE_MS = 150
_LEARNED, _BY_KNOTS = "training rows", "training rows, by their quantiles"


class OpenedRows(Overlay):
    """The rows of a batch that is kept, until Esc.

    Args:
        over: The page.
        context: What it needs from the window.

    Signals:
        complete_wanted: The cells of one row are to be kept and the others drawn anew: its position.
    """

    complete_wanted = Signal(int)

    def __init__(self, over: QWidget, context: PageContext) -> None:
        super().__init__(over)
        self._context = context
        self._bridge = context.bridge
        self.batch: Batch | None = None
        self._source: RowSource | None = None
        self._training: npt.NDArray[np.float32] | None = None
        # Numbers of the last choice of rows, and of the last counting, that were asked for.
        self._wanted, self._counting = 0, 0
        self.title = TitleLabel("", 1.1)
        self.count = SecondaryLabel(whole=True)
        self.search = LineEdit("Filter rows", RowPane.hint.rpartition(", or ")[2], search=True)
        self.search.setMaximumWidth(260)
        self.complete = Button("Keep its cells")
        self.complete.setToolTip("Take the cells of the selected row as known, and draw others given some of them")
        self.density = Button("Density")
        self.density.setCheckable(True)
        self.density.setToolTip("Show how likely the model holds every point")
        self.progress = ProgressRow()
        self.progress.hide()
        self.maps = DensityMaps(context.workspace, context.bridge.worker(self).receiver)
        self._file: Path | None = None  # the model's file, where it gives a density
        self.close_button = IconButton("close", "Close (Esc)")
        self.pane = RowPane(context.bridge)
        self.marginals = MarginalsView()
        self.legend = SecondaryLabel()
        self.notice = Notice()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DEBOUNCE_MS)
        self._build()
        self._connect()

    def _build(self) -> None:
        shown = (self.count, self.search, self.density, self.complete, self.close_button)
        bar = row((self.title, 1), (self.progress, 1), *shown)
        below = boxed(column(self.legend, (self.marginals, 1), spacing=4))
        parts = divider((self.pane, 3), (below, 2), sizes=(420, 280), upright=True)
        column(bar, self.notice, (parts, 1), on=self, margins=16)

    def _connect(self) -> None:
        self.pane.changed.connect(self._choose)
        self.pane.selection_changed.connect(self._on_selection)
        self.search.textChanged.connect(self._timer.start)
        self.search.returnPressed.connect(self._on_entered)
        self._timer.timeout.connect(self._choose)
        self.complete.clicked.connect(self._on_complete)
        self.density.toggled.connect(self._on_density)
        self.maps.changed.connect(self._on_maps)
        self.progress.cancelled.connect(lambda: self.density.setChecked(False))
        self.close_button.clicked.connect(self.dismiss)
        self.dismissed.connect(self._forget)
        self._context.theme.changed.connect(self._count)

    def open(self, batch: Batch, words: str, choice: ModelChoice | None, completes: bool) -> None:
        """Show the rows of a batch.

        Args:
            batch: The batch, which lies in the workspace.
            words: What it is.
            choice: Its model, where that is here.
            completes: Whether the chosen model draws rows given cells of another.
        """
        manifest = choice.manifest if choice is not None else None
        datasets = self._context.watch.snapshot.datasets
        dataset = dataset_of(manifest, datasets) if manifest is not None else None
        spec = batch.document.spec
        assert isinstance(spec, TableSpec)
        self._forget()
        self.title.setText(one_line(words))
        self.setAccessibleName(one_line(words))
        self.notice.hide()
        self.search.clear()
        if choice is not None and manifest is not None and has_density(choice.path, manifest):
            self._file = choice.path
        self.density.setVisible(self._file is not None)
        self.complete.setVisible(completes)
        self.complete.setEnabled(False)
        self.appear(self.pane.view)
        try:
            rows = Rows(batch.samples, spec)
        except (OSError, WorkspaceError) as error:
            self.notice.set("bad", explain(error))
            return
        request, classes = batch.document.request, len(spec.classes)
        labels = (request.label(position) for position in range(batch.num_ready))
        known = [label if label is not None and 0 <= label < classes else -1 for label in labels]
        self.batch, self._source = batch, RowSource(spec, rows, np.array(known, np.int64))
        self._choose()
        self._count()
        if dataset is not None:
            wanted = self._source
            self._bridge.run(
                self,
                lambda: read_training_rows(dataset, _MOST_COUNTED),
                lambda found: self._on_training(wanted, found),
                lambda error: self.notice.set("warning", explain(error)),
            )

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Space opens it; what it would do to a table is nothing that anybody misses.
        if event.key() == Qt.Key.Key_Space:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().window())
        painter.end()

    def _forget(self) -> None:
        """Let the file go: it may be moved to the trash."""
        self._source = self.batch = self._training = self._file = None
        self.density.setChecked(False)
        self._wanted += 1
        self.pane.clear()
        self.pane.plot.set_ground(None)
        self.marginals.show_columns((), ())

    def _choose(self) -> None:
        """Filter and sort in a thread; an answer that is not wanted any more is dropped."""
        self._timer.stop()
        source = self._source
        if source is None:
            return
        self._wanted += 1
        wanted = self._wanted
        choose: Callable[[], RowChoice] = self.pane.choosing_of(
            source, ItemFilter(text=self.search.text()), None, lambda: wanted != self._wanted
        )
        self._bridge.run(
            self, choose, lambda found: self._on_chosen(wanted, found), lambda error: self._on_failed(wanted, error)
        )

    def _on_chosen(self, wanted: int, found: RowChoice) -> None:
        if wanted != self._wanted or self._source is None:
            return
        problem = self.pane.show_items(found)
        self.notice.set("warning", problem)
        total = len(self._source.labels)
        part = "" if found.num_items == total else f"{found.num_items:,} of "
        self.count.setText(f"{part}{number_of(total, 'row')}")

    def _on_failed(self, wanted: int, error: Exception) -> None:
        if wanted == self._wanted and self._source is not None:
            self.notice.set("bad", explain(error))

    def _on_training(self, source: RowSource, rows: npt.NDArray[np.float32]) -> None:
        if source is self._source:
            self._training = rows
            self.pane.plot.set_ground(rows)
            self._count()

    def _count(self) -> None:
        """Count every column of the samples and of what they were learned from, in a thread."""
        source, training = self._source, self._training
        if source is None:
            return
        self._counting += 1
        counting = self._counting

        def count() -> list[ColumnMarginals]:
            samples = source.rows.read_range(0, min(_MOST_COUNTED, len(source.labels)))
            return marginals_of(source.spec, [training] if samples is None else [training, samples])

        self._bridge.run(self, count, lambda columns: self._on_counted(counting, columns))

    def _on_counted(self, counting: int, columns: list[ColumnMarginals]) -> None:
        batch = self.batch
        if counting != self._counting or batch is None:
            return
        theme = self._context.theme
        ground = QColor(theme.colours.secondary)
        ground.setAlphaF(0.35)
        layers = [Layer(self._learned, ground, filled=True)]
        layers.append(Layer("samples", theme.family(batch.document.family)))
        self.marginals.show_columns(columns, layers)
        self._say("")

    def _on_density(self) -> None:
        self.maps.want([self._file] if self._file is not None and self.density.isChecked() else [])

    def _on_maps(self) -> None:
        progress = self.maps.progress
        self.progress.setVisible(progress is not None)
        if progress is not None:
            self.progress.show_progress(*progress)
        wanted = self.batch is not None and self._file is not None and self.density.isChecked()
        found = self.maps.found(self._file) if wanted and self._file is not None else None
        if found is not None and found.log_density is None:
            self.notice.set("warning", found.words)
        family = self.batch.document.family if self.batch is not None else ""
        self.pane.plot.set_density(found, self._context.theme.family(family))
        self._say(found.words if found is not None else "")

    @property
    def _learned(self) -> str:
        return _LEARNED if self._training is not None else _BY_KNOTS

    def _say(self, density: str) -> None:
        words = [f"Samples as lines over the {self._learned}.", density.capitalize()]
        self.legend.setText(" ".join(filter(None, words)))

    def _on_selection(self) -> None:
        self.complete.setEnabled(len(self.pane.selected_numbers()) == 1)

    def _on_entered(self) -> None:
        """Keep the condition that was typed, and begin another."""
        if self.pane.keep(self.search.text()):
            self.search.clear()
            self._choose()

    def _on_complete(self) -> None:
        numbers = self.pane.selected_numbers()
        if len(numbers) == 1:
            self.complete_wanted.emit(int(numbers[0]))
