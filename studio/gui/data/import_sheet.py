"""Shows what an import would make before anything is copied, and asks how it should be done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from studio.core.errors import SettingsError
from studio.core.modality import TextSpec, read_spec
from studio.core.words import breakable, one_line, path_text
from studio.data.request import ImportRequest
from studio.data.table.column_request import ColumnRequest
from studio.data.table.endings import TABLE_ENDINGS
from studio.data.text.request import TextRequest
from studio.desk.column_draft import ColumnDraft
from studio.desk.imports import look_job, stage_text, unique_name
from studio.desk.job import Failed, Finished, FollowedJob, JobReport, Progressed
from studio.gui.data.column_form import ColumnForm
from studio.gui.data.column_table import ColumnTable
from studio.gui.data.findings import FoundItems, FoundNumbers
from studio.gui.data.import_form import ImportForm
from studio.gui.data.passage_form import PassageForm
from studio.gui.guard import guarded
from studio.gui.item.viewer import viewer_of
from studio.gui.layout import Gap, Stretch, boxed, column, row, scrolling
from studio.gui.notice import Notice, ProgressRow
from studio.gui.page import PageContext
from studio.gui.widgets import Button, Card, SecondaryLabel, TitleLabel

__all__ = ["ImportSheet"]

_DEBOUNCE_MS = 300
_SIDE_WIDTH = 320
_PATIENCE_S = 5.0


class ImportSheet(QWidget):
    """One import to be: a dry look at the left, its options at the right.

    Signals:
        import_wanted: The person chose Import; carries the request and the name of the data set.
        closed: The person chose Cancel.
    """

    import_wanted = Signal(object, str)
    closed = Signal()

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._workspace = context.workspace
        self._crossing = context.bridge.worker(self).receiver
        self._paths: tuple[str, ...] = ()
        self._taken: Collection[str] = ()
        self._look: FollowedJob | None = None
        self._seen: Mapping[str, Any] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DEBOUNCE_MS)
        self._timer.timeout.connect(self._start_look)
        self.form = ImportForm()
        self.form.changed.connect(self._on_options_changed)
        self.form.name_edit.returnPressed.connect(self._on_import)
        self._draft = ColumnDraft()
        self.columns, self.column_form = ColumnTable(self._draft), ColumnForm(self._draft)
        self.columns.chosen.connect(self._on_columns_chosen)
        self.column_form.changed.connect(self._on_columns_chosen)
        self.passage_form = PassageForm()
        self.passage_form.changed.connect(self._on_options_changed)
        self._columns_label = SecondaryLabel()
        self.notice = Notice()
        self.progress = ProgressRow()
        self.progress.cancelled.connect(self._on_look_stopped)
        self.found_items, self.found_numbers = FoundItems(), FoundNumbers()
        self.import_button = Button("Import", primary=True)
        self.import_button.clicked.connect(self._on_import)
        self.cancel_button = Button("Cancel")
        self.cancel_button.clicked.connect(self.dismiss)
        self._where = SecondaryLabel()
        self._build()

    def _build(self) -> None:
        found = ((self.columns, 3), (self.found_items, 2))
        looked = column(self.notice, self.progress, self._columns_label, *found, Stretch(0))
        asked = column(
            self.form, self.passage_form, self.column_form, Gap(8), self.found_numbers, Stretch(), margins=16
        )
        side = Card()
        side.setFixedWidth(_SIDE_WIDTH)
        column(scrolling(boxed(asked, plain=True)), on=side)
        titles = column(TitleLabel("Add a data set", 1.15), self._where, spacing=2)
        head = row((titles, 1), self.cancel_button, self.import_button)
        column(head, (row((looked, 1), side, spacing=16), 1), on=self, spacing=12)

    @property
    def looking(self) -> bool:
        """Whether a dry look is at work or about to be."""
        return self._look is not None or self._timer.isActive()

    def open(self, paths: Sequence[str], taken: Collection[str] = (), earlier: ImportRequest | None = None) -> None:
        """Look at other paths.

        Args:
            paths: What the person dropped or chose.
            taken: Names that data sets have already.
            earlier: A request whose options are shown again.
        """
        self._paths, self._taken = tuple(paths), taken
        self.form.ask_for_pixels(True)
        self.form.reset() if earlier is None else self.form.show_request(earlier)
        self.column_form.reset(ColumnRequest() if earlier is None else earlier.table)
        as_texts = earlier is not None and earlier.modality == "text"
        self.passage_form.reset(TextRequest() if earlier is None else earlier.text, as_texts)
        self._show_columns(False)
        first = path_text(paths[0])
        self._where.setText(breakable(first if len(paths) == 1 else f"{first} and {len(paths) - 1:,} more"))
        self._show(None)
        self._start_look()
        self.form.name_edit.setFocus()

    def dismiss(self) -> None:
        """Stop looking and go."""
        self._forget_look()
        self._timer.stop()
        self._show(None)
        self.closed.emit()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            event.ignore()

    def close_jobs(self) -> None:
        """Stop looking and wait until nothing is left; the window closes."""
        look = self._look
        self._timer.stop()
        self._forget_look()
        if look is not None:
            look.wait(_PATIENCE_S)

    def _forget_look(self) -> None:
        """Cancel the look that is at work; what it still says is not heard."""
        look, self._look = self._look, None
        if look is not None:
            look.cancel()

    def _show_columns(self, is_text: bool) -> None:
        """Show the columns, of a table; they stay when a look at other choices fails, so that these can be undone."""
        rows = self._draft.rows
        self.columns.refresh()
        self.column_form.refresh(is_text)
        self._say_columns()
        for widget in (self.columns, self._columns_label):
            widget.setVisible(bool(rows))
        self.column_form.setVisible(bool(rows) or is_text)

    def _say_columns(self) -> None:
        self._columns_label.setText(f"{self._draft.summary} will be imported:" if self._draft.rows else "")

    def _on_columns_chosen(self) -> None:
        self.columns.refresh()
        self._say_columns()
        self._on_options_changed()

    def _request(self) -> ImportRequest:
        """What is asked for.

        Raises:
            SettingsError: If an option is none; its field says so.
        """
        request, table = self.form.request(self._workspace, self._paths), self.column_form.request()
        if self.passage_form.as_texts:
            asked = {"modality": "text", "text": self.passage_form.request(), "table": ColumnRequest(text=table.text)}
            return request.model_copy(update=asked)
        is_text = self.passage_form.isVisibleTo(self) and not self._draft.rows
        text = self.passage_form.request() if is_text else TextRequest()
        return request.model_copy(update={"table": table, "text": text})

    def _on_options_changed(self) -> None:
        self.import_button.setEnabled(False)
        self._timer.start()

    def _start_look(self) -> None:
        self._timer.stop()
        self._forget_look()
        self.import_button.setEnabled(False)
        try:
            request = self._request()
        except SettingsError:
            self.progress.hide()
            return

        def tell(event: JobReport) -> None:
            if self._look is look:
                self._on_look(event)

        look = look_job(self._workspace, request.model_copy(update={"name": None}), tell, self._crossing)
        self._look = look
        self.notice.set("info", "")
        self.progress.show_progress("Looking", 0, 0)
        self.progress.show()
        look.start()

    def _on_look(self, event: JobReport) -> None:
        match event:
            case Progressed(stage, done, total):
                self.progress.show_progress(stage_text(stage), done, total)
            case Finished(seen):
                self._on_seen(seen)
            case Failed(text):
                self._on_failed(text)

    def _on_look_stopped(self) -> None:
        self._forget_look()
        self.progress.hide()
        self.notice.set(
            "info", "Looking was cancelled; nothing was copied.", button="Look again", on_click=self._start_look
        )

    def _on_failed(self, message: str) -> None:
        self._look = None
        self._show(None)
        self.progress.hide()
        button, act = "Look again", self._start_look
        is_table = len(self._paths) == 1 and Path(self._paths[0]).suffix.lower() in TABLE_ENDINGS
        if is_table and not self.passage_form.as_texts:
            # A table of words alone holds no row to learn, and may hold texts.
            button, act = "Import its texts", self.passage_form.choose_texts
        self.notice.set("bad", breakable(message), button=button, on_click=act)

    def _on_seen(self, seen: Mapping[str, Any]) -> None:
        self._look = None
        self.progress.hide()
        self._show(seen)
        spec = read_spec(seen["spec"])
        self._draft.show([] if isinstance(spec, TextSpec) else seen["columns"])
        self._show_columns(seen["is_text"])
        self.passage_form.show_found(isinstance(spec, TextSpec), [found["name"] for found in seen["columns"]])
        self.form.ask_for_pixels(viewer_of(spec).asks_for_pixels)
        self.import_button.setEnabled(True)
        name = unique_name(one_line(seen["name"]), self._taken)
        taken = name != one_line(seen["name"])
        self.form.offer_name(name, f"There is a data set '{one_line(seen['name'])}' already." if taken else "")

    def _show(self, seen: Mapping[str, Any] | None) -> None:
        """Show what was found; None for nothing yet."""
        self._seen = seen
        self.found_items.show_found(seen)
        self.found_numbers.show_found(seen)
        if seen is None:
            self.import_button.setEnabled(False)

    def _on_import(self) -> None:
        if self._seen is None or self.looking:
            return
        try:
            request = self._request()
        except SettingsError:
            return
        name = request.name or one_line(self._seen["name"])
        self._show(None)
        self.import_wanted.emit(request, name)
