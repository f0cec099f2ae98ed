"""Shows the imports that are at work or wait, what came of them, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.core.words import breakable
from studio.data.request import ImportRequest
from studio.desk.imports import ImportQueue, QueuedImport, added, stage_text
from studio.gui.layout import column, row
from studio.gui.notice import Notice, ProgressRow
from studio.gui.painting import cut
from studio.gui.widgets import Button, PlainLabel, SecondaryLabel

__all__ = ["ImportStrip"]

_MOST_NOTICES = 3
_NAME_WIDTH = 200


class _Row(QWidget):
    """One import: its name, and how far it is or that it waits."""

    def __init__(self, title: str) -> None:
        super().__init__()
        name = PlainLabel()
        name.setWordWrap(False)
        shown = cut(title, name.fontMetrics(), _NAME_WIDTH)
        name.setText(f"Adding '{shown}'")
        self.waiting = SecondaryLabel("Waits for the imports before it")
        self.progress = ProgressRow()
        self.progress.hide()
        self.cancel_button = Button("Cancel")
        row(name, (self.progress, 1), (self.waiting, 1), self.cancel_button, on=self, spacing=12)

    def begin(self) -> None:
        """Its turn has come."""
        self.waiting.hide()
        self.cancel_button.hide()
        self.progress.show_progress("Starting", 0, 0)
        self.progress.show()


class ImportStrip(QWidget):
    """A row for each import, and a notice for each that failed or refused something.

    Args:
        queue: The imports.

    Signals:
        refused_wanted: Id of a data set whose refused files the person wants to see.
        retry_wanted: A request that failed and that the person wants to change.
    """

    refused_wanted = Signal(str)
    retry_wanted = Signal(object)

    def __init__(self, queue: ImportQueue) -> None:
        super().__init__()
        self._queue = queue
        self._rows: dict[QueuedImport, _Row] = {}
        self.notices: list[Notice] = []
        self._layout = column(on=self)
        queue.added.connect(self._on_added)
        queue.started.connect(lambda item: self._rows[item].begin())
        queue.progressed.connect(self._on_progressed)
        queue.finished.connect(self._on_finished)
        queue.failed.connect(self._on_failed)
        queue.cancelled.connect(self._remove)
        self.hide()

    def texts(self) -> list[str]:
        """What the rows and notices say."""
        rows = [row.progress.text if row.progress.isVisible() else row.waiting.text() for row in self._rows.values()]
        return rows + [notice.text for notice in self.notices if not notice.isHidden()]

    def _on_added(self, item: QueuedImport) -> None:
        row = _Row(item.title)
        row.cancel_button.clicked.connect(lambda: self._queue.cancel(item))
        row.progress.cancelled.connect(lambda: self._queue.cancel(item))
        self._rows[item] = row
        self._layout.addWidget(row)
        self.show()

    def _on_progressed(self, item: QueuedImport, stage: str, done: int, total: int) -> None:
        self._rows[item].progress.show_progress(stage_text(stage), done, total)

    def _on_finished(self, item: QueuedImport, done: Mapping[str, Any]) -> None:
        self._remove(item)
        if done["rejected"]:
            show = partial(self.refused_wanted.emit, done["dataset"])
            self._add_notice().set("good", breakable(added(done)), button="Show refused", on_click=show)

    def _on_failed(self, item: QueuedImport, message: str) -> None:
        self._remove(item)
        request, notice = item.request, self._add_notice()

        def retry() -> None:
            notice.hide()
            self.retry_wanted.emit(request)

        text = f"'{item.title}' was not added. {breakable(message)}"
        notice.set(
            "bad", text, button="Change and try again" if isinstance(request, ImportRequest) else "", on_click=retry
        )

    def _add_notice(self) -> Notice:
        self.notices = [notice for notice in self.notices if not notice.isHidden()]
        while len(self.notices) >= _MOST_NOTICES:
            self.notices.pop(0).deleteLater()
        notice = Notice(closable=True)
        self.notices.append(notice)
        self._layout.insertWidget(0, notice)
        self.show()
        return notice

    def _remove(self, item: QueuedImport) -> None:
        row = self._rows.pop(item, None)
        if row is not None:
            row.hide()
            row.deleteLater()
