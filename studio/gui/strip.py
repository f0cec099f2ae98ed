"""The strip at the bottom: what runs now, and the truth about the device."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton

from studio.desk.run_words import run_line
from studio.desk.snapshot import Snapshot
from studio.gui.layout import Stretch, row
from studio.gui.widgets import IconButton, set_role

__all__ = ["Strip"]


class Strip(QFrame):
    """Running jobs and the device.

    Signals:
        run_clicked: The id of a run; empty where none is at work.
        asked: The id of a run, and what is asked of it, a RunRequestName.
        device_clicked: The person wants to know more of the device.
    """

    run_clicked = Signal(str)
    asked = Signal(str, str)
    device_clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "strip")
        self._run = ""
        self._paused = False
        self._line = QPushButton("No run is at work")
        self._line.setProperty("role", "rail")
        self._line.setAccessibleName("Running job")
        self._line.clicked.connect(lambda: self.run_clicked.emit(self._run))
        self._pause = IconButton("pause", "Pause")
        self._pause.clicked.connect(lambda: self.asked.emit(self._run, "resume" if self._paused else "pause"))
        self._stop = IconButton("stop", "Save and stop")
        self._stop.clicked.connect(lambda: self.asked.emit(self._run, "stop"))
        self._force = QPushButton("End by force")
        self._force.setToolTip("The trainer does not answer; what it learned since its last checkpoint is lost")
        self._force.clicked.connect(lambda: self.asked.emit(self._run, "end"))
        self.device = QPushButton("Device")
        self.device.setProperty("role", "rail")
        self.device.setToolTip("What works on this machine")
        self.device.clicked.connect(self.device_clicked)
        asks = (self._line, self._pause, self._stop, self._force)
        row(*asks, Stretch(), self.device, on=self, spacing=4, margins=(8, 2, 8, 2))
        self.show_runs(Snapshot())

    @property
    def text(self) -> str:
        """What it says of running jobs."""
        return self._line.text()

    def show_runs(self, snapshot: Snapshot) -> None:
        """Show the run that works, and how many more live."""
        live = [row for row in snapshot.runs if row.live]
        order = {"running": 0, "paused": 1, "queued": 2}
        # One that hangs comes first: there is something to do about it.
        live.sort(key=lambda row: (order[row.status.state], not row.status.hangs))
        for button in (self._pause, self._stop, self._force):
            button.setVisible(bool(live))
        if not live:
            self._run = ""
            self._line.setText("No run is at work")
            return
        first = live[0]
        self._run = first.folder.name
        more = f"  (+{len(live) - 1})" if len(live) > 1 else ""
        # An ampersand would be taken for a key.
        self._line.setText((run_line(first) + more).replace("&", "&&").replace("\n", " "))
        self._paused = first.status.state == "paused"
        self._pause.set_icon("play" if self._paused else "pause", "Resume" if self._paused else "Pause")
        self._pause.setVisible(first.status.state in ("running", "paused"))
        self._stop.setVisible(not first.status.hangs)
        self._force.setVisible(first.status.hangs)

    def show_device(self, text: str, warning: bool = False) -> None:
        """Say which device is in use."""
        self.device.setText(text)
        set_role(self.device, kind="warning" if warning else "")
