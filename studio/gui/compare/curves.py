"""Lays the validation curves of the models' runs over one another, in the colours of their families."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from studio.desk.curve import validation_metrics
from studio.desk.snapshot import RunRow
from studio.desk.subject import Subject
from studio.gui.layout import column
from studio.gui.page import PageContext
from studio.gui.train.curve_panel import CurvePanel
from studio.gui.train.curve_plot import DASHES, Style
from studio.gui.widgets import SecondaryLabel

__all__ = ["CurvesView"]

_MOST = 12
_SAME = "Losses of different families are different quantities: compare their course, not their height."


class CurvesView(QWidget):
    """The curves, and what is to be known of them."""

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._theme = context.theme
        self.panel = CurvePanel(context, None, validation_metrics, self._style)
        self.words = SecondaryLabel()
        column((self.panel, 1), self.words, on=self)

    def show_subjects(self, subjects: Sequence[Subject], runs: Sequence[RunRow]) -> None:
        """Show the curves of these models' runs."""
        known = {row.folder.name: row for row in runs}
        wanted = list(dict.fromkeys(subject.manifest.run for subject in subjects if subject.manifest.run in known))
        gone = [subject.name for subject in subjects if subject.manifest.run not in known]
        self.panel.show_runs([known[run] for run in wanted[:_MOST]])
        families = {document.family for run in wanted if (document := known[run].document) is not None}
        words = [_SAME] if len(families) > 1 else []
        if len(wanted) > _MOST:
            words.append(f"Curves of {_MOST} of the {len(wanted)} runs are shown.")
        if gone:
            words.append(f"Without curves, for their runs are gone: {', '.join(gone)}.")
        self.words.setText(" ".join(words))
        self.words.setVisible(bool(words))

    def rest(self) -> None:
        """Read nothing while it is out of view."""
        self.panel.reader.watch((), ())

    def wake(self) -> None:
        """Read again."""
        self.panel.restyle()

    def closing(self) -> None:
        """End the reading."""
        self.panel.closing()

    def _style(self, runs: Sequence[RunRow], run: int, metric: int) -> Style:
        """The family's colour; runs of one family, and metrics of one run, differ by their dash."""
        families = [row.document.family if row.document is not None else "" for row in runs]
        place = families[:run].count(families[run]) + metric
        return Style(self._theme.family(families[run]), DASHES[place % len(DASHES)])
