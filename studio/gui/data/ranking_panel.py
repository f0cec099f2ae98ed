"""Shows how likely a model holds the items of a data set, and excludes those below a threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QWidget

from studio.core.words import number_of
from studio.desk.likelihood_spread import LikelihoodSpread
from studio.gui.action import Action, button_of
from studio.gui.layout import Stretch, column, row
from studio.gui.theme import Theme
from studio.gui.widgets import SecondaryLabel, SpinBox

if TYPE_CHECKING:
    from studio.gui.data.ranking_plot import RankingPlot

__all__ = ["RankingPanel"]

_FIRST_SHARE = 0.01


class RankingPanel(QWidget):
    """A histogram of log p, and a threshold that is set in it or by a number of items.

    Attributes:
        exclude: Excludes the items below the threshold.
        threshold: The threshold in nats.

    Signals:
        exclude_wanted: Numbers of the items to exclude.
    """

    exclude_wanted = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._spread: LikelihoodSpread | None = None
        self._key: object = None
        self._noun = "item"
        self.plot: RankingPlot | None = None
        self.threshold = 0.0
        self.count_box = SpinBox("How many of the least likely")
        self.count_box.valueChanged.connect(self._on_counted)
        self.label = SecondaryLabel()
        exclude = "Exclude the least likely items"
        self.exclude = Action(self, "data.exclude-least", exclude, self._on_exclude, short="Exclude them")
        words = SecondaryLabel("Least likely", whole=True)
        controls = row(words, self.count_box, (self.label, 1), Stretch(0), button_of(self.exclude))
        self._column = column(controls, on=self)
        self.show_spread(None)

    def show_spread(self, spread: LikelihoodSpread | None, key: object = None, noun: str = "item") -> None:
        """Show how likely items are.

        Args:
            spread: Of which items; None hides the panel.
            key: What they were ranked by; the threshold stays while that does.
            noun: What one item is called.
        """
        fresh = key is not self._key
        self._spread, self._key, self._noun = spread, key, noun
        self.setVisible(spread is not None)
        self.exclude.set_ready(False)
        if spread is None:
            return
        self._plot().show_histogram(spread.histogram)
        with QSignalBlocker(self.count_box):
            self.count_box.setRange(0, len(spread.shown))
        count = max(1, round(_FIRST_SHARE * len(spread.shown)))
        self._set_threshold(spread.threshold(count) if fresh else self.threshold)

    def _plot(self) -> RankingPlot:
        if self.plot is None:
            # What draws takes a third of a second to import, which a page without a ranking need not wait for.
            from studio.gui.data.ranking_plot import RankingPlot

            self.plot = RankingPlot(self._theme)
            self.plot.threshold_set.connect(self._set_threshold)
            self._column.insertWidget(0, self.plot)
        return self.plot

    def _set_threshold(self, threshold: float) -> None:
        spread = self._spread
        if spread is None:
            return
        self.threshold = threshold
        count = spread.count_below(threshold)
        self._plot().show_threshold(threshold)
        with QSignalBlocker(self.count_box):
            self.count_box.setValue(count)
        lie = "lies" if count == 1 else "lie"
        of = f"{number_of(count, self._noun)} of {len(spread.shown):,} {lie}"
        self.label.setText(f"{of} below log p = {threshold:.5g} nats")
        self.exclude.set_ready(count > 0)

    def _on_counted(self, count: int) -> None:
        if self._spread is not None:
            self._set_threshold(self._spread.threshold(count))

    def _on_exclude(self) -> None:
        if self._spread is not None:
            self.exclude_wanted.emit(self._spread.below(self.threshold))
