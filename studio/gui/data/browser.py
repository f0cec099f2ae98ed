"""Shows the items of the chosen data set: filters, a grid or a table, and what the current item is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Event

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtWidgets import QWidget

from studio.core.modality import TableSpec, TextSpec
from studio.core.words import breakable, number_of, one_line
from studio.desk.items import ItemFilter, OpenedDataset, open_items
from studio.desk.likelihood_spread import LikelihoodSpread
from studio.desk.ranking import Ranking
from studio.desk.row_reader import Dropped
from studio.desk.snapshot import ModelRow
from studio.gui.bridge import Bridge
from studio.gui.data.excluded_strip import ExcludedStrip
from studio.gui.data.item_order import ItemOrder
from studio.gui.data.item_pane import Chosen, ItemPane
from studio.gui.data.ranking_panel import RankingPanel
from studio.gui.data.row_pane import RowPane
from studio.gui.data.tile_pane import TilePane
from studio.gui.item.viewer import viewer_of
from studio.gui.layout import Stretch, column, row
from studio.gui.notice import Notice
from studio.gui.theme import Theme
from studio.gui.widgets import ComboBox, LineEdit, SecondaryLabel, Slider
from studio.store.dataset import SPLITS
from studio.store.workspace import Workspace

__all__ = ["DatasetBrowser"]

_DEBOUNCE_MS = 150
_MOST_CLASSES = 1000
_SMALLEST, _LARGEST = 24, 384


class DatasetBrowser(QWidget):
    """The items of one data set.

    Args:
        workspace: The workspace.
        bridge: Where data sets are opened, filtered and ranked.
        theme: The appearance.

    Signals:
        damaged: The data set cannot be opened.
        remove_clicked: Remove the data set, which is damaged.
        selection_changed: Other items are selected.
    """

    damaged = Signal()
    remove_clicked = Signal()
    selection_changed = Signal()

    def __init__(self, workspace: Workspace, bridge: Bridge, theme: Theme) -> None:
        super().__init__()
        self._bridge = bridge
        self._folder: Path | None = None
        self._opened: OpenedDataset | None = None
        self._dropped = Event()  # set for what was asked for and is not wanted any more
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DEBOUNCE_MS)
        self._timer.timeout.connect(self._apply)
        self.class_box, self.split_box = ComboBox("Filter by class"), ComboBox("Filter by split")
        self.class_box.setMinimumContentsLength(9)
        self.order = ItemOrder(workspace, bridge)
        self.tokens_box = ComboBox("How texts are shown")
        for words, tokens in (("Texts", False), ("Tokens", True)):
            self.tokens_box.addItem(words, tokens)
        self.search_edit = LineEdit("Search", TilePane.hint, search=True)
        self.size_slider = Slider("Size of the tiles", _SMALLEST, _LARGEST, 64)
        self.size_slider.setFixedWidth(84)
        self.size_slider.setToolTip("Size of the tiles")
        self.tiles, self.rows = TilePane(), RowPane(bridge)
        self.grid = self.tiles.grid
        self._pane: ItemPane = self.tiles
        self.excluded = ExcludedStrip(workspace, bridge, self.selected_numbers)
        self.excluded.changed.connect(self._show_excluded)
        self.ranking = RankingPanel(theme)
        self.ranking.exclude_wanted.connect(self.excluded.exclude_numbers)
        self.notice = Notice()
        self.count_label, self.item_label = SecondaryLabel(), SecondaryLabel()
        for label in (self.count_label, self.item_label):
            label.setWordWrap(False)
        filters = row(self.class_box, self.split_box, self.order.box, (self.search_edit, 1), self.size_slider)
        foot = row(self.count_label, self.excluded.menu_button, self.tokens_box, Stretch(), self.item_label)
        above, below = (filters, self.order.progress, self.notice, self.ranking), (Stretch(0), self.excluded, foot)
        column(*above, (self.tiles, 1), (self.rows, 1), *below, on=self)
        self.rows.hide()
        self.tokens_box.hide()
        self._fill_boxes(())
        self.class_box.currentIndexChanged.connect(self._apply)
        self.split_box.currentIndexChanged.connect(self._apply)
        self.order.changed.connect(self._apply)
        self.tokens_box.currentIndexChanged.connect(lambda: self.tiles.show_tokens(self.tokens_box.currentData()))
        self.order.failed.connect(lambda why: self.notice.set("bad", why))
        self.search_edit.textChanged.connect(self._timer.start)
        self.search_edit.returnPressed.connect(self._on_return)
        self.size_slider.valueChanged.connect(lambda pixels: self.grid.set_tile_size(pixels))
        panes: tuple[ItemPane, ...] = (self.tiles, self.rows)
        for pane in panes:
            pane.changed.connect(self._apply)
            pane.current_changed.connect(self.item_label.setText)
            pane.selection_changed.connect(self.selection_changed)

    def show_dataset(self, folder: Path | None) -> None:
        """Show a data set from its beginning, without filters."""
        self._folder, self._opened = folder, None
        self._dropped.set()
        self._timer.stop()
        self.notice.set("info", "")
        self._pane.clear()
        self._pane.show()
        self.count_label.setText("")
        self._fill_boxes(())
        self.order.show_dataset(None, None)
        self.excluded.show_dataset(None, None)
        self.ranking.show_spread(None)
        self._enable(False)
        if folder is not None:
            self._bridge.run(
                self,
                lambda: open_items(folder),
                lambda opened: self._on_opened(folder, opened),
                lambda error: self._on_damaged(folder, error),
            )

    def show_damage(self, reason: str) -> None:
        """Say in place of the items why they cannot be shown."""
        self._pane.hide()
        self.notice.set("bad", breakable(reason), button="Remove", on_click=self.remove_clicked.emit)

    def show_models(self, models: Sequence[ModelRow]) -> None:
        """Offer an order by each of the models that give such items a likelihood."""
        self.order.show_models(models)

    def closing(self) -> None:
        """End what is at work."""
        self.order.closing()
        self.excluded.closing()

    def show_class(self, number: int) -> None:
        """Show one class only; the same one again shows all."""
        place = self.class_box.findData(number)
        if place >= 0:
            self.class_box.setCurrentIndex(0 if self.class_box.currentIndex() == place else place)

    def selected_numbers(self) -> npt.NDArray[np.int64]:
        """Numbers of the selected items in the data set, in the order in which they are shown, int64."""
        return self._pane.selected_numbers()

    def _enable(self, able: bool) -> None:
        for widget in (self.class_box, self.split_box, self.search_edit):
            widget.setEnabled(able)

    def _fill_boxes(self, classes: tuple[str, ...], unlabelled: bool = False) -> None:
        with QSignalBlocker(self.class_box), QSignalBlocker(self.split_box):
            self.class_box.clear()
            self.class_box.addItem("All classes", None)
            for number, name in enumerate(classes[:_MOST_CLASSES]):
                self.class_box.addItem(one_line(name)[:80] or "(no name)", number)
            if classes and unlabelled:
                self.class_box.addItem("No class", -1)
            many = len(classes) > _MOST_CLASSES
            self.class_box.setToolTip(f"The first {_MOST_CLASSES:,} classes; search for the others" if many else "")
            self.split_box.clear()
            self.split_box.addItem("All splits", None)
            for number, split in enumerate(SPLITS):
                self.split_box.addItem(split.capitalize(), number)
        self.search_edit.clear()
        self._timer.stop()

    def _on_opened(self, folder: Path, opened: OpenedDataset) -> None:
        if folder != self._folder:
            return
        self._opened = opened
        self._show_pane(self.rows if isinstance(opened.data.spec, TableSpec) else self.tiles)
        self._enable(True)
        self._fill_boxes(opened.data.spec.classes, bool((opened.data.labels < 0).any()))
        self.order.show_dataset(folder, opened.data.spec)
        self.excluded.show_dataset(folder, opened.data.document)
        spec, viewer = opened.data.spec, viewer_of(opened.data.spec)
        size = viewer.tile_size if not viewer.asks_for_pixels else 64 if max(spec.shape[:2]) <= 64 else 128
        self.size_slider.setValue(size)
        self.grid.set_tile_size(self.size_slider.value(), viewer.tile_aspect)
        self._apply()

    def _show_pane(self, pane: ItemPane) -> None:
        if pane is not self._pane:
            self._pane.clear()
            self._pane.hide()
            self._pane = pane
        pane.show()
        self.size_slider.setVisible(pane is self.tiles)
        self.tokens_box.setVisible(self._opened is not None and isinstance(self._opened.data.spec, TextSpec))
        self.search_edit.setPlaceholderText(pane.hint)

    def _on_damaged(self, folder: Path, error: Exception) -> None:
        if folder == self._folder:
            self.show_damage(str(error))
            self.damaged.emit()

    def _apply(self) -> None:
        """Filter in a thread; an answer that is not wanted any more is dropped."""
        self._timer.stop()
        opened = self._opened
        if opened is None:
            return
        chosen = ItemFilter(self.class_box.currentData(), self.split_box.currentData(), self.search_edit.text())
        self._dropped.set()
        self._dropped = dropped = Event()
        ranking, splits = self.order.ranking(), opened.data.splits
        choose = self._pane.choosing(opened, chosen, ranking, dropped.is_set)

        def look() -> tuple[Chosen, LikelihoodSpread | None]:
            found = choose()
            return found, None if ranking is None else LikelihoodSpread(ranking.nats, splits, found.numbers)

        self._bridge.run(self, look, lambda found: self._on_chosen(dropped, ranking, *found), self._on_unread)

    def _on_chosen(
        self, dropped: Event, ranking: Ranking | None, found: Chosen, spread: LikelihoodSpread | None
    ) -> None:
        if dropped.is_set() or self._opened is None:
            return
        problem = self._pane.show_items(found)
        self.ranking.show_spread(spread, ranking, self._opened.data.spec.noun)
        shown, total = found.num_items, len(self._opened.data)
        words = number_of(total, "item") if shown == total else f"{shown:,} of {number_of(total, 'item')}"
        self.count_label.setText("; ".join(filter(None, (words, self._pane.note))))
        if problem:
            self.notice.set("info", problem)
        elif not shown:
            self.notice.set("info", "No item passes the filters.", button="Show all", on_click=self._show_all)
        else:
            self.notice.set("info", "" if ranking is None else ranking.words)

    def _on_unread(self, error: Exception) -> None:
        if not isinstance(error, Dropped):
            self._bridge.failed.emit(error)

    def _on_return(self) -> None:
        """What was typed is applied at once; a condition is kept, and another may be typed."""
        if self._opened is not None and self._pane.keep(self.search_edit.text()):
            self.search_edit.clear()
        self._apply()

    def _show_excluded(self) -> None:
        self._pane.show_excluded(self.excluded.is_excluded)

    def _show_all(self) -> None:
        with QSignalBlocker(self.class_box), QSignalBlocker(self.split_box):
            self.class_box.setCurrentIndex(0)
            self.split_box.setCurrentIndex(0)
        self.search_edit.clear()
        self._pane.show_all()
        self._apply()
