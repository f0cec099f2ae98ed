"""Asks for one run of every family on a data set with the same budget, and puts them into the queue."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout

from studio.core.errors import explain
from studio.core.noise import MAX_SEED
from studio.core.words import breakable
from studio.desk.run_draft import queue_every_family
from studio.gui.layout import column, row
from studio.gui.notice import Notice
from studio.gui.page import PageContext
from studio.gui.widgets import Button, Card, ComboBox, DoubleSpinBox, PlainLabel, TitleLabel
from studio.jobs.new_run import RunRequest
from studio.store.dataset import DatasetDocument

__all__ = ["TrainAll"]


class TrainAll(Card):
    """A small form that folds out: data set, minutes for each family, seed, Start.

    Signals:
        started: So many runs are queued.
        closed: It was folded in again.
    """

    started = Signal(int)
    closed = Signal()

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._context = context
        self._busy = False
        self._documents: list[DatasetDocument] = []
        self.dataset = ComboBox("Data set to train on")
        self.minutes = DoubleSpinBox("Minutes for each family", 0.1, 100_000.0, 1)
        self.minutes.setValue(10.0)
        self.minutes.setSuffix(" min")
        self.seed = DoubleSpinBox("Seed of every run", 0, MAX_SEED, 0)
        self.start = Button("Start", "play", primary=True)
        self.start.clicked.connect(self._on_start)
        self.close_button = Button("Close")
        self.close_button.clicked.connect(self._on_close)
        self.notice = Notice()
        form = QFormLayout()
        form.setSpacing(8)
        for word, field in (("Data set", self.dataset), ("Each", self.minutes), ("Seed", self.seed)):
            form.addRow(PlainLabel(word), field)
        title, buttons = TitleLabel("Train every family", 1.0), row((self.start, 1), self.close_button)
        column(title, form, self.notice, buttons, on=self, margins=(12, 8, 12, 12))
        self.hide()

    def set_datasets(self, documents: Sequence[DatasetDocument]) -> None:
        """Offer these data sets; the choice is kept."""
        if list(documents) != self._documents:
            self._documents = list(documents)
            chosen = self.dataset.currentData()
            self.dataset.clear()
            for document in documents:
                self.dataset.addItem(breakable(document.name), document.id)
            self.dataset.setCurrentIndex(max(0, self.dataset.findData(chosen)))
        self._show_state()

    def open(self, dataset: str) -> None:
        """Fold out, with a data set chosen where there is one."""
        if self.dataset.findData(dataset) >= 0:
            self.dataset.setCurrentIndex(self.dataset.findData(dataset))
        self.notice.set("info", "")
        self._show_state()
        self.show()
        self.minutes.setFocus()

    def _show_state(self) -> None:
        self.start.setEnabled(not self._busy and bool(self._documents) and not self._context.read_only)
        if self._context.read_only:
            self.notice.set("info", "The workspace cannot be written to, so nothing can be trained in it.")
        elif not self._documents:
            self.notice.set("info", "There is no data set yet; add one on the Data page.")

    def _on_close(self) -> None:
        self.hide()
        self.closed.emit()

    def _on_start(self) -> None:
        workspace = self._context.workspace
        request = RunRequest(
            dataset=str(self.dataset.currentData()),
            family="",
            values={"train.minutes": self.minutes.value()},
            seed=int(self.seed.value()),
        )
        self._busy = True
        self.notice.set("info", "Looking for the families and making their runs.")
        self._show_state()
        self._context.bridge.run(
            self, lambda: queue_every_family(workspace, request), self._on_queued, self._on_refused
        )

    def _on_queued(self, folders: list[Path]) -> None:
        self._busy = False
        self.notice.set("info", "")
        self._show_state()
        self.hide()
        self._context.watch.look_now()
        self.started.emit(len(folders))

    def _on_refused(self, error: Exception) -> None:
        self._busy = False
        self._show_state()
        self._context.watch.look_now()
        self.notice.set("bad", explain(error))
