"""The Play page: draw points, press Go, and see every family learn them side by side."""

from __future__ import annotations

import math
import time
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from studio.core.errors import explain
from studio.desk.imports import unique_name
from studio.desk.play.drawing import EXAMPLE_NAMES, Drawing
from studio.desk.play.glimpse import Glimpse, look
from studio.desk.play.lesson import LANE, POINTS_SPEC, Lesson, families_for_points, get_ready
from studio.desk.snapshot import Snapshot
from studio.gui.action import Action, add_to_menu, button_of
from studio.gui.layout import Stretch, boxed, column, row
from studio.gui.notice import Notice
from studio.gui.page import Page, PageContext
from studio.gui.panel_grid import PanelGrid
from studio.gui.play.canvas import Canvas
from studio.gui.play.panel import PANEL_CHROME, FamilyPanel
from studio.gui.play.plane import Ground
from studio.gui.widgets import Button, SecondaryLabel
from studio.hooks.catalogue import Catalogue, CatalogueFamily

__all__ = ["PlayPage"]

_PERIOD_MS = 200
_CANVAS = (296, 420)
_READY_S = 30.0


class PlayPage(Page):
    """The canvas at the left, a panel for each family at the right."""

    title: ClassVar[str] = "Play"

    def __init__(self, context: PageContext) -> None:
        super().__init__(context)
        self._desk = context.desk(self)
        self._families: list[CatalogueFamily] | None = None
        self._lesson: Lesson | None = None
        self._looking = False
        self._ready_at = -math.inf
        self.drawing = Drawing()
        self._ground = Ground()
        self.canvas = Canvas(context.theme, self.drawing)
        self.canvas.drawn.connect(self._on_drawn)
        self.grid = PanelGrid(PANEL_CHROME)
        self.panels: dict[str, FamilyPanel] = {}
        self.notice = Notice(closable=True)
        self.stage = SecondaryLabel()
        self.count = SecondaryLabel(whole=True)
        self._make_actions()
        self._build()
        self._timer = QTimer(self)
        self._timer.setInterval(_PERIOD_MS)
        self._timer.timeout.connect(self._look)
        context.watch.changed.connect(self._on_changed)
        self._show_state()
        self.read_catalogue()

    def _make_actions(self) -> None:
        self.go = Action(
            self, "play.go", "Let every family learn the points", self._on_go, "Ctrl+Return", icon="play", short="Go"
        )
        self.stop = Action(self, "play.stop", "Stop all of them", self._on_stop, icon="stop", short="Stop")
        undo, clear = "Undo the last stroke", "Clear the canvas"
        self.undo = Action(self, "play.undo", undo, self._on_undo, "Backspace", icon="undo", short="Undo")
        self.clear = Action(self, "play.clear", clear, self._on_clear, icon="bin", short="Clear")
        self.examples = [
            Action(self, f"play.example.{name}", f"Take the example {words}", partial(self.take, name), short=words)
            for name, words in ((name, name.replace("-", " ")) for name in EXAMPLE_NAMES)
        ]
        self.offer(self.go, self.stop, self.undo, self.clear, *self.examples)

    def _build(self) -> None:
        self.brush, self.eraser = Button("Brush", "brush"), Button("Eraser", "eraser")
        for button, erases in ((self.brush, False), (self.eraser, True)):
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.clicked.connect(partial(setattr, self.canvas, "erases", erases))
        self.brush.setChecked(True)
        self.inside = Button("Show the inside")
        self.inside.setCheckable(True)
        self.inside.setChecked(True)
        self.inside.setToolTip("Density, the flow's bent grid, the paths of the samples")
        self.inside.toggled.connect(self._on_inside)
        self.menu = QMenu(self)
        add_to_menu(self.menu, *self.examples)
        self.example_button = Button("An example")
        self.example_button.setMenu(self.menu)
        go = button_of(self.go, primary=True)
        go.setMinimumHeight(44)
        stop = button_of(self.stop)
        stop.setMinimumHeight(44)
        for button in (go, stop):
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.canvas.setMaximumSize(_CANVAS[1], _CANVAS[1])
        tools = row(self.brush, self.eraser, Stretch(), self.example_button, spacing=4)
        changes = row(button_of(self.undo), button_of(self.clear), Stretch(), self.count, spacing=4)
        left = boxed(
            column(tools, (self.canvas, 1), changes, row((go, 2), (stop, 1)), self.stage, self.notice, Stretch())
        )
        left.setMinimumWidth(_CANVAS[0])
        left.setMaximumWidth(_CANVAS[1])
        row((left, 2), (self.grid, 5), on=self, spacing=16)

    def read_catalogue(self) -> None:
        """Ask which families are installed, in a process of its own where that is not known yet."""
        context = self.context
        context.bridge.run(self, context.installed_plugins, self._on_catalogue, self._on_no_catalogue)

    def take(self, name: str) -> None:
        """Put an example on the canvas."""
        self.drawing.take_example(name)
        self._show_drawing()

    def header_widgets(self) -> list[QWidget]:
        """Whether the panels show what is inside the models."""
        return [self.inside]

    def receive(self, target: dict[str, Any]) -> None:
        """Take an ``example``."""
        if target.get("example") in EXAMPLE_NAMES:
            self.take(str(target["example"]))

    def shown(self) -> None:
        """Begin to follow."""
        self.read_catalogue()
        self._timer.start()

    def hidden(self) -> None:
        """Stop to follow; what learns goes on."""
        self._timer.stop()

    def closing(self) -> None:
        """End what was begun here."""
        self._timer.stop()
        if self._lesson is not None:
            self._lesson.close()

    def _on_catalogue(self, catalogue: Catalogue) -> None:
        families = families_for_points(catalogue)
        if families != self._families and (self._lesson is None or self._lesson.over):
            self._families = families
            self.panels = {family.id: FamilyPanel(self.context.theme, family, self._ground) for family in families}
            for panel in self.panels.values():
                panel.opened.connect(lambda id: self.page_wanted.emit("train", {"run": id}))
                panel.picture.show_inside(self.inside.isChecked())
            self.grid.set_panels(list(self.panels.values()))
            if not families:
                self.notice.set("warning", "No family that is installed can model points; the Plugins page says why.")
        self._show_state()

    def _on_no_catalogue(self, error: Exception) -> None:
        self.notice.set("bad", explain(error))

    def _get_ready(self) -> None:
        """Go is going to be pressed soon: have imported by then what takes seconds."""
        now, workspace = time.monotonic(), self.context.workspace
        if now - self._ready_at > _READY_S and self.go.ready:
            self._ready_at = now
            self.context.bridge.run(self, lambda: get_ready(workspace))

    def _on_inside(self, shows: bool) -> None:
        for panel in self.panels.values():
            panel.picture.show_inside(shows)

    def _on_drawn(self) -> None:
        self._show_drawing(canvas=False)

    def _on_undo(self) -> None:
        self.drawing.undo()
        self._show_drawing()

    def _on_clear(self) -> None:
        self.drawing.clear()
        self._show_drawing()

    def _show_ground(self) -> None:
        """Show the drawing in every panel."""
        self._ground.set_rows(self.drawing.rows)
        for panel in self.panels.values():
            panel.picture.update()

    def _show_drawing(self, canvas: bool = True) -> None:
        if canvas:
            self.canvas.refresh()
        if self._lesson is None:
            # What is learned stays behind what learned it, until there is something else to learn.
            self._show_ground()
        self._show_state()
        self._get_ready()

    def _show_state(self) -> None:
        lesson = self._lesson
        works = lesson is not None and not lesson.over
        ready = bool(self._families) and not self.drawing.missing and not self.context.read_only
        self.go.set_ready(ready)
        self.go.present(short="Go again" if works else "Go", tip=self.drawing.missing or "Learn these points")
        self.stop.set_ready(works)
        self.undo.set_ready(self.drawing.can_undo)
        self.clear.set_ready(bool(len(self.drawing.rows)))
        points = len(self.drawing.rows)
        self.count.setText(f"{points:,} point{'' if points == 1 else 's'}")
        if self.context.read_only:
            self.stage.setText("This workspace can be looked at only.")
        elif works and lesson is not None and lesson.stage:
            self.stage.setText(f"{lesson.stage}\u2026")
        else:
            self.stage.setText(self.drawing.missing if not works else "")

    def _on_go(self) -> None:
        if self.drawing.missing or not self._families or self.context.read_only:
            self.context.toasts.say(self.drawing.missing or "No family can learn points here.")
            return
        if self._lesson is not None:
            self._lesson.stop()
        self._stop_earlier()
        self.notice.hide()
        rows = self.drawing.rows
        taken = {found.document.name for found in self.context.watch.snapshot.datasets if found.document is not None}
        name = unique_name(self.drawing.example, taken) if self.drawing.example else _next_name(taken)
        lesson = Lesson(self._desk, self.context.control, self._families, rows, name, self.drawing.example)
        self._lesson = lesson
        lesson.changed.connect(lambda: self._on_lesson(lesson))
        self._show_ground()
        for panel in self.panels.values():
            panel.begin()
        lesson.start()
        self._timer.start()
        self._show_state()

    def _stop_earlier(self) -> None:
        """Runs of an earlier window's page must not have the lanes."""
        for found in self.context.watch.snapshot.runs:
            if found.live and found.document is not None and found.document.lane.startswith(LANE):
                self.context.control.ask(self._desk.worker, found.folder, "stop", lambda _: None, lambda _: None)

    def _on_stop(self) -> None:
        if self._lesson is not None:
            self._lesson.stop()

    def _on_lesson(self, lesson: Lesson) -> None:
        if lesson is not self._lesson:
            return
        if "" in lesson.faults:
            self.notice.set("bad", lesson.faults[""])
        for family, text in lesson.faults.items():
            if family in self.panels:
                self.panels[family].show_fault(text)
        self._on_changed(self.context.watch.snapshot)

    def _on_changed(self, snapshot: Snapshot) -> None:
        lesson = self._lesson
        if lesson is not None:
            if not lesson.over:
                lesson.show(snapshot)
            for family, found in lesson.rows_of(snapshot).items():
                if family in self.panels:
                    self.panels[family].show_run(found)
        self._show_state()

    def _look(self) -> None:
        """Look at the newest samples of every run, in a thread."""
        lesson = self._lesson
        if lesson is None or self._looking or not lesson.runs:
            return
        self._looking = True
        wanted = [
            (family, folder, self.panels[family].family.monitor[0], self.panels[family].glimpse)
            for family, folder in lesson.runs.items()
            if family in self.panels
        ]
        self.context.bridge.run(
            self,
            lambda: _look_at(wanted),
            lambda found: self._on_seen(lesson, found),
            lambda _: self._on_seen(None, {}),
        )

    def _on_seen(self, lesson: Lesson | None, found: dict[str, Glimpse]) -> None:
        self._looking = False
        if lesson is self._lesson:
            for family, glimpse in found.items():
                if family in self.panels:
                    self.panels[family].show_glimpse(glimpse)


def _look_at(wanted: list[tuple[str, Path, str, Glimpse]]) -> dict[str, Glimpse]:
    return {family: look(folder, POINTS_SPEC, metric, known) for family, folder, metric, known in wanted}


def _next_name(taken: set[str]) -> str:
    number = 1
    while f"Play {number}" in taken:
        number += 1
    return f"Play {number}"
