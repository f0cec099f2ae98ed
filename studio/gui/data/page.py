"""The Data page: the data sets of the workspace, what is in them, and how new ones come in."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from studio.core.words import one_line
from studio.data.exclusion import ExclusionRequest
from studio.data.request import EXAMPLES, PREFIX, ImportRequest
from studio.desk.imports import ImportQueue, QueuedImport, added, unique_name
from studio.desk.snapshot import DatasetRow, ModelRow, Snapshot
from studio.gui.action import Action, add_to_menu
from studio.gui.data.browser import DatasetBrowser
from studio.gui.data.cards import DatasetCards
from studio.gui.data.derived import DerivedDatasets
from studio.gui.data.import_sheet import ImportSheet
from studio.gui.data.import_strip import ImportStrip
from studio.gui.data.inspector import DatasetInspector
from studio.gui.dialog import ask_for_files, ask_for_folder
from studio.gui.layout import boxed, column, row
from studio.gui.page import EmptyState, Page, PageContext
from studio.gui.widgets import Button

__all__ = ["DataPage"]

_FILTER = (
    "Images, archives and arrays (*.png *.jpg *.jpeg *.webp *.bmp *.gif *.tif *.tiff *.ppm *.pgm *.pbm *.zip *.tar "
    "*.tgz *.gz *.bz2 *.xz *.npy *.npz *ubyte*);;Tables (*.csv *.tsv *.tab *.jsonl *.ndjson *.parquet *.pq "
    "*.arrow *.feather *.ipc *.npy *.npz);;All files (*)"
)
_EMPTY_AFTER_MS = 300


class DataPage(Page):
    """Data sets: cards above, the chosen one below, imports on top while they run."""

    title: ClassVar[str] = "Data"

    def __init__(self, context: PageContext) -> None:
        super().__init__(context)
        self._rows: tuple[DatasetRow, ...] = ()
        self._models: tuple[ModelRow, ...] = ()
        self._chosen: Path | None = None
        self._awaited = ""  # id of a data set to choose as soon as the watch sees it
        self._looked = False  # whether the watch has told anything yet
        self._waiting: deque[tuple[str, ...]] = deque()  # what was dropped while the sheet was open
        self.queue = ImportQueue(context.workspace, context.bridge.worker(self).receiver)
        self.derived = DerivedDatasets(self, self.queue, self._taken)
        self.strip = ImportStrip(self.queue)
        self.cards = DatasetCards(context.theme, context.bridge)
        self.browser = DatasetBrowser(context.workspace, context.bridge, context.theme)
        train, removes = "Train on the chosen data set", "Remove the chosen data set"
        self._train = Action(self, "data.train", train, self._on_train, icon="train", short="Train on this")
        tip = "Move this data set to the trash"
        self._remove = Action(self, "data.remove", removes, self.remove, icon="bin", short="Remove", tip=tip)
        self.inspector = DatasetInspector(context.bridge, self._train, self._remove)
        self.sheet = ImportSheet(context)
        about = "Drop images or tables anywhere, or try the digits."
        ways = (("Add images", self.add_files), ("Try the digits", self.add_example))
        self.empty = EmptyState("No data sets yet", about, *ways)
        self.add_button = Button("Add", "plus", primary=True)
        add = (
            Action(self, "data.files", "Add files", self.add_files, short="Files or an archive"),
            Action(self, "data.folder", "Add a folder", self.add_folder, "Ctrl+Shift+O", short="A folder"),
        )
        examples = [
            Action(
                self, f"data.example.{name}", f"Add the example {words}", partial(self.add_example, name), short=words
            )
            for name, words in ((name, name.replace("-", " ")) for name in EXAMPLES)
        ]
        self._menu = QMenu(self)
        add_to_menu(self._menu, *add)
        add_to_menu(self._menu.addMenu("An example"), *examples)
        self.add_button.setMenu(self._menu)
        self.offer(*add, *examples, self._train, self._remove)
        self.offer(*self.browser.excluded.actions_offered, self.browser.ranking.exclude, within=(self.browser,))
        self._build()
        self._connect()
        if context.read_only:
            self._remove.set_ready(False)
            for widget in (self.add_button, self.empty):
                widget.setEnabled(False)
        self._choose(None)
        self._on_snapshot(context.watch.snapshot)
        # Whether there is nothing is not known before the watch has looked.
        QTimer.singleShot(_EMPTY_AFTER_MS, self, self._on_looked)

    def _build(self) -> None:
        below = row((self.browser, 1), self.inspector, spacing=16)
        self._library = boxed(column(self.cards, (below, 1), spacing=12))
        self._stack = QStackedWidget()
        for widget in (self._library, self.empty, self.sheet):
            self._stack.addWidget(widget)
        column(self.strip, (self._stack, 1), on=self, spacing=12)
        self.inspector.hide()

    def _connect(self) -> None:
        self.context.watch.changed.connect(self._on_snapshot)
        self.cards.chosen.connect(self._choose)
        self.browser.damaged.connect(self.inspector.show_damage)
        self.browser.remove_clicked.connect(self.remove)
        self.browser.excluded.made_wanted.connect(self._on_made_wanted)
        self.inspector.class_clicked.connect(self.browser.show_class)
        self.sheet.import_wanted.connect(self._on_import_wanted)
        self.sheet.closed.connect(self._on_sheet_closed)
        self.strip.refused_wanted.connect(self._on_refused_wanted)
        self.strip.retry_wanted.connect(self._on_retry_wanted)
        self.queue.finished.connect(self._on_imported)
        self.queue.cancelled.connect(self._on_import_cancelled)

    def header_widgets(self) -> list[QWidget]:
        """The Add button."""
        return [self.add_button]

    def receive(self, target: dict[str, Any]) -> None:
        """Open the sheet on ``paths`` that were dropped, choose the ``dataset`` of that id, or ``add`` files."""
        if target.get("paths"):
            self._add(target["paths"])
        if target.get("add"):
            self.add_example() if target["add"] == "example" else self.add_files()
        if target.get("dataset"):
            self._awaited = str(target["dataset"])
            self._on_snapshot(self.context.watch.snapshot)

    def closing(self) -> None:
        """Cancel what is at work and wait until it has left nothing."""
        self.sheet.close_jobs()
        self.queue.close()
        self.browser.closing()

    def add_files(self) -> None:
        """Ask for files."""
        if not self._refuse_read_only():
            ask_for_files(self, "Add files", _FILTER, self._add, several=True)

    def add_folder(self) -> None:
        """Ask for a folder."""
        if not self._refuse_read_only():
            ask_for_folder(self, "Add a folder", lambda chosen: self._add([chosen]))

    def add_example(self, example: str = EXAMPLES[0]) -> None:
        """Import a data set that ships with the studio, by its name."""
        if not self._refuse_read_only():
            name, paths = unique_name(example, self._taken()), (f"{PREFIX}{example}",)
            self.queue.add(ImportRequest(workspace=self.context.workspace.path, paths=paths, name=name), name)

    def remove(self) -> None:
        """Move the chosen data set to the trash; the message offers to undo it."""
        row = self._row(self._chosen)
        if row is None or self._refuse_read_only():
            return
        name = one_line(row.document.name if row.document is not None else row.folder.name)
        user = next((run for run in self.context.watch.snapshot.runs if run.live and _learns_from(run, row)), None)
        if user is not None:
            self.context.toasts.say(
                f"'{name}' was not removed: '{one_line(user.name)}' trains on it; stop that first.", kind="warning"
            )
            return
        folder, workspace = row.folder, self.context.workspace

        def await_it() -> None:
            self._awaited = folder.name

        text = f"Removed '{name}'."
        self.context.desk(self).remove_with_undo(folder, text, lambda: workspace.throw_away(folder), await_it)

    def _refuse_read_only(self) -> bool:
        if self.context.read_only:
            self.context.toasts.say("This workspace can only be read; open another to add or remove data.", kind="bad")
        return self.context.read_only

    def _add(self, paths: Sequence[str | Path]) -> None:
        """Look at paths; what comes while the sheet is open waits for its turn."""
        if self._refuse_read_only() or not paths:
            return
        if self._stack.currentWidget() is self.sheet:
            self._waiting.append(tuple(os.fspath(path) for path in paths))
            self.context.toasts.say("What you dropped is looked at after this.")
            return
        self._open_sheet(tuple(os.fspath(path) for path in paths))

    def _open_sheet(self, paths: tuple[str, ...], earlier: ImportRequest | None = None) -> None:
        self._stack.setCurrentWidget(self.sheet)
        self.add_button.setEnabled(False)
        self.sheet.open(paths, self._taken(), earlier)

    def _taken(self) -> set[str]:
        """Names that data sets have, or are about to have."""
        names = {one_line(row.document.name) for row in self._rows if row.document is not None}
        return names | {item.title for item in self.queue.rows}

    def _on_sheet_closed(self) -> None:
        self.add_button.setEnabled(not self.context.read_only)
        self._stack.setCurrentWidget(self._library)
        self._arrange()
        if self._waiting:
            self._open_sheet(self._waiting.popleft())

    def _on_import_wanted(self, request: ImportRequest, name: str) -> None:
        self.queue.add(request, name)
        self._on_sheet_closed()

    def _on_imported(self, item: QueuedImport, done: Mapping[str, Any]) -> None:
        # The watch may have seen it before this was told; then it tells of it no more.
        self.receive({"dataset": done["dataset"]})
        self.context.watch.look_now()
        if not done["rejected"] or not self.isVisible():
            self.context.toasts.say(added(done), kind="good")

    def _on_made_wanted(self, request: ExclusionRequest, name: str, train: bool) -> None:
        if not self._refuse_read_only():
            self.derived.make(request, name, self.browser.order.run() if train else None)

    def _on_import_cancelled(self, item: QueuedImport) -> None:
        self.context.toasts.say(f"The import of '{item.title}' was cancelled; nothing was added.")
        self._arrange()

    def _on_retry_wanted(self, request: ImportRequest) -> None:
        if self._stack.currentWidget() is not self.sheet:
            self._open_sheet(request.paths, request)

    def _on_refused_wanted(self, id: str) -> None:
        if self._chosen is None or self._chosen.name != id:
            self.receive({"dataset": id})
        self.inspector.show_refused()

    def _on_train(self) -> None:
        row = self._row(self._chosen)
        if row is not None and row.document is not None:
            self.page_wanted.emit("train", {"dataset": row.document.id})

    def _row(self, folder: Path | None) -> DatasetRow | None:
        return next((row for row in self._rows if row.folder == folder), None)

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        if snapshot.models != self._models:
            self._models = snapshot.models
            self.browser.show_models(snapshot.models)
        if snapshot.datasets == self._rows and not self._awaited:
            return  # the watch tells of trainings several times a second
        before, self._rows = self._row(self._chosen), snapshot.datasets
        self.cards.show_rows(self._rows)
        awaited = next((row for row in self._rows if row.folder.name == self._awaited), None)
        if awaited is not None:
            self._awaited = ""
            # One that is shown already, as a new one may be before its import says that it is done, keeps its filters.
            if awaited.folder != self._chosen or awaited != before:
                self._choose(awaited.folder)
        elif self._row(self._chosen) is None:
            self._choose(self._rows[-1].folder if self._rows else None)
        elif self._row(self._chosen) != before:
            self._choose(self._chosen)
        self._arrange()

    def _on_looked(self) -> None:
        self._looked = True
        self._arrange()

    def _arrange(self) -> None:
        """Show the library, or what to do where there is none; the sheet stays where it is open."""
        if self._stack.currentWidget() is not self.sheet:
            self._stack.setCurrentWidget(self.empty if self._looked and not self._rows else self._library)

    def _choose(self, folder: Path | None) -> None:
        row = self._row(folder)
        self._chosen = folder if row is not None else None
        self.cards.set_current(self._chosen)
        self.inspector.show_dataset(row)
        if row is not None and row.document is None:
            self.browser.show_dataset(None)
            self.browser.show_damage(row.error)
        else:
            self.browser.show_dataset(self._chosen)
        self.browser.setVisible(row is not None)


def _learns_from(run: Any, row: DatasetRow) -> bool:
    return run.document is not None and run.document.dataset == row.folder.name
