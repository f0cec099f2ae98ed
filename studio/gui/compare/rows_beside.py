"""Shows rows that models draw beside one another: as points of two columns, and how each column is spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.core.modality import TableSpec
from studio.core.words import number_of, one_line
from studio.desk.density import DensityMap, DensityMaps, has_density
from studio.desk.marginal import ColumnMarginals, marginals_of
from studio.desk.seed_drawing import SeedDrawing
from studio.desk.subject import Subject
from studio.desk.training_rows import dataset_of, read_training_rows
from studio.gui.guard import guarded
from studio.gui.item.density import density_picture
from studio.gui.item.marginals import Layer, MarginalsView
from studio.gui.item.rows_picture import RowsPicture, rgb_of
from studio.gui.item.table import usual_columns
from studio.gui.layout import Gap, Stretch, column, divider, row
from studio.gui.notice import ProgressRow
from studio.gui.page import PageContext
from studio.gui.painting import paint_family
from studio.gui.panel_grid import PanelGrid
from studio.gui.widgets import Button, Card, ComboBox, SecondaryLabel, TitleLabel
from studio.store.model import SAMPLE_FILE

__all__ = ["RowsBeside"]

_MOST_TRAINING = 10_000
_CHROME = (16, 62)
_NO_TRAINING = "The data set that they learned from is not here: of numbers the knots tell how its rows were spread."

Rows = npt.NDArray[np.float32]


class _Panel(Card):
    """The rows of one model, or the training rows."""

    def __init__(self, name: str, colour: QColor) -> None:
        super().__init__()
        self.colour = colour
        self.picture = RowsPicture()
        title = TitleLabel(one_line(name), 1.0)
        self.caption = SecondaryLabel()
        column(row(Gap(10), (title, 1), spacing=0), (self.picture, 1), self.caption, on=self, margins=8)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        paint_family(painter, QRect(8, 9, 4, 16), self.colour)
        painter.end()


class RowsBeside(QWidget):
    """A panel for the training rows and one for each model, and below them the columns.

    Args:
        context: What it needs from the window.
        drawing: Where the rows of the models come from.
    """

    def __init__(self, context: PageContext, drawing: SeedDrawing) -> None:
        super().__init__()
        self._context, self._drawing = context, drawing
        self._subjects: tuple[Subject, ...] = ()
        self._spec: TableSpec | None = None
        self._dataset: Path | None = None
        self._training: Rows | None = None
        self._shown: list[int] = []  # how many rows of each model are shown
        self._wanted = 0  # number of the last counting that was asked for
        self.across, self.along = ComboBox("Column from left to right"), ComboBox("Column from bottom to top")
        for box in (self.across, self.along):
            box.setMinimumContentsLength(14)
            box.activated.connect(self._paint)
        self.panels: list[_Panel] = []
        self.grid = PanelGrid(_CHROME)
        self.marginals = MarginalsView()
        self.note = SecondaryLabel()
        self.density = Button("Density")
        self.density.setCheckable(True)
        self.density.setToolTip("Show how likely each model holds every point, where it says so")
        self.density.toggled.connect(self._on_density)
        self.progress = ProgressRow()
        self.progress.hide()
        self.progress.cancelled.connect(lambda: self.density.setChecked(False))
        words = [SecondaryLabel(word, whole=True) for word in ("Points of", "and")]
        chosen = (words[0], self.across, words[1], self.along, self.density)
        bar = row(*chosen, (self.progress, 1), Stretch(0), (self.note, 1))
        column(bar, (divider((self.grid, 3), (self.marginals, 2), sizes=(380, 270), upright=True), 1), on=self)
        self.maps = DensityMaps(context.workspace, context.bridge.worker(self).receiver)
        self.maps.changed.connect(self._on_maps)
        context.theme.changed.connect(self._on_theme)

    def show_subjects(self, subjects: Sequence[Subject], spec: TableSpec | None) -> None:
        """Show the rows of these models, all of the same columns."""
        known = [(subject.folder, subject.name) for subject in self._subjects]
        self._subjects = tuple(subjects)
        if spec is None:
            self._spec = None
            return
        if self._spec is None or spec.names != self._spec.names:
            drawn = usual_columns(spec)
            for box, place in zip((self.across, self.along), (drawn[0], drawn[-1]), strict=True):
                box.clear()
                box.addItems([one_line(name)[:60] for name in spec.names])
                box.setCurrentIndex(place)
            self.along.setEnabled(len(spec.columns) > 1)
        self.density.setVisible(any(_has_density(subject) for subject in self._subjects))
        same = (spec, known) == (self._spec, [(subject.folder, subject.name) for subject in subjects])
        self._spec = spec
        if self._find_training() or not same:
            self._make_panels()
            self._on_density()

    def refresh(self) -> None:
        """Look again which rows are there."""
        if self._spec is not None and self._counts() != self._shown:
            self._show()

    def _counts(self) -> list[int]:
        """How many rows of each model are to be shown: as many as are there, but not every few more of them."""
        found = []
        for place, subject in enumerate(self._subjects):
            entry = self._drawing.drawn(subject.folder)
            ready = entry.num_ready if entry is not None else 0
            before = self._shown[place] if place < len(self._shown) else 0
            whole = entry is not None and (ready == entry.request.count or entry is not self._drawing.running)
            found.append(ready if whole or ready >= 2 * max(1, before) or ready < before else before)
        return found

    def _make_panels(self) -> None:
        names = [("Training rows", QColor(self._context.theme.colours.secondary))]
        names += [
            (subject.run or subject.name, self._context.theme.family(subject.manifest.family))
            for subject in self._subjects
        ]
        self.panels = [_Panel(name, colour) for name, colour in names]
        self.grid.set_panels(self.panels)
        self._show()

    def _find_training(self) -> bool:
        """Have the training rows of the first model with a data set here read; whether they are others than before."""
        datasets = self._context.watch.snapshot.datasets
        found = (dataset_of(subject.manifest, datasets) for subject in self._subjects)
        folder = next((folder for folder in found if folder is not None), None)
        self.note.setText(_NO_TRAINING if folder is None else "")
        if folder == self._dataset:
            return False
        self._dataset, self._training = folder, None
        if folder is not None:
            self._context.bridge.run(
                self,
                lambda: read_training_rows(folder, _MOST_TRAINING),
                lambda rows: self._on_training(folder, rows),
                lambda error: self.note.setText(one_line(str(error))),
            )
        return True

    def _on_training(self, folder: Path, rows: Rows) -> None:
        if folder == self._dataset:
            self._training = rows
            self._show()

    def _sets(self) -> list[Rows | None]:
        """The training rows, and those of each model that are there; None where there are none."""
        found = [self._drawing.rows(subject.folder) for subject in self._subjects]
        return [self._training, *found]

    def _show(self) -> None:
        """Show what is there, and have it counted in a thread."""
        spec = self._spec
        if spec is None:
            return
        self._shown = self._counts()
        self._paint()
        # A model without rows has none to count; of training rows without their data set the columns tell.
        sets = dict(enumerate(self._sets()))
        there = {place: rows for place, rows in sets.items() if rows is not None or place == 0}
        self._wanted += 1
        wanted = self._wanted
        self._context.bridge.run(
            self,
            lambda: marginals_of(spec, list(there.values())),
            lambda columns: self._on_counted(wanted, list(there), columns),
        )

    def _on_counted(self, wanted: int, places: list[int], columns: list[ColumnMarginals]) -> None:
        if wanted != self._wanted or len(self.panels) <= max(places):
            return
        names = ["training rows", *(subject.run or subject.name for subject in self._subjects)]
        ground = QColor(self._context.theme.colours.secondary)
        ground.setAlphaF(0.35)
        colours: Mapping[int, QColor] = {place: self.panels[place].colour for place in places} | {0: ground}
        self.marginals.show_columns(columns, [Layer(names[place], colours[place], not place) for place in places])

    def _paint(self) -> None:
        spec = self._spec
        if spec is None:
            return
        places = (self.across.currentIndex(), self.along.currentIndex())[: len(spec.columns)]
        drawn = places if len(places) == 2 and places[0] != places[1] else places[:1]
        maps = [None, *(self._map_of(subject) for subject in self._subjects)]
        none = np.empty((0, len(spec.columns)), np.float32)
        for panel, rows, found in zip(self.panels, self._sets(), maps, strict=True):
            density = found.over(drawn) if found is not None else None
            if density is not None and found is not None:
                picture = density_picture(density, rgb_of(panel.colour))
                panel.picture.show_rows(spec, drawn, (none, panel.colour), density=picture)
                panel.caption.setText(found.words)
            else:
                there = rows if rows is not None else none
                panel.picture.show_rows(spec, drawn, (there, panel.colour))
                words = number_of(len(there), "row") if rows is not None else ""
                panel.caption.setText(words if found is None or found.log_density is not None else found.words)

    def _map_of(self, subject: Subject) -> DensityMap | None:
        """The density of a model, where it is wanted and measured."""
        return self.maps.found(subject.folder / SAMPLE_FILE) if self.density.isChecked() else None

    def _on_density(self) -> None:
        wanted = self._subjects if self.density.isChecked() and not self.density.isHidden() else ()
        self.maps.want(subject.folder / SAMPLE_FILE for subject in wanted if _has_density(subject))

    def _on_maps(self) -> None:
        progress = self.maps.progress
        self.progress.setVisible(progress is not None)
        if progress is not None:
            self.progress.show_progress(*progress)
        else:
            self._paint()

    def _on_theme(self) -> None:
        if self._spec is not None:
            self._make_panels()


def _has_density(subject: Subject) -> bool:
    return has_density(subject.folder / SAMPLE_FILE, subject.manifest)
