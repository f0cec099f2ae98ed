"""The Gallery page: models, what can be asked of them, their samples, and what made each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtWidgets import QStackedWidget

from studio.core.errors import StudioError, explain
from studio.desk.batch_drawing import BatchDrawing
from studio.desk.model_library import ModelChoice, ModelLibrary
from studio.desk.sample_marks import SampleMarks
from studio.desk.sample_requests import SampleRequests
from studio.desk.sample_store import Batch, Filter, Sample, SampleStore, load_batches
from studio.desk.sample_words import WordsFile
from studio.desk.sampler_thread import SamplerThread
from studio.desk.token_shades import TokenShades
from studio.gui.dialog import ask_for_files
from studio.gui.gallery.actions import GalleryActions
from studio.gui.gallery.controls import Controls
from studio.gui.gallery.inspector import Inspector
from studio.gui.gallery.model_panel import ModelPanel
from studio.gui.gallery.opened_rows import OpenedRows
from studio.gui.gallery.picture_view import Enlarged
from studio.gui.gallery.sample_export import SampleExport
from studio.gui.gallery.sample_panel import SamplePanel
from studio.gui.gallery.sample_selection import SampleSelection
from studio.gui.item.viewer import overview_of
from studio.gui.layout import boxed, column, divider
from studio.gui.page import EmptyState, Page, PageContext
from studio.runtime.record import read_settings

__all__ = ["GalleryPage"]

# Texts that are copied at once.
_MOST_TEXTS = 1_000
_RESTARTED = "The sampler service ended and was started again; nothing is lost, the samples come once more."


class GalleryPage(Page):
    """Models at the left, samples in the middle, the chosen one at the right; above them what can be asked."""

    title: ClassVar[str] = "Gallery"

    def __init__(self, context: PageContext) -> None:
        super().__init__(context)
        self._wanted_model = ""
        self._settled = False  # whether a model was chosen, or it is no longer for the page to choose one
        self._follow: Batch | None = None  # a batch whose first sample is to be shown when it comes
        self.sampler = SamplerThread()
        self.samples = SampleStore(overview_of)
        desk = context.desk(self)
        self.drawing = BatchDrawing(context.workspace, desk.worker, self.sampler, self.samples.cache)
        self.marks = SampleMarks(desk.worker, context.toasts)
        self.library = ModelLibrary(desk, self.sampler)
        self.library.take(context.watch.snapshot)
        context.watch.changed.connect(self.library.take)
        self.shades = TokenShades(desk, self.sampler, self.library, self.samples)
        can = GalleryActions(
            self,
            draw=lambda: self.requests.sample(),
            open_file=self.ask_for_file,
            remove=self._on_remove,
            search=lambda: self.panel.focus_search(),
            star=lambda: self._with_selected(self.marks.star, marks=True),
            trash=self._trash,
            enlarge=lambda: self.selection.enlarge(),
            again=lambda: self._with_shown(self.requests.again),
            vary=lambda: self._with_shown(self.requests.vary),
            complete=lambda: self._with_shown(self.requests.complete),
            interpolate=self._interpolate,
            copy=lambda: self._with_selected(self.export.copy_settings),
            copy_text=lambda: self._with_selected(self._copy_texts),
            shade=self._shade,
            save=lambda: self._with_selected(self.export.ask_where_to_save),
        )
        self.models = ModelPanel(context.theme, can.open_file, can.remove)
        self.controls = Controls(can.draw)
        self.panel = SamplePanel(can.search)
        self.inspector = Inspector(can)
        self._build()
        self.enlarged = Enlarged(self)
        notice = self.panel.notice
        self.opened = OpenedRows(self, context)
        self.selection = SampleSelection(
            self.panel,
            self.samples,
            self.inspector,
            self.enlarged,
            self.drawing,
            self.shades,
            self._open_rows,
            self,
        )
        self.shades.changed.connect(self.selection.inspect)
        self.requests = SampleRequests(desk, self.controls, notice, self.samples, self.drawing, self.library)
        self.export = SampleExport(context, notice, self)
        grid = self.panel.grid
        self.offer(can.draw, can.open_file, can.remove)
        self.offer(can.search, within=[self])
        self.offer(can.star, can.trash, within=[grid, self.enlarged])
        self.offer(can.enlarge, can.copy_text, within=[grid])
        self.offer(can.shade, within=[grid, self.enlarged])
        self.offer(can.again, can.vary, can.complete, can.interpolate, can.copy, can.save)
        self._connect()
        self._on_models()

    def _build(self) -> None:
        self._empty = EmptyState(
            "Nothing to sample yet",
            "A run that has learned something is exported as a model; its samples are drawn and kept here.",
            ("Train a model", lambda: self.page_wanted.emit("train", {})),
            ("Open a file", self.ask_for_file),
        )
        self.models.setMinimumWidth(176)
        self.models.setMaximumWidth(440)
        # A wide window gives the names a share of its room too.
        parts = divider((self.models, 1), (self.panel, 4), (self.inspector, 0), sizes=(216, 560, 288))
        self._stack = QStackedWidget()
        self._stack.addWidget(boxed(column(self.controls, (parts, 1), spacing=12)))
        self._stack.addWidget(self._empty)
        column(self._stack, on=self)

    def _connect(self) -> None:
        self.library.changed.connect(self._on_models)
        self.library.opened.connect(self._on_opened)
        self.library.failed.connect(self._on_open_failed)
        self.models.chosen.connect(self._on_chosen)
        self.panel.filter_changed.connect(self._on_filter)
        self.panel.cancelled.connect(self.drawing.cancel)
        self.drawing.batch_grew.connect(self._on_batch_grew)
        self.drawing.restarted.connect(lambda _: self.panel.notice.set("warning", _RESTARTED))
        self.drawing.ended.connect(self._on_ended)
        self.drawing.writer.kept.connect(self._on_kept)
        self.drawing.writer.unkept_changed.connect(self._on_unkept_changed)
        for part in (self.drawing, self.marks):
            part.failed.connect(lambda text: self.panel.notice.set("bad", text))
        self.requests.placed.connect(self._on_placed)
        self.requests.model_wanted.connect(self.models.choose)
        self.requests.found.connect(self._on_found)
        self.requests.file_wanted.connect(self.ask_for_file)
        self.marks.changed.connect(self._refresh)
        self.opened.dismissed.connect(self.panel.grid.setFocus)
        self.opened.complete_wanted.connect(self._on_complete_wanted)
        self.controls.picture_chosen.connect(self.requests.complete_picture)
        self.controls.sources_chosen.connect(self.requests.translate_file)

    def shown(self) -> None:
        """Start the service early and look what is kept."""
        self.sampler.start()
        tidy = not self.context.read_only and not self.requests.ready
        workspace = self.context.workspace
        self.context.bridge.run(self, lambda: load_batches(workspace, tidy), self._on_loaded, self._on_not_loaded)

    def closing(self) -> None:
        """End the service; what came is kept, and marks that wait are written."""
        self.drawing.close()
        self.opened.maps.close()
        self.marks.flush()
        self.samples.cache.close()

    def receive(self, target: dict[str, Any]) -> None:
        """Choose a model, open a file, or restore what made a picture."""
        if "model" in target:
            self._wanted_model = str(target["model"])
            self._on_models()
        if "file" in target:
            self.library.open_file(Path(target["file"]))
        if "settings" in target:
            try:
                self.requests.restore(read_settings(target["settings"]))
            except StudioError as error:
                self.panel.notice.set("bad", str(error))

    def ask_for_file(self) -> None:
        """Let the person choose a model file."""
        ask_for_files(self, "Open a model", "Models (*.onnx)", lambda chosen: self.library.open_file(chosen[0]))

    def _on_models(self) -> None:
        choices = self.library.choices
        self.models.set_choices(choices)
        wanted = self.library.find(self._wanted_model) if self._wanted_model else None
        if wanted is not None:
            self._wanted_model, self._settled = "", True
            self.models.choose(wanted.path)
        elif choices and not self._settled and not self._wanted_model:
            self._settled = True
            self.models.choose(choices[0].path)
        self._show_state()
        self.requests.retry()

    def _on_chosen(self, choice: ModelChoice | None) -> None:
        before, self.requests.chosen = self.requests.chosen, choice
        manifest = choice.manifest if choice is not None else None
        self.controls.set_manifest(manifest)
        self.panel.suit(manifest.spec if manifest is not None else None)
        same = before is not None and choice is not None and before.path == choice.path
        if choice is not None and not (same and choice.manifest is not None):
            self.library.prepare(choice)
        if not same:
            if before is not None:
                self.panel.notice.hide()
            self._filter()
            self.selection.start_over()
            self._show_state()

    def _on_opened(self, choice: ModelChoice) -> None:
        self._settled = True
        self.panel.notice.hide()
        self.models.choose(choice.path)
        self.requests.retry()

    def _on_open_failed(self, path: Path, text: str) -> None:
        self.panel.notice.set("bad", text)
        self._show_state()

    def _on_remove(self) -> None:
        choice = self.requests.chosen
        if choice is not None and choice.folder is None:
            self.library.close_file(choice)
        elif choice is not None and not self.requests.refuse_when_read_only():
            self.library.remove(choice)

    def _on_placed(self, batch: Batch) -> None:
        self.panel.clear_filter()
        self.samples.batches.insert(0, batch)
        self._follow = batch
        self._filter()
        self._refresh()
        self.panel.grid.verticalScrollBar().setValue(0)
        self.panel.show_drawing(self.drawing.current)

    def _on_found(self, batch: Batch, position: int) -> None:
        self.panel.clear_filter()
        self._filter()
        self._refresh()
        self.selection.choose(batch, position)

    def _on_batch_grew(self, batch: Batch) -> None:
        self.panel.show_drawing(self.drawing.current)
        if self._follow is batch:
            self._follow = None
            self.selection.choose(batch, 0)
        self.selection.batch_grew(batch)

    def _on_ended(self, batch: Batch) -> None:
        if not batch.num_ready and batch in self.samples.batches:
            self.samples.batches.remove(batch)
        self._refresh()
        self.panel.show_drawing(self.drawing.current)

    def _on_kept(self, batch: Batch) -> None:
        self.samples.settle(batch)
        if batch.starred or batch.hidden:
            self.marks.write(batch)
        self._refresh()

    def _on_unkept_changed(self) -> None:
        keeping = self.drawing.writer
        self.panel.unkept.set("bad", keeping.problem, button="Try again", on_click=keeping.keep_again)

    def _on_loaded(self, found: tuple[list[Batch], list[str]]) -> None:
        batches, problems = found
        self.samples.merge(batches)
        if batches and not self.requests.ready and self.controls.new_seed.isChecked():
            # The samples of seed 0 are here since the first time.
            self.controls.roll()
        self.requests.ready = True
        if problems:
            several = f"{len(problems):,} batches" if len(problems) > 1 else "One batch"
            self.panel.notice.set("warning", f"{several} of kept samples cannot be shown.", "\n".join(problems))
        self._refresh()
        self.requests.retry()

    def _on_not_loaded(self, error: Exception) -> None:
        self.requests.ready = True
        text = f"The kept samples cannot be read: {explain(error)}"
        self.panel.notice.set("bad", text, button="Try again", on_click=self.shown)
        self._show_state()

    def _on_filter(self) -> None:
        self._filter()
        self.selection.start_over()
        self._show_state()

    def _filter(self) -> None:
        model = self.requests.chosen.key if self.requests.chosen is not None else ""
        self.samples.filter = Filter(model, self.panel.starred.isChecked(), self.panel.search.text())
        self.samples.arrange()
        for file in self.samples.unread_words():
            self.context.bridge.run(self, file.read, partial(self._on_words, file), lambda error: None)

    def _on_words(self, file: WordsFile, texts: list[str]) -> None:
        self.samples.keep_words(file, texts)
        self._on_filter()

    def _refresh(self) -> None:
        self.selection.refresh()
        self._show_state()

    def _show_state(self) -> None:
        nothing = not self.library.choices and not self.samples.batches and self.panel.notice.isHidden()
        self._stack.setCurrentIndex(1 if nothing and self.requests.ready else 0)
        if not self.requests.ready:
            words = "Reading the samples."
        elif self.requests.chosen is not None:
            words = "No samples yet. Press Sample, or Ctrl+Enter."
        else:
            words = "No samples yet. Choose a model to draw some."
        self.panel.show_count(self.samples.count(), self.samples.num_samples(), words)

    def _with_selected(self, act: Callable[[list[Sample]], None], marks: bool = False) -> None:
        samples = self.selection.selected()
        if samples and not (marks and self.requests.refuse_when_read_only()):
            act(samples)

    def _trash(self) -> None:
        first = self.selection.first_selected()
        self._with_selected(self.marks.trash, marks=True)
        self.selection.choose_tile(first)

    def _with_shown(self, act: Callable[[Batch, int], None]) -> None:
        if self.selection.shown is not None:
            act(*self.selection.shown)

    def _open_rows(self, batch: Batch, words: str) -> None:
        completes = self.controls.known_shape is not None
        self.opened.open(batch, words, self.library.of_batch(batch.document), completes)

    def _copy_texts(self, samples: list[Sample]) -> None:
        if texts := [text for sample in samples[:_MOST_TEXTS] if (text := self.samples.text(*sample))]:
            self.export.copy_texts(texts)

    def _shade(self) -> None:
        self.shades.toggle()
        self.selection.inspect()

    def _on_complete_wanted(self, position: int) -> None:
        batch = self.opened.batch
        self.opened.dismiss()
        if batch is not None:
            self.requests.complete(batch, position)

    def _interpolate(self) -> None:
        selected = self.selection.selected()
        if len(selected) == 2:
            # The one clicked last is the far end.
            first, second = selected[::-1] if selected[0] == self.selection.shown else selected
            self.requests.interpolate(first, second)
        else:
            self.panel.notice.set("warning", "Select two samples of one model: click one, then the other with Ctrl.")
