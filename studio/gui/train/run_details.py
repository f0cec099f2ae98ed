"""Shows what a run was started with and what was said about it since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QListWidget, QWidget

from studio.core.settings import join_settings
from studio.core.words import duration, moment
from studio.desk.snapshot import RunRow
from studio.gui.layout import column
from studio.gui.page import PageContext
from studio.gui.widgets import Button, PlainLabel, SecondaryLabel, TextTable, TitleLabel
from studio.store.metrics import Event

__all__ = ["RunDetails"]


def _shown(value: Any) -> str:
    if value is None:
        return "automatic"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


class RunDetails(QWidget):
    """The frozen settings of a run, and its events.

    Signals:
        repeat_wanted: A new run with these settings is wanted.
    """

    repeat_wanted = Signal()

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._context = context
        self._run: Path | None = None
        self._written: tuple[Any, ...] = ()
        self.facts = PlainLabel()
        self.settings = TextTable("Settings of this run", "Setting", "Value")
        self.events = QListWidget()
        self.events.setWordWrap(True)
        self.events.setAccessibleName("Events of this run")
        self.repeat = Button("New run with these settings", "copy")
        self.repeat.clicked.connect(self.repeat_wanted)
        frozen = SecondaryLabel("Settings are frozen once a run is made.")
        events = TitleLabel("Events", 1.0)
        column(self.facts, frozen, (self.settings, 3), events, (self.events, 2), self.repeat, on=self)

    def show_run(self, row: RunRow) -> None:
        """Show a run."""
        run, status = row.document, row.status
        facts = [row.folder.name]
        if run is not None:
            facts.append(f"{run.family} on {run.dataset_name}")
            facts.append(f"preset {run.preset or 'none'}, seed {run.seed}, {status.device or run.device}")
            facts.append(f"made {moment(run.created)}, trained {duration(status.seconds)}, step {status.step:,}")
        self.facts.setText("\n".join(facts))
        if row.folder != self._run:
            self._run = row.folder
            self.events.clear()
            self._written = ()
            values: dict[str, Any] = {}
            if run is not None:
                values = join_settings(run.train, run.settings)
            self.settings.set_rows([(key, _shown(value)) for key, value in values.items()])
        self.repeat.setEnabled(run is not None)

    def show_events(self, run: Path, events: list[Event]) -> None:
        """Show what was said about the run."""
        written = tuple(events)
        if run != self._run or written == self._written:
            return
        self._written = written
        self.events.clear()
        for event in events:
            self.events.addItem(f"step {event.step:,}, {moment(event.time)}: {event.message}")

    def show_problem(self, run: Path, text: str) -> None:
        """Say why nothing can be told of the run."""
        if run == self._run:
            self._written = ()
            self.events.clear()
            self.events.addItem(f"What was said about this run cannot be read: {text}")
