"""Shows the items of a data set as a grid of tiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.desk.items import DatasetItems, ItemFilter, OpenedDataset
from studio.desk.ranking import Ranking
from studio.desk.row_reader import Stop
from studio.gui.layout import column
from studio.gui.tile_grid import TileGrid

__all__ = ["TilePane"]


class TilePane(QWidget):
    """A tile for each item; an ``ItemPane``, which has no filters of its own."""

    hint: ClassVar[str] = "Class name or item number"
    changed = Signal()
    current_changed = Signal(str)
    selection_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.note = ""
        self._tokens = False
        self._source: DatasetItems | None = None
        self._is_excluded: Callable[[int], bool] = lambda number: False
        self.grid = TileGrid()
        self.grid.set_struck(self._is_struck)
        self.grid.setAccessibleName("Items")
        column(self.grid, on=self)
        self.grid.current_changed.connect(self._on_current_changed)
        self.grid.selection_changed.connect(self.selection_changed)

    def choosing(
        self, opened: OpenedDataset, wanted: ItemFilter, ranking: Ranking | None, stop: Stop
    ) -> Callable[[], DatasetItems]:
        """What chooses the items, in a thread."""
        tokens = self._tokens

        def choose() -> DatasetItems:
            numbers = wanted.choose(opened, stop)
            if ranking is None:
                return DatasetItems(opened, numbers, tokens=tokens)
            return DatasetItems(opened, ranking.order(numbers), ranking.nats, tokens)

        return choose

    def show_tokens(self, tokens: bool) -> None:
        """Show texts with a line between their tokens, or without."""
        self._tokens = tokens
        self.changed.emit()

    def show_items(self, found: DatasetItems) -> str:
        """Show them from their beginning."""
        self._source = found
        self.grid.set_source(found)
        self.setVisible(found.num_items > 0)
        self.selection_changed.emit()
        return ""

    def clear(self) -> None:
        """Show nothing."""
        self._source = None
        self.grid.set_source(None)
        self.selection_changed.emit()

    def show_all(self) -> None:
        """It shows all that it is given."""

    def keep(self, text: str) -> bool:
        """No text is a filter of its own."""
        return False

    def show_excluded(self, is_excluded: Callable[[int], bool]) -> None:
        """Cross them out."""
        self._is_excluded = is_excluded
        self.grid.viewport().update()
        self._on_current_changed(self.grid.current)

    def selected_numbers(self) -> npt.NDArray[np.int64]:
        """Numbers of the selected items in the data set, in the order in which they are shown, int64."""
        if self._source is None:
            return np.empty(0, np.int64)
        return self._source.numbers[self.grid.selection()]

    def _is_struck(self, index: int) -> bool:
        return self._source is not None and self._is_excluded(int(self._source.numbers[index]))

    def _on_current_changed(self, index: int) -> None:
        caption = self._source.caption(index) if self._source is not None and index >= 0 else ""
        self.current_changed.emit(f"{caption}, excluded" if caption and self._is_struck(index) else caption)
