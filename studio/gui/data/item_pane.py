"""What the browser of a data set asks of whoever shows its items: a grid of tiles, or a table of rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import SignalInstance

from studio.desk.items import ItemFilter, OpenedDataset
from studio.desk.ranking import Ranking
from studio.desk.row_reader import Stop

__all__ = ["Chosen", "ItemPane"]


class Chosen(Protocol):
    """Items that were chosen."""

    @property
    def num_items(self) -> int:
        """How many there are."""

    @property
    def numbers(self) -> npt.NDArray[np.int64]:
        """Their numbers in the data set, in the order in which they are shown, int64."""


class ItemPane(Protocol):
    """A widget that shows items of one data set.

    Attributes:
        hint: What can be searched for.
        note: What is to be known of the items that are shown, behind their number.

    Signals:
        changed: Its own filters or its order changed; the items are to be chosen again.
        current_changed: Another item is the current one: what it is, in words, empty for none.
        selection_changed: Other items are selected.
    """

    hint: ClassVar[str]
    changed: SignalInstance
    current_changed: SignalInstance
    selection_changed: SignalInstance
    note: str

    def choosing(
        self, opened: OpenedDataset, wanted: ItemFilter, ranking: Ranking | None, stop: Stop
    ) -> Callable[[], Chosen]:
        """What chooses the items, in a thread; it raises ``Dropped`` where ``stop`` says so."""

    def show_items(self, found: Any) -> str:
        """Show what was chosen; returns why a filter could not be understood, empty where it could."""

    def clear(self) -> None:
        """Show nothing, without filters."""

    def show_all(self) -> None:
        """Take away its own filters, without a word."""

    def keep(self, text: str) -> bool:
        """Keep a text of the search as a filter of its own; False where it is none."""

    def show_excluded(self, is_excluded: Callable[[int], bool]) -> None:
        """Strike items out by a function of their number; called again when others are to be."""

    def selected_numbers(self) -> npt.NDArray[np.int64]:
        """Numbers of the selected items in the data set, in the order in which they are shown, int64."""

    def show(self) -> None:
        """Show the widget."""

    def hide(self) -> None:
        """Hide the widget."""
