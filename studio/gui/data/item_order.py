"""The order in which items are shown: their own, or the least likely first by a model, which is measured when asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QSignalBlocker, Signal

from studio.core.modality import DataSpec
from studio.core.words import one_line
from studio.desk.ranking import Ranker, Ranking, rankable
from studio.desk.snapshot import ModelRow
from studio.gui.bridge import Bridge
from studio.gui.notice import ProgressRow
from studio.gui.widgets import ComboBox
from studio.store.workspace import Workspace

__all__ = ["ItemOrder"]

_LONGEST = 60


class ItemOrder(QObject):
    """A box of orders, and how far the measuring of one is.

    Args:
        workspace: The workspace.
        bridge: Where it is measured.

    Attributes:
        box: The box; hidden where there is one order only.
        progress: How far it is; hidden while nothing is at work.

    Signals:
        changed: Another order is to be shown, and is there.
        failed: It could not be measured: why, as one sentence; the items are in their own order again.
    """

    changed = Signal()
    failed = Signal(str)

    def __init__(self, workspace: Workspace, bridge: Bridge) -> None:
        super().__init__()
        self.box = ComboBox("Order")
        self.box.setMinimumContentsLength(16)
        self.progress = ProgressRow()
        self._models: Sequence[ModelRow] = ()
        self._folder: Path | None = None
        self._spec: DataSpec | None = None
        self._ranker = Ranker(
            workspace, bridge.worker(self).receiver, lambda *now: self.progress.show_progress(*now), self._on_ranked
        )
        self.box.currentIndexChanged.connect(self._on_chosen)
        self.progress.cancelled.connect(lambda: self.box.setCurrentIndex(0))
        self.show_dataset(None, None)

    def show_dataset(self, folder: Path | None, spec: DataSpec | None) -> None:
        """Offer the orders of a data set, and give up what is at work for another; None for none."""
        if folder != self._folder:
            self._give_up()
            with QSignalBlocker(self.box):
                self.box.clear()
        self._folder, self._spec = folder, spec
        self._fill()

    def show_models(self, models: Sequence[ModelRow]) -> None:
        """Offer an order by each of the models that give such items a likelihood."""
        self._models = models
        self._fill()

    def closing(self) -> None:
        """End what is at work."""
        self._ranker.close()

    def ranking(self) -> Ranking | None:
        """The ranking that is chosen and measured; None for the items' own order."""
        model = self.box.currentData()
        return None if model is None or self._folder is None else self._ranker.ranking(self._folder, model)

    def run(self) -> str:
        """Id of the run that the chosen model comes from; empty where none is chosen or it does not say."""
        chosen = self.box.currentData()
        return next((model.run for model in self._models if model.folder == chosen), "")

    def _fill(self) -> None:
        chosen = self.box.currentData()
        models = rankable(self._models, self._spec) if self._spec is not None else []
        with QSignalBlocker(self.box):
            self.box.clear()
            self.box.addItem("In their order", None)
            for model in models:
                title = one_line(model.manifest.title)[:_LONGEST] if model.manifest is not None else ""
                self.box.addItem(f"Least likely by {title or model.folder.name}", model.folder)
            self.box.setCurrentIndex(max(0, self.box.findData(chosen)))
        self.box.setVisible(bool(models))
        if chosen is not None and self.box.currentData() != chosen:
            # The model is gone.
            self._give_up()
            self.changed.emit()

    def _on_chosen(self) -> None:
        self._give_up()
        model = self.box.currentData()
        if model is None or self._folder is None or self.ranking() is not None:
            self.changed.emit()
            return
        self.progress.show_progress("starting", 0, 0)
        self.progress.show()
        self._ranker.start(self._folder, model)

    def _on_ranked(self, problem: str) -> None:
        self.progress.hide()
        if not problem:
            self.changed.emit()
            return
        self.box.setCurrentIndex(0)
        self.failed.emit(problem)

    def _give_up(self) -> None:
        self._ranker.cancel()
        self.progress.hide()
