"""Shows what a run was started with and what was said about it since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QListWidget, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from studio.core.settings import join_settings
from studio.core.words import duration, moment
from studio.desk.snapshot import RunRow
from studio.gui.page import PageContext
from studio.gui.widgets import Button, PlainLabel, SecondaryLabel, TitleLabel
from studio.store.metrics import Event

__all__ = ["RunDetails"]


def _shown(value: Any) -> str:
    if value is None:
        return "automatic"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


class RunDetails(QWidget):
    """The frozen settings of a run, and its events.

    Args:
        context: What it needs from the window.

    Signals:
        repeat_wanted: A new run with these settings is wanted.
    """

    repeat_wanted = Signal()

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._run: Path | None = None
        self._written: tuple[Any, ...] = ()
        self.facts = PlainLabel()
        self.settings = QTableWidget(0, 2)
        self.settings.setHorizontalHeaderLabels(["Setting", "Value"])
        self.settings.verticalHeader().hide()
        self.settings.horizontalHeader().setStretchLastSection(True)
        self.settings.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.settings.setAccessibleName("Settings of this run")
        self.events = QListWidget()
        self.events.setWordWrap(True)
        self.events.setAccessibleName("Events of this run")
        self.repeat = Button("New run with these settings", "copy")
        self.repeat.clicked.connect(self.repeat_wanted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.facts)
        layout.addWidget(SecondaryLabel("Settings are frozen once a run is made."))
        layout.addWidget(self.settings, 3)
        layout.addWidget(TitleLabel("Events", 1.0))
        layout.addWidget(self.events, 2)
        layout.addWidget(self.repeat)

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
            self.settings.setRowCount(len(values))
            for number, (key, value) in enumerate(values.items()):
                self.settings.setItem(number, 0, QTableWidgetItem(key))
                self.settings.setItem(number, 1, QTableWidgetItem(_shown(value)))
            self.settings.resizeColumnToContents(0)
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
