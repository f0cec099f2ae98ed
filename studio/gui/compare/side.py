"""The left column: which models, by which data set, and what is to be done with them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QWidget

from studio.core.words import breakable, number_of, one_line
from studio.desk.reference import Reference, references_of
from studio.desk.snapshot import DatasetRow, ModelRow, Snapshot
from studio.desk.subject import Subject, judged_of
from studio.gui.action import Action, button_of
from studio.gui.compare.judging import Judging
from studio.gui.compare.model_list import ModelList
from studio.gui.compare.train_all import TrainAll
from studio.gui.layout import column
from studio.gui.page import PageContext
from studio.gui.theme import plain_tooltip
from studio.gui.widgets import ComboBox, SecondaryLabel

__all__ = ["Side"]


class Side(QWidget):
    """The list of models, the data set they are judged by, Evaluate, and Train every family.

    Args:
        train: Trains every family.
        evaluate: Evaluates the ticked models.

    Signals:
        changed: Other models are ticked, or another data set was chosen.
        evaluated: The judge has begun or ended.
    """

    changed = Signal()
    evaluated = Signal()

    def __init__(self, context: PageContext, train: Action, evaluate: Action) -> None:
        super().__init__()
        self._context = context
        self._evaluate = evaluate
        self._subjects: list[Subject] = []
        self._datasets: Sequence[DatasetRow] = ()
        self._references: list[Reference] = []
        self.models = ModelList(context.theme)
        self.models.ticked_changed.connect(self._on_ticked)
        self.unlisted = SecondaryLabel()
        self.unlisted.hide()
        self.dataset = ComboBox("Data set to judge by")
        self.dataset.currentIndexChanged.connect(self._on_chosen)
        self.evaluate = button_of(evaluate, primary=True)
        self.judging = Judging(context)
        self.judging.changed.connect(self._on_judging)
        self.train_button = button_of(train)
        self.train_all = TrainAll(context)
        judged = (SecondaryLabel("Judged by held-out items of"), self.dataset, self.evaluate, self.judging)
        column((self.models, 1), self.unlisted, *judged, self.train_button, self.train_all, on=self)
        self.setMinimumWidth(208)

    @property
    def reference(self) -> Reference:
        """The data set that models are judged by; without a fingerprint where there is none."""
        row = self.dataset.currentIndex()
        return self._references[row] if 0 <= row < len(self._references) else Reference("", "")

    @property
    def wanting(self) -> list[Subject]:
        """The ticked models that the chosen data set can judge and has not."""
        reference = self.reference
        return [
            subject
            for subject in self.models.ticked
            if tuple(subject.manifest.shape) == reference.shape and judged_of(subject, reference.fingerprint) is None
        ]

    def show_subjects(self, subjects: Sequence[Subject], snapshot: Snapshot) -> None:
        """Show what there is now."""
        datasets = snapshot.datasets
        self._subjects, self._datasets = list(subjects), datasets
        self._show_unlisted([row for row in snapshot.models if row.manifest is None])
        # The first look decides which are ticked; the data sets on offer follow from that.
        self.models.set_subjects(self._subjects, self.reference.fingerprint)
        self.train_all.set_datasets([row.document for row in datasets if row.document is not None])
        self._offer()

    def _show_unlisted(self, rows: Sequence[ModelRow]) -> None:
        words = "cannot be compared before the Gallery has opened"
        self.unlisted.setText(f"{number_of(len(rows), 'model')} {words} {'it' if len(rows) == 1 else 'them'}.")
        self.unlisted.setToolTip(plain_tooltip("\n".join(row.error for row in rows)))
        self.unlisted.setVisible(bool(rows))

    def open_train_all(self) -> None:
        """Fold out the form that trains every family."""
        self.train_all.open(self.reference.id)

    def start_evaluation(self) -> None:
        """Have the judge measure the ticked models that it has not measured."""
        if self._evaluate.ready:
            self.judging.judge(self.wanting, self.reference.id)

    def _offer(self) -> None:
        ticked = self.models.ticked
        references = references_of(self._datasets, ticked or self._subjects)
        if references != self._references:
            chosen = self.reference.fingerprint
            # The data set that the newest of them learned from is the one to judge by.
            learned = [subject.manifest.dataset_fingerprint for subject in ticked]
            prints = [reference.fingerprint for reference in references]
            first = next((known for known in [chosen, *learned] if known in prints), prints[0] if prints else "")
            with QSignalBlocker(self.dataset):
                self._references = references
                self.dataset.clear()
                self.dataset.addItems([breakable(reference.name) for reference in references])
                self.dataset.setCurrentIndex(prints.index(first) if first in prints else -1)
            self.models.set_subjects(self._subjects, self.reference.fingerprint)
        self._show_state()

    def _show_state(self) -> None:
        wanting, reference = self.wanting, self.reference
        ready = bool(wanting) and bool(reference.id) and not self.judging.running and not self._context.read_only
        self._evaluate.set_ready(ready)
        if self._context.read_only:
            why = "The workspace cannot be written to"
        elif not reference.id:
            why = "There is no data set with items of this shape"
        elif not wanting:
            why = "Every ticked model is evaluated by this data set"
        else:
            others = [one.name for one in wanting if one.report is not None]
            why = f"Measure {', '.join(subject.name for subject in wanting)}; takes minutes"
            if others:
                why += f". Replaces what another data set said of {', '.join(others)}"
        count = f"Evaluate {len(wanting)}" if wanting and reference.id else "Evaluate"
        self._evaluate.present(short=count, tip=plain_tooltip(one_line(why)))
        self.dataset.setEnabled(bool(self._references))

    def _on_ticked(self) -> None:
        self._offer()
        self.changed.emit()

    def _on_chosen(self, _: int) -> None:
        self.models.set_subjects(self._subjects, self.reference.fingerprint)
        self._show_state()
        self.changed.emit()

    def _on_judging(self) -> None:
        self._show_state()
        self.evaluated.emit()
