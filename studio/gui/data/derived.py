"""Has data sets made without some items of the shown one, and opens the training on those that are for that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from PySide6.QtCore import QObject

from studio.data.exclusion import ExclusionRequest
from studio.desk.imports import ImportQueue, QueuedImport, unique_name
from studio.desk.snapshot import Snapshot
from studio.gui.page import Page

__all__ = ["DerivedDatasets"]


class DerivedDatasets(QObject):
    """What is asked for, until it is there.

    Args:
        page: The page on which they are asked for.
        queue: Makes them.
        taken: Names that data sets have already.
    """

    def __init__(self, page: Page, queue: ImportQueue, taken: Callable[[], Collection[str]]) -> None:
        super().__init__(page)
        self._page, self._queue, self._taken = page, queue, taken
        self._to_train: list[ExclusionRequest] = []
        self._awaited = ""  # id of a data set to train on as soon as the watch sees it
        queue.finished.connect(self._on_finished)
        queue.failed.connect(lambda item, why: self._was_to_train(item))
        queue.cancelled.connect(self._was_to_train)
        page.context.watch.changed.connect(self._on_snapshot)

    def make(self, request: ExclusionRequest, name: str, train: bool) -> None:
        """Make a data set; of one that is in the making it still counts that it is to be trained on.

        Args:
            request: Without which items.
            name: Its name, which gets a number where it is taken.
            train: Whether to open the training on it.
        """
        made = [row.request for row in self._queue.rows if isinstance(row.request, ExclusionRequest)]
        key = (request.dataset, request.ranges)
        known = next((other for other in made if (other.dataset, other.ranges) == key), None)
        title = unique_name(name, self._taken())
        wanted = known or request.model_copy(update={"name": title})
        if train and wanted not in self._to_train:
            self._to_train.append(wanted)
        if known is None:
            self._queue.add(wanted, title)

    def _was_to_train(self, item: QueuedImport) -> bool:
        found = item.request in self._to_train
        self._to_train = [request for request in self._to_train if request != item.request]
        return found

    def _on_finished(self, item: QueuedImport, done: Mapping[str, Any]) -> None:
        if self._was_to_train(item):
            self._awaited = str(done["dataset"])
            self._on_snapshot(self._page.context.watch.snapshot)

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        id = self._awaited
        if not id or all(row.folder.name != id for row in snapshot.datasets):
            return
        self._awaited = ""
        if self._page.isVisible():
            self._open(id)
        else:
            # Who is elsewhere by now is not taken away from there.
            self._page.context.toasts.say("The data set is made.", "Train on it", lambda: self._open(id), kind="good")

    def _open(self, id: str) -> None:
        self._page.page_wanted.emit("train", {"dataset": id})
