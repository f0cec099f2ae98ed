"""Shows samples of the same seed of every model: pictures in a grid, rows as plots beside one another."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QStackedWidget, QWidget

from studio.core.errors import explain
from studio.core.modality import TextSpec
from studio.core.noise import MAX_SEED
from studio.core.words import one_line
from studio.data.text.sample_file import unescaped
from studio.desk.beside import Beside, stand_beside
from studio.desk.seed_drawing import SeedDrawing
from studio.desk.subject import Subject
from studio.gui.action import Action, button_of
from studio.gui.compare.picture_grid import PictureGrid
from studio.gui.compare.rows_beside import RowsBeside
from studio.gui.layout import Stretch, column, row
from studio.gui.notice import Notice, ProgressRow
from studio.gui.page import PageContext
from studio.gui.widgets import DoubleSpinBox, LineEdit, SecondaryLabel, SpinBox

__all__ = ["SamplesView"]

# How many samples are drawn of each model at first, and at most.
_PICTURES, _ROWS = (10, 64), (1000, 20_000)
_SAME_NOISE = "Number k of a seed starts from the same noise in every model whose noise has the same shape."


class SamplesView(QWidget):
    """The samples, with seed, how many of each model, and what is being drawn.

    Args:
        context: What it needs from the window.
        draw: Draws the samples.
    """

    def __init__(self, context: PageContext, draw: Action) -> None:
        super().__init__()
        self._draw = draw
        self._beside = Beside()
        self.drawing = SeedDrawing(context.bridge.worker(self).receiver)
        self.pictures = PictureGrid(context.theme, self.drawing)
        self.rows = RowsBeside(context, self.drawing)
        self.seed = DoubleSpinBox("Seed", 0, MAX_SEED, 0)
        self.count = SpinBox("Samples of each model", 1, _PICTURES[1])
        self.count.setValue(_PICTURES[0])
        self.words_edit = LineEdit("What every model of texts is told")
        self.words_edit.setMinimumWidth(220)
        self.words_edit.returnPressed.connect(self.draw_now)
        self.draw = button_of(draw, primary=True)
        self.progress = ProgressRow()
        self.progress.hide()
        self.notice = Notice()
        self.words = SecondaryLabel()
        self._stack = QStackedWidget()
        for view in (self.pictures, self.rows):
            self._stack.addWidget(view)
        seed, count = (SecondaryLabel(word, whole=True) for word in ("Seed", "Samples"))
        asks = (seed, self.seed, count, self.count, self.words_edit, self.draw)
        bar = row(*asks, (self.progress, 1), Stretch(0))
        column(bar, self.notice, (self._stack, 1), self.words, on=self)
        self.progress.cancelled.connect(self.drawing.cancel)
        self.drawing.changed.connect(self._on_changed)

    def show_subjects(self, subjects: Sequence[Subject]) -> None:
        """Show the samples of these models, as far as they were drawn."""
        before, self._beside = self._beside, stand_beside(subjects)
        spec = self._beside.spec
        if (before.spec is None) != (spec is None):
            with QSignalBlocker(self.count):
                first, most = _PICTURES if spec is None else _ROWS
                self.count.setRange(1, most)
                self.count.setValue(first)
        self._ask_for_words(subjects)
        self._show(min(self.drawing.count or self.count.value(), self.count.maximum()))
        self._on_changed()

    def draw_now(self) -> None:
        """Draw what is missing."""
        self.notice.set("info", "")
        self._show(self.count.value())
        try:
            words = unescaped(self.words_edit.text()) if self.words_edit.isVisibleTo(self) else ""
            self.drawing.draw(self._beside.subjects, int(self.seed.value()), self.count.value(), words)
        except OSError as error:
            self.notice.set("bad", f"There is no place for the samples: {explain(error)}.")

    def closing(self) -> None:
        """End the service, and what measures densities."""
        self.drawing.close()
        self.rows.maps.close()

    def _ask_for_words(self, subjects: Sequence[Subject]) -> None:
        """Let the person say how every text begins, or what is translated."""
        first = subjects[0].manifest.spec if subjects else None
        self.words_edit.setVisible(isinstance(first, TextSpec))
        translates = first is not None and bool(first.source_shape)
        self.words_edit.setPlaceholderText("What is translated" if translates else "How every text begins")

    def _show(self, count: int) -> None:
        shown, spec = self._beside.subjects, self._beside.spec
        self._stack.setCurrentWidget(self.pictures if spec is None else self.rows)
        self.pictures.show_subjects(shown if spec is None else (), count)
        self.rows.show_subjects(shown if spec is not None else (), spec)

    def _on_changed(self) -> None:
        running, shown = self.drawing.running, self._beside.subjects
        self.progress.setVisible(running is not None)
        if running is not None:
            self.progress.show_progress(f"{one_line(running.subject.name)}, samples", *self.drawing.progress)
        self._draw.set_ready(bool(shown))
        drawn = [self.drawing.drawn(subject.folder) for subject in shown]
        problems = [f"{entry.subject.name}: {entry.problem}" for entry in drawn if entry is not None and entry.problem]
        if problems and running is None:
            one = "One model" if len(problems) == 1 else f"{len(problems)} models"
            self.notice.set("warning", f"{one} could not be drawn from.", "\n".join(problems))
        words = _SAME_NOISE
        if not shown:
            words = "Tick models at the left."
        elif any(entry is None for entry in drawn):
            words = "Press Draw, or Ctrl+Enter, to draw the same samples from every ticked model."
        self.words.setText(" ".join(filter(None, (words, one_line(self._beside.left_out)))))
        self.pictures.samples.refresh()
        self.rows.refresh()
