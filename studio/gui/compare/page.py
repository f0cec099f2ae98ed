"""The Compare page: trained models beside one another, by their curves, samples and numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QButtonGroup, QStackedWidget

from studio.core.words import number_of
from studio.desk.comparison_table import write_csv
from studio.desk.snapshot import Snapshot
from studio.desk.subject import Judged, Reports, Subject, read_reports, subjects_of
from studio.gui.action import Action, button_of
from studio.gui.compare.curves import CurvesView
from studio.gui.compare.quality import QualityView
from studio.gui.compare.samples import SamplesView
from studio.gui.compare.side import Side
from studio.gui.compare.table import NumbersView
from studio.gui.dialog import ask_where_to_save
from studio.gui.layout import Stretch, boxed, column, divider, row
from studio.gui.page import EmptyState, Page, PageContext
from studio.gui.sheet import TITLE, open_measuring
from studio.gui.widgets import Button

__all__ = ["ComparePage"]

_PERIOD_MS = 2000
_VIEWS = ("Curves", "Samples", "Quality", "Table")


class ComparePage(Page):
    """Models at the left, one of four views of those that are ticked at the right."""

    title: ClassVar[str] = "Compare"

    def __init__(self, context: PageContext) -> None:
        super().__init__(context)
        self._reports: dict[Path, Judged] = {}
        self._reading = False
        self._in_view = False
        self.subjects: list[Subject] = []

        def action(name: str, text: str, run: Callable[[], object], *keys: str, **look: str) -> Action:
            return Action(self, f"compare.{name}", text, run, *keys, **look)

        text = "Train every family on a data set"
        train_all = action("train", text, lambda: self.side.open_train_all(), short="Train every family …")
        text = "Evaluate the ticked models"
        evaluate = action("evaluate", text, lambda: self.side.start_evaluation(), short="Evaluate")
        self._measuring = action("measuring", TITLE, lambda: open_measuring(self.window()))
        export = action("export", "Export the table", self.ask_where_to_export, icon="export", short="Export CSV")
        text, tip = "Draw the same samples from every model", "Draw the same samples from every ticked model"
        draw = action("draw", text, self._on_draw, "Ctrl+Return", icon="play", short="Draw", tip=tip)
        show = [
            action(word.lower(), f"Show {word.lower()}", partial(self.choose_view, number))
            for number, word in enumerate(_VIEWS)
        ]
        # Without a model they are not offered.
        self._of_models = (*show, evaluate, export)
        self.offer(train_all, *show, evaluate, self._measuring, export, draw)
        self.side = Side(context, train_all, evaluate)
        self.curves = CurvesView(context)
        self.samples = SamplesView(context, draw)
        self.quality = QualityView(context.theme)
        self.numbers = NumbersView(context.theme, export)
        self.empty = EmptyState(
            "Compare models",
            "Models stand here side by side once they are trained and exported: curves, samples, quality and time.",
            ("Train a model", lambda: self.page_wanted.emit("train", {})),
            ("Train every family", self._on_first_training),
        )
        self.views = QStackedWidget()
        self.view_buttons = QButtonGroup(self)
        self._build()
        self._timer = QTimer(self)
        self._timer.setInterval(_PERIOD_MS)
        self._timer.timeout.connect(self.read)
        self.side.changed.connect(self._show_view)
        self.side.evaluated.connect(self.read)
        self.side.train_all.started.connect(self._on_started)
        self.side.train_all.closed.connect(lambda: self._arrange(self.context.watch.snapshot))
        context.watch.changed.connect(self._on_changed)
        self._on_changed(context.watch.snapshot)

    def _build(self) -> None:
        views = (self.curves, self.samples, self.quality, self.numbers)
        for number, (word, view) in enumerate(zip(_VIEWS, views, strict=True)):
            button = Button(word)
            button.setCheckable(True)
            self.view_buttons.addButton(button, number)
            self.views.addWidget(view)
        self.measuring_button = button_of(self._measuring)
        self.view_buttons.button(0).setChecked(True)
        self.view_buttons.idClicked.connect(self.choose_view)
        bar = row(*self.view_buttons.buttons(), Stretch(), self.measuring_button, spacing=4)
        # A wide window gives the names a share of its room too.
        self.side.setMaximumWidth(440)
        self.stack = QStackedWidget()
        right = boxed(column(bar, (self.views, 1)))
        self.stack.addWidget(divider((self.side, 1), (right, 4), sizes=(256, 800)))
        self.stack.addWidget(self.empty)
        column(self.stack, on=self)

    def shown(self) -> None:
        """Begin to follow."""
        self._in_view = True
        self._timer.start()
        self.curves.wake()
        self._show_view()
        self.read()

    def hidden(self) -> None:
        """Stop to follow."""
        self._in_view = False
        self._timer.stop()
        self.curves.rest()

    def closing(self) -> None:
        """End threads, the judge and the service."""
        self._timer.stop()
        self.side.judging.closing()
        self.curves.closing()
        self.samples.closing()

    def choose_view(self, number: int) -> None:
        """Show one of the four views."""
        self.view_buttons.button(number).setChecked(True)
        if self.views.currentIndex() == 0 and number:
            self.curves.rest()
        self.views.setCurrentIndex(number)
        if number == 0:
            self.curves.wake()
        self._show_view()

    def read(self) -> None:
        """Read what the judge said; in a task, for a drive may be slow."""
        if self._reading:
            return
        self._reading = True
        folders, known = [row.folder for row in self.context.watch.snapshot.models], dict(self._reports)
        self.context.bridge.run(self, lambda: read_reports(folders, known), self._on_read, self._on_not_read)

    def ask_where_to_export(self) -> None:
        """Let the person choose a file for the table."""
        ask_where_to_save(self, "Export the table", "models.csv", "Tables (*.csv)", self.export)

    def export(self, path: Path) -> None:
        """Write the table of the ticked models into a file."""
        subjects, fingerprint = self.side.models.ticked, self.side.reference.fingerprint
        done = f"Exported {number_of(len(subjects), 'model')} as {path.name}."
        self.context.bridge.run(
            self, lambda: write_csv(path, subjects, fingerprint), lambda _: self.context.toasts.say(done)
        )

    def _on_changed(self, snapshot: Snapshot) -> None:
        before = [subject.folder for subject in self.subjects]
        self._arrange(snapshot)
        if [subject.folder for subject in self.subjects] != before:
            self.read()

    def _on_read(self, reports: Reports) -> None:
        self._reading = False
        if dict(reports) != self._reports:
            self._reports = dict(reports)
            self._arrange(self.context.watch.snapshot)

    def _on_not_read(self, error: Exception) -> None:
        self._reading = False
        self.context.bridge.failed.emit(error)

    def _arrange(self, snapshot: Snapshot) -> None:
        self.subjects = subjects_of(snapshot, self._reports)
        self.side.show_subjects(self.subjects, snapshot)
        for action in self._of_models:
            action.setEnabled(bool(self.subjects))
        # The form that trains every family is in the column, which is there even before the first model.
        folded = self.side.train_all.isHidden()
        self.stack.setCurrentIndex(1 if not self.subjects and folded else 0)
        self._show_view()

    def _show_view(self) -> None:
        if not self._in_view:
            return
        ticked, reference = self.side.models.ticked, self.side.reference
        number = self.views.currentIndex()
        if number == 0:
            self.curves.show_subjects(ticked, self.context.watch.snapshot.runs)
        elif number == 1:
            self.samples.show_subjects(ticked)
        elif number == 2:
            self.quality.show_subjects(ticked, reference.fingerprint, reference.name)
        else:
            self.numbers.show_subjects(ticked, reference.fingerprint, reference.name)

    def _on_draw(self) -> None:
        self.choose_view(1)
        self.samples.draw_now()

    def _on_first_training(self) -> None:
        self.stack.setCurrentIndex(0)
        self.side.open_train_all()

    def _on_started(self, count: int) -> None:
        self._arrange(self.context.watch.snapshot)
        several = f"{number_of(count, 'run')} of every family are queued; they are trained in turn."
        text = several if count > 1 else "1 run is queued."
        self.context.toasts.say(text, "Show them", lambda: self.page_wanted.emit("train", {}))
