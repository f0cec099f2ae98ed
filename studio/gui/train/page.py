"""The Train page: the runs, the one in view, and the next one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget

from studio.core.errors import explain
from studio.desk.run_reading import read_events
from studio.desk.snapshot import Snapshot
from studio.gui.layout import boxed, column, divider, row
from studio.gui.page import EmptyState, Page, PageContext
from studio.gui.train.run_details import RunDetails
from studio.gui.train.run_list import RunList
from studio.gui.train.run_view import RunView
from studio.gui.train.setup import Setup
from studio.gui.widgets import Button
from studio.hooks.catalogue import Catalogue
from studio.store.metrics import Event
from studio.store.run import RunDocument

__all__ = ["TrainPage"]

_PERIOD_MS = 1000
_MOST_COMPARED = 12


class TrainPage(Page):
    """Runs at the left, the run in view in the middle, settings at the right."""

    title = "Train"

    def __init__(self, context: PageContext) -> None:
        super().__init__(context)
        self._wanted = ""
        self._pattern: RunDocument | None = None  # what a new run is to be like, until the families are known
        self._reading = False
        self.runs = RunList(context)
        self.runs.chosen.connect(lambda _: self._show_selected())
        self.view = RunView(context)
        self.view.model_wanted.connect(lambda id: self.page_wanted.emit("gallery", {"model": id}))
        self.view.plugin_wanted.connect(lambda name: self.page_wanted.emit("plugins", {"install": name}))
        self.setup = Setup(context)
        self.setup.started.connect(self._on_started)
        self.details = RunDetails(context)
        self.details.repeat_wanted.connect(self._on_repeat_wanted)
        self.no_data = EmptyState(
            "Train on your own data",
            "There is no data set yet. Drop images anywhere on the window, or try the digits.",
            ("Add images", lambda: self.page_wanted.emit("data", {"add": "files"})),
            ("Try the digits", lambda: self.page_wanted.emit("data", {"add": "example"})),
        )
        about = (
            "Choose a family and a preset at the right, then press Start. Curves and samples appear while it learns."
        )
        self.no_run = EmptyState("No run yet", about, ("Start", self.setup.start_action.trigger))
        self.centre = QStackedWidget()
        for widget in (self.no_data, self.no_run, self.view):
            self.centre.addWidget(widget)
        self.new_tab, self.run_tab = Button("New run"), Button("This run")
        self.column = QStackedWidget()
        self.column.addWidget(self.setup)
        self.column.addWidget(self.details)
        self._build()
        self.offer(self.setup.start_action, self.view.name.rename, *self.view.actions_of_run)
        self._timer = QTimer(self)
        self._timer.setInterval(_PERIOD_MS)
        self._timer.timeout.connect(self._on_tick)
        context.watch.changed.connect(self._on_changed)
        self._on_changed(context.watch.snapshot)
        self.read_catalogue()

    def _build(self) -> None:
        for number, button in enumerate((self.new_tab, self.run_tab)):
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.clicked.connect(lambda _=False, number=number: self.column.setCurrentIndex(number))
        self.new_tab.setChecked(True)
        right = boxed(column(row((self.new_tab, 1), (self.run_tab, 1), spacing=4), (self.column, 1)))
        right.setMinimumWidth(290)
        right.setMaximumWidth(420)
        # A wide window gives the names a share of its room too.
        self.runs.setMaximumWidth(440)
        column(divider((self.runs, 1), (self.centre, 4), (right, 0), sizes=(260, 640, 340)), on=self)

    def read_catalogue(self) -> None:
        """Ask which families are installed, in a process of its own where that is not known yet."""
        context = self.context
        context.bridge.run(self, context.installed_plugins, self._on_catalogue, self.setup.show_catalogue_error)

    def receive(self, target: dict[str, Any]) -> None:
        """Prepare a run on a data set (``dataset``), with the settings of a run (``like``), or show a run (``run``)."""
        if "dataset" in target:
            id, snapshot = str(target["dataset"]), self.context.watch.snapshot
            self.setup.set_snapshot(snapshot)
            self.setup.choose_dataset(id)
            like = next((row.document for row in snapshot.runs if row.folder.name == target.get("like")), None)
            self._pattern = like.model_copy(update={"dataset": id}) if like is not None else None
            self._take_over_pattern()
            self._show_tab(0)
        if "run" in target:
            self._wanted = str(target["run"])
            self._choose_wanted()

    def shown(self) -> None:
        """Begin to follow."""
        self._timer.start()
        self.read_catalogue()
        self.view.look_for_plugin()
        self._on_tick()

    def hidden(self) -> None:
        """Stop to follow."""
        self._timer.stop()

    def closing(self) -> None:
        """End threads and exports."""
        self._timer.stop()
        self.view.closing()

    def _show_tab(self, number: int) -> None:
        (self.new_tab, self.run_tab)[number].setChecked(True)
        self.column.setCurrentIndex(number)

    def _take_over_pattern(self) -> None:
        if self._pattern is not None and self.setup.draft.catalogue is not None:
            pattern, self._pattern = self._pattern, None
            self.setup.take_over(pattern)

    def _on_catalogue(self, catalogue: Catalogue) -> None:
        self.runs.set_monitors({family.id: family.monitor for family in catalogue.families})
        self.setup.set_catalogue(catalogue)
        self._take_over_pattern()

    def _on_changed(self, snapshot: Snapshot) -> None:
        self.setup.set_snapshot(snapshot)
        self.runs.set_rows(snapshot.runs)
        self._choose_wanted()
        if not self.runs.selected() and snapshot.runs:
            newest = snapshot.runs[-1]
            live = next((row for row in snapshot.runs if row.status.state == "running"), newest)
            self.runs.choose(live.folder.name)
        self._show_selected()

    def _choose_wanted(self) -> None:
        if self._wanted and self.runs.choose(self._wanted):
            self._wanted = ""

    def _show_selected(self) -> None:
        rows = self.runs.selected()
        if len(rows) > _MOST_COMPARED:
            self.context.toasts.say(f"Curves of {_MOST_COMPARED} of the {len(rows)} selected runs are shown.")
            rows = rows[:_MOST_COMPARED]
        self.run_tab.setEnabled(bool(rows))
        if rows:
            before = self.view.row.folder if self.view.row is not None else None
            self.view.show_runs(rows)
            self.details.show_run(rows[0])
            self.centre.setCurrentWidget(self.view)
            if rows[0].folder != before:
                self._on_tick()
        else:
            snapshot = self.context.watch.snapshot
            self.view.clear()
            self.centre.setCurrentWidget(self.no_run if snapshot.datasets else self.no_data)
            self._show_tab(0)

    def _on_tick(self) -> None:
        row = self.view.row
        if row is None or self._reading:
            return
        self._reading = True
        self.view.previews.refresh()
        self.context.bridge.run(
            self,
            lambda: read_events(row.folder),
            lambda events: self._on_events(row.folder, events),
            lambda error: self._on_no_events(row.folder, error),
        )

    def _on_no_events(self, run: Path, error: Exception) -> None:
        self._reading = False
        self.details.show_problem(run, explain(error))

    def _on_events(self, run: Path, events: list[Event]) -> None:
        self._reading = False
        if self.view.row is not None and self.view.row.folder == run:
            self.details.show_events(run, events)
            self.view.show_events(events)

    def _on_started(self, id: str) -> None:
        self._wanted = id
        self._choose_wanted()

    def _on_repeat_wanted(self) -> None:
        if self.view.row is not None and self.view.row.document is not None:
            self.setup.take_over(self.view.row.document)
            self._show_tab(0)
