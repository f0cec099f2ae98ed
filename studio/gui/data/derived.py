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
        # What is to be trained on, with the run whose settings that begins with, empty for none.
        self._to_train: dict[ExclusionRequest, str] = {}
        self._awaited: tuple[str, str] | None = None  # a data set's id and such a run, until the watch sees the former
        queue.finished.connect(self._on_finished)
        queue.failed.connect(lambda item, why: self._forget(item))
        queue.cancelled.connect(self._forget)
        page.context.watch.changed.connect(self._on_snapshot)

    def make(self, request: ExclusionRequest, name: str, like: str | None) -> None:
        """Make a data set; of one that is in the making it still counts that it is to be trained on.

        Args:
            request: Without which items.
            name: Its name, which gets a number where it is taken.
            like: Open the training on it, with the settings of the run of this id, empty for none; None for neither.
        """
        made = [row.request for row in self._queue.rows if isinstance(row.request, ExclusionRequest)]
        key = (request.dataset, request.ranges)
        known = next((other for other in made if (other.dataset, other.ranges) == key), None)
        title = unique_name(name, self._taken())
        wanted = known or request.model_copy(update={"name": title})
        if like is not None:
            self._to_train[wanted] = like
        if known is None:
            self._queue.add(wanted, title)

    def _forget(self, item: QueuedImport) -> str | None:
        """Forget what has ended; returns the run that the training begins with, None where there is to be none."""
        return self._to_train.pop(item.request, None) if isinstance(item.request, ExclusionRequest) else None

    def _on_finished(self, item: QueuedImport, done: Mapping[str, Any]) -> None:
        like = self._forget(item)
        if like is not None:
            self._awaited = (str(done["dataset"]), like)
            self._on_snapshot(self._page.context.watch.snapshot)

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        awaited = self._awaited
        if awaited is None or all(row.folder.name != awaited[0] for row in snapshot.datasets):
            return
        self._awaited = None
        if self._page.isVisible():
            self._open(*awaited)
        else:
            # Who is elsewhere by now is not taken away from there.
            self._page.context.toasts.say(
                "The data set is made.", "Train on it", lambda: self._open(*awaited), kind="good"
            )

    def _open(self, id: str, like: str) -> None:
        self._page.page_wanted.emit("train", {"dataset": id, "like": like})
