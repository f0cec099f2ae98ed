"""Shows how good the models are over what they cost, by the judge's numbers and always with the floor."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QWidget

from studio.core.words import breakable, one_line
from studio.desk.measures import MeasureKey, difference_text, plotted_keys, read_measure
from studio.desk.subject import Subject, judged_of
from studio.gui.compare.scatter import Point, Scatter
from studio.gui.layout import column, row
from studio.gui.theme import Theme
from studio.gui.widgets import Card, ComboBox, SecondaryLabel
from studio.store.evaluation import EvaluationReport

__all__ = ["QualityView"]

_TIMES: tuple[tuple[str, str, Callable[[EvaluationReport], float]], ...] = (
    ("Seconds a sample", "seconds a sample", lambda report: report.sampling.seconds_per_sample),
    ("Seconds trained", "seconds trained", lambda report: report.seconds),
)
# Of more models the clauses would be a wall of text.
_MOST_TOLD = 4
_CHANCE = (
    "The dashed line is the floor: what as many other real items get. Bars are 95 % intervals of one training each, "
    "the band is that of the floor. Two models are told apart by their difference, not by whether bars overlap."
)


class QualityView(QWidget):
    """The scatter plot and the choice of its axes."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._subjects: list[Subject] = []
        self._fingerprint, self._dataset = "", ""
        self._keys: list[MeasureKey] = []
        self.measure = ComboBox("Measure")
        self.measure.currentIndexChanged.connect(lambda _: self._draw())
        self.time = ComboBox("Time", [title for title, _, _ in _TIMES])
        self.time.currentIndexChanged.connect(lambda _: self._draw())
        self.scatter = Scatter(theme)
        self.words = SecondaryLabel()
        bar = row((self.measure, 3), SecondaryLabel("over", whole=True), (self.time, 1))
        card = Card()
        column(self.scatter, on=card, margins=8)
        column(bar, (card, 1), self.words, on=self)

    def show_subjects(self, subjects: Sequence[Subject], fingerprint: str, dataset: str) -> None:
        """Show these models by one data set.

        Args:
            subjects: The models.
            fingerprint: Which items they were judged by.
            dataset: What the data set is called.
        """
        now = (list(subjects), fingerprint, dataset)
        if now == (self._subjects, self._fingerprint, self._dataset):
            return
        self._subjects, self._fingerprint, self._dataset = now
        keys = plotted_keys(report for one in subjects if (report := judged_of(one, fingerprint)) is not None)
        if keys != self._keys:
            chosen = self.key
            self._keys = keys
            with QSignalBlocker(self.measure):
                self.measure.clear()
                self.measure.addItems([one_line(key.title) for key in keys])
                # What lies above the floor says most by itself.
                first = next((place for place, key in enumerate(keys) if key.above), 0)
                self.measure.setCurrentIndex(keys.index(chosen) if chosen in keys else first)
        self._draw()

    @property
    def key(self) -> MeasureKey | None:
        """The measure in view."""
        row = self.measure.currentIndex()
        return self._keys[row] if 0 <= row < len(self._keys) else None

    def choose(self, key: MeasureKey) -> None:
        """Show another measure."""
        self.measure.setCurrentIndex(self._keys.index(key))

    def _differences(self, key: MeasureKey) -> list[str]:
        """What can be told of every two of a few models."""
        judged = [(one_line(one.name), judged_of(one, self._fingerprint)) for one in self._subjects]
        named = [(name, report) for name, report in judged if report is not None]
        if not 1 < len(named) <= _MOST_TOLD:
            return []
        told = [difference_text(one, other, key) for one, other in itertools.combinations(named, 2)]
        sentence = "; ".join(clause for clause in told if clause)
        return [f"{sentence[0].upper()}{sentence[1:]}."] if sentence else []

    def _draw(self) -> None:
        key, (_, x_title, time_of) = self.key, _TIMES[max(0, self.time.currentIndex())]
        points, missing, lacking = [], [], []
        for subject in self._subjects:
            report = judged_of(subject, self._fingerprint)
            reading = read_measure(report, key) if report is not None and key is not None else None
            if report is None:
                missing.append(subject.name)
            elif reading is None or time_of(report) <= 0:
                lacking.append(subject.name)
            else:
                points.append(Point(one_line(subject.name), subject.manifest.family, time_of(report), reading))
        nothing = "Tick models at the left." if not self._subjects else "Press Evaluate to measure these models."
        self.scatter.show_points(points, x_title, key.title if key is not None else "", nothing)
        words = [_CHANCE] if points else []
        words += self._differences(key) if key is not None else []
        if missing:
            by = f" on {self._dataset}" if self._dataset else ""
            words.append(f"Not evaluated{by}, so not drawn: {', '.join(missing)}.")
        if lacking:
            words.append(f"Without this number, so not drawn: {', '.join(lacking)}.")
        self.words.setText(breakable(" ".join(words)))
        self.words.setVisible(bool(words))
