"""Shows one run: how far it is, what can be done with it, its curves and its previews."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from studio.core.errors import explain
from studio.core.words import few_steps
from studio.desk.context import Kind
from studio.desk.job import Cancelled, Failed, Finished, FollowedJob, JobReport, Progressed
from studio.desk.missing_plugin import missing_plugin
from studio.desk.run_control import RunRequestName
from studio.desk.run_words import progress_words
from studio.desk.snapshot import RunRow
from studio.gui.action import Action, button_of, icon_button_of
from studio.gui.layout import column, divider, row, top
from studio.gui.name_field import NameField
from studio.gui.notice import Notice, ProgressRow
from studio.gui.page import PageContext
from studio.gui.train.curve_panel import CurvePanel
from studio.gui.train.preview_strip import PreviewStrip
from studio.gui.widgets import PlainLabel
from studio.jobs.child import ChildJob
from studio.store.metrics import Event
from studio.store.run import remove_run, rename_run

__all__ = ["RunView"]

_RESTING = ("stopped", "interrupted", "failed")


class RunView(QWidget):
    """The centre of the Train page.

    Signals:
        model_wanted: The id of a model that was just exported and is to be sampled.
        plugin_wanted: The distribution whose plugin this run needs and has not.
    """

    model_wanted = Signal(str)
    plugin_wanted = Signal(str)

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._context = context
        self._row: RunRow | None = None
        self._exports: dict[Path, FollowedJob] = {}
        self._missing = ""  # what is said of a plugin that is not installed
        self.name = NameField()
        self.name.renamed.connect(self._on_renamed)
        self.words = PlainLabel()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.notice = Notice()
        self.answer = Notice(closable=True)
        self.warning = Notice(closable=True)
        self.export_row = ProgressRow()
        self.export_row.hide()
        self.export_row.cancelled.connect(self._on_export_cancelled)
        self.curves = CurvePanel(context)
        self.previews = PreviewStrip(context)
        self.previews.step_chosen.connect(self.curves.plot.set_cursor)
        self.curves.step_clicked.connect(self.previews.go_to_step)

        def action(name: str, text: str, run: Callable[[], object], icon: str, tip: str = "") -> Action:
            return Action(self, f"train.{name}", text, run, icon=icon, tip=tip)

        self._pause = action("pause", "Pause", self._on_pause, icon="pause")
        tip = "Save and stop; it can be resumed to the bit"
        self._stop = action("stop", "Stop", partial(self._ask, "stop"), icon="stop", tip=tip)
        saves, draws, bins = "Save a checkpoint now", "Draw a preview now", "Move this run to the trash"
        self._save_now = action("save", saves, partial(self._ask, "save now"), icon="save", tip=saves)
        self._sample_now = action("sample", draws, partial(self._ask, "sample now"), icon="camera", tip=draws)
        tip = "Write the best checkpoint as one ONNX file and compare it with torch"
        self._export = action("export", "Export", self.start_export, icon="export", tip=tip)
        tip = "Open the newest model of this run in the gallery"
        self._sample_it = action("gallery", "Sample it", self._on_sample_it, icon="gallery", tip=tip)
        self._remove = action("remove", bins, self._on_remove, icon="bin", tip=bins)
        asks = (self._pause, self._stop, self._save_now, self._sample_now)
        self.actions_of_run = (*asks, self._export, self._sample_it, self._remove)
        self.pause, self.stop = button_of(self._pause), button_of(self._stop)
        self.save_now, self.sample_now = icon_button_of(self._save_now), icon_button_of(self._sample_now)
        self.export, self.sample_it = button_of(self._export, primary=True), button_of(self._sample_it)
        self.remove = icon_button_of(self._remove)
        self.clear()
        self._build()

    def _build(self) -> None:
        buttons = (self.pause, self.stop, self.save_now, self.sample_now, self.export, self.sample_it, self.remove)
        head = row((self.name, 1), *map(top, buttons))
        parts = divider((self.curves, 3), (self.previews, 2), upright=True)
        notices = (self.notice, self.answer, self.warning, self.export_row)
        column(head, self.words, self.bar, *notices, (parts, 1), on=self)

    @property
    def row(self) -> RunRow | None:
        """The run in view."""
        return self._row

    def show_runs(self, rows: Sequence[RunRow]) -> None:
        """Show the first of these runs, and the curves of all."""
        row = rows[0]
        other = self._row is None or self._row.folder != row.folder
        self._row = row
        status, state = row.status, row.status.state
        more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
        nameable = not more and row.document is not None and not self._context.read_only
        self.name.set_name(row.name, more, editable=nameable)
        waiting = self._context.control.waiting(row.folder)
        words = f"{state.capitalize()}: {progress_words(row)}"
        self.words.setText(f"{words}; {waiting}, waiting for the trainer's answer" if waiting else words)
        self.bar.setRange(0, max(1, status.total))
        self.bar.setValue(status.step if status.total else 0)
        self.bar.setVisible(row.live)
        self._show_buttons(row, alone=len(rows) == 1)
        if row.document is None:
            self.notice.set("bad", row.error)
        elif state in ("failed", "interrupted") or (status.message and state == "running"):
            self._show_trouble(row)
        elif state == "running" and (few := few_steps(status.total) if status.total else ""):
            self.notice.set("warning", few)
        elif other or state in ("running", "finished", "queued"):
            self.notice.set("info", "")
        if other:
            self.warning.set("info", "")
            self.answer.set("info", "")
            self.look_for_plugin()
        self.export_row.setVisible(row.folder in self._exports)
        self.curves.show_runs(rows)
        self.previews.show_run(row.folder, row.document.spec if row.document is not None else None)

    def clear(self) -> None:
        """Offer nothing: no run is in view."""
        for action in (self.name.rename, *self.actions_of_run):
            action.setVisible(False)

    def look_for_plugin(self) -> None:
        """Say where the run's plugin is not installed, which may have changed since."""
        row = self._row
        distribution = row.document.distribution if row is not None and row.document is not None else ""

        def say(text: str) -> None:
            if self._row is None or row is None or self._row.folder != row.folder:
                return
            if text:
                self.answer.set("warning", text, "", "Install it", lambda: self.plugin_wanted.emit(distribution))
            elif self._missing:
                self.answer.hide()
            self._missing = text

        self._context.bridge.run(self, lambda: missing_plugin(distribution), say)

    def _show_trouble(self, row: RunRow) -> None:
        """Say what went wrong, beside what can be done about it."""
        status = row.status
        if status.hangs:
            self.notice.set("warning", status.message, button="End by force", on_click=lambda: self._ask("end"))
        elif status.state == "interrupted":
            self.notice.set("bad", status.message, button="Resume", on_click=self._on_pause)
        else:
            self.notice.set("bad" if status.state == "failed" else "warning", status.message)

    def show_events(self, events: Sequence[Event]) -> None:
        """Show the newest warning of the diagnosis."""
        newest = next((event for event in events if event.kind == "warning"), None)
        text = f"Step {newest.step:,}: {newest.message}" if newest is not None else ""
        if text != self.warning.text:
            self.warning.set("warning", text)

    def closing(self) -> None:
        """End what runs for this view; an export is a process of its own and comes to its end without it."""
        self.curves.closing()

    def _show_buttons(self, row: RunRow, alone: bool) -> None:
        state = row.status.state
        # Of several runs in view it would not be clear which one is meant.
        writable = not self._context.read_only and alone and not self._context.control.waiting(row.folder)
        resumable = state in ("paused", *_RESTING) and row.document is not None
        self._pause.present(short="Resume" if resumable else "Pause", icon="play" if resumable else "pause")
        self._pause.setVisible(state in ("running", "paused") or resumable)
        self._stop.setVisible(row.live)
        self._stop.setIconText("Leave the queue" if state == "queued" else "Stop")
        for action in (self._save_now, self._sample_now):
            action.setVisible(state in ("running", "paused"))
        self._export.setVisible(row.status.step > 0 and row.document is not None)
        self._sample_it.setVisible(alone and bool(self._model()))
        self._remove.setVisible(not row.live)
        for action in self.actions_of_run:
            action.setText(f"{action.iconText()}: {row.name}")
            action.setEnabled(writable or action is self._sample_it)
        self._export.setEnabled(writable and row.folder not in self._exports)

    def _model(self) -> str:
        """Id of the newest model of the run in view; empty where it has none."""
        run = self._row.folder.name if self._row is not None else ""
        models = [model for model in self._context.watch.snapshot.models if model.run == run]
        return models[-1].folder.name if models else ""

    def _on_sample_it(self) -> None:
        if model := self._model():
            self.model_wanted.emit(model)

    def _on_renamed(self, name: str) -> None:
        row, workspace = self._row, self._context.workspace
        if row is None:
            return

        def failed(error: Exception) -> None:
            self.answer.set("bad", explain(error))

        self._context.bridge.run(
            self, lambda: rename_run(workspace, row.folder, name), lambda _: self._context.watch.look_now(), failed
        )

    def _on_pause(self) -> None:
        if self._row is not None:
            self._ask("pause" if self._row.status.state == "running" else "resume")

    def _ask(self, name: RunRequestName) -> None:
        """Ask something of the run in view; the answer may take as long as a step."""
        row, context = self._row, self._context

        def answered() -> bool:
            context.watch.look_now()
            here = self._row is not None and row is not None and self._row.folder == row.folder
            if here and self._row is not None:
                self.show_runs([self._row])
            return here

        def done(answer: str) -> None:
            answered()
            if answer and row is not None:
                context.toasts.say(f"{row.name}: {answer}.")

        def failed(error: Exception) -> None:
            if answered():
                self.answer.set("bad", explain(error))

        if row is not None and context.control.ask(context.bridge.worker(self), row.folder, name, done, failed):
            self.answer.set("info", "")
            self.show_runs([row])

    def _on_remove(self) -> None:
        row, workspace = self._row, self._context.workspace
        if row is not None:
            text = f"Moved the run '{row.name}' to the trash."
            self._context.desk(self).remove_with_undo(row.folder, text, lambda: remove_run(workspace, row.folder.name))

    def start_export(self) -> None:
        """Export the run in view in a process of its own."""
        row, workspace = self._row, self._context.workspace
        if row is None or row.folder in self._exports:
            return
        words = [str(workspace.path), str(row.folder)]
        job = FollowedJob(
            lambda: ChildJob(workspace, "studio.export", words),
            lambda event: self._on_export(row, event),
            self._context.bridge.worker(self).receiver,
        )
        self._exports[row.folder] = job
        self.export_row.show_progress("exporting", 0, 0)
        self.export_row.show()
        self._export.setEnabled(False)
        job.start()

    def _on_export(self, row: RunRow, event: JobReport) -> None:
        match event:
            case Progressed(stage, done, total):
                if self._row is not None and self._row.folder == row.folder:
                    self.export_row.show_progress(f"exporting, {stage}", done, total)
            case Finished(result):
                self._on_exported(row, result)
            case Failed(text):
                self._on_export_ended(row, text)
            case Cancelled():
                self._on_export_ended(row, "")

    def _on_export_cancelled(self) -> None:
        if self._row is not None and self._row.folder in self._exports:
            self._exports[self._row.folder].cancel()

    def _on_export_ended(self, row: RunRow, text: str) -> None:
        self._exports.pop(row.folder, None)
        if self._row is not None and self._row.folder == row.folder:
            self.export_row.hide()
            self._export.setEnabled(True)
        if text:
            self._context.toasts.say(f"'{row.name}' could not be exported. {text}", kind="bad")

    def _on_exported(self, row: RunRow, result: Mapping[str, Any]) -> None:
        self._on_export_ended(row, "")
        self._context.watch.look_now()
        worst = max(parity["max_abs"] for parity in result["parity"].values())
        passed = all(parity["passed"] for parity in result["parity"].values())
        text = f"Exported '{row.name}': {result['chosen']}. It differs from torch by at most {worst:.1e}."
        if not passed:
            text += " That is more than the tolerance: look at its samples before you trust it."
        model = str(result["model"])
        kind: Kind = "info" if passed else "warning"
        self._context.toasts.say(text, "Sample it", lambda: self.model_wanted.emit(model), kind)
