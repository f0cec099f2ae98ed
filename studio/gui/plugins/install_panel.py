"""Shows an installation: how far it is, what a person agrees to, and the report card."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHeaderView

from studio.desk.plugin_install import InstallState
from studio.gui.layout import Stretch, column, row, scrolling
from studio.gui.notice import ProgressRow
from studio.gui.widgets import Button, Card, PlainLabel, TextTable, TitleLabel

__all__ = ["InstallPanel"]

_LINE, _WHOLE = 96, 16_777_215
_STATES = {"passed": "Passed", "failed": "Failed", "skipped": "Not needed", "not reached": "Not reached"}


class InstallPanel(Card):
    """One step of an installation, with what can be done next.

    Signals:
        agreed: The person agrees to what is shown.
        turned_on: The person wants what was checked.
        dismissed: The person wants it to end here.
    """

    agreed = Signal()
    turned_on = Signal()
    dismissed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.heading = TitleLabel("")
        self.words = PlainLabel()
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._room = scrolling(self.words)
        self.card = TextTable("Report card", "Family", "What must hold", "How it went", "Why")
        header = self.card.horizontalHeader()
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.progress = ProgressRow()
        self.progress.cancelled.connect(self.dismissed)
        self.yes = Button("", primary=True)
        self.yes.clicked.connect(self._on_yes)
        self.no = Button("")
        self.no.clicked.connect(self.dismissed)
        self._step = "nothing"
        buttons = row(self.yes, self.no, Stretch())
        parts = (self.heading, self.progress, (self._room, 1), (self.card, 1), buttons)
        column(*parts, on=self, margins=(16, 12, 16, 12))
        self.hide()

    def show_state(self, state: InstallState) -> None:
        """Show where an installation is; nothing where there is none."""
        self._step = state.step
        called = f"{state.name} {state.version}".strip()
        heading, yes, no = {
            "working": (called or "A plugin", "", ""),
            "build": ("This is source, not a wheel", "Build it", "Cancel"),
            "agree": (f"Install {called}?", "Install", "Cancel"),
            "card": (f"Report card of {called}", *self._card_buttons(state)),
        }.get(state.step, ("", "", ""))
        self.heading.setText(heading)
        self.yes.setText(yes)
        self.no.setText(no)
        for widget, shown in (
            (self.progress, state.step == "working"),
            (self._room, state.step in ("build", "agree")),
            (self.card, state.step == "card"),
            (self.yes, bool(yes)),
            (self.no, bool(no)),
        ):
            widget.setVisible(shown)
        if state.step == "working":
            self.progress.show_progress(state.stage, state.done, state.total)
        elif state.step == "card":
            lines = state.card.lines
            self.card.set_rows([(line.family, line.says, _STATES[line.state], line.why) for line in lines], tips=True)
        else:
            self.words.setText("\n".join(state.lines))
        # Work has nothing to show but how far it is.
        self.setMaximumHeight(_LINE if state.step == "working" else _WHOLE)
        self.setVisible(state.step != "nothing")

    def _card_buttons(self, state: InstallState) -> tuple[str, str]:
        if not state.waits:
            return "", "Close"
        return ("Turn on" if state.card.passed else "Turn on all the same"), "Leave it off"

    def _on_yes(self) -> None:
        (self.turned_on if self._step == "card" else self.agreed).emit()
