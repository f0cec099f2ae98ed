"""Sets up a new run: data set, family, preset, settings, what it will cost, Start."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QFormLayout, QWidget

from studio.core.errors import SettingsError, explain
from studio.core.settings import join_settings
from studio.desk.run_draft import RunDraft, queue_run
from studio.desk.snapshot import Snapshot
from studio.gui.action import Action, button_of
from studio.gui.layout import Stretch, boxed, column, row, scrolling
from studio.gui.notice import Notice
from studio.gui.page import PageContext
from studio.gui.train.family_cards import FamilyCards
from studio.gui.train.field import NumberField
from studio.gui.train.form import SettingsForm
from studio.gui.widgets import ComboBox, LineEdit, PlainLabel, SecondaryLabel, TitleLabel
from studio.hooks.catalogue import Catalogue
from studio.jobs.new_run import RunRequest
from studio.store.run import RunDocument

__all__ = ["Setup"]

_LENGTHS = ("train.steps", "train.minutes")
_UNITS = (("minutes", "train.minutes"), ("steps", "train.steps"))


class Setup(QWidget):
    """The column at the right in which a run is prepared.

    Signals:
        started: The id of the run that was queued.
    """

    started = Signal(str)

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._context = context
        self.draft = RunDraft(context.gpus)
        self._offered_kind: tuple[object, ...] = ()
        self._busy = False
        self.datasets = ComboBox("Data set")
        self.datasets.currentIndexChanged.connect(self._on_dataset_chosen)
        self.cards = FamilyCards(context.theme)
        self.cards.chosen.connect(self._on_family_chosen)
        self.presets = ComboBox("Preset")
        self.presets.currentIndexChanged.connect(self._on_preset_chosen)
        self._preset_words = SecondaryLabel()
        self.length = NumberField({"exclusiveMinimum": 0})
        self.length.widget.setAccessibleName("Length of the run")
        self.length.changed.connect(self._on_changed)
        self.unit = ComboBox("Unit of the length", [title for title, _ in _UNITS])
        self.unit.currentIndexChanged.connect(self._on_changed)
        self._length_fault = SecondaryLabel()
        self._length_fault.setProperty("role", "field-error")
        self.form = SettingsForm()
        self.name = LineEdit("Name of the run", "family and data set")
        self.seed = NumberField({"minimum": 0, "maximum": 2**32 - 1}, whole=True)
        self.seed.widget.setAccessibleName("Seed")
        self.seed.set_value(0)
        self.seed.changed.connect(self._on_changed)
        self.device = ComboBox("Device", ["auto", "cpu", *(f"cuda:{number}" for number in range(context.gpus))])
        self.device.currentIndexChanged.connect(self._on_changed)
        self.notice = Notice()
        self.cost = SecondaryLabel()
        self.start_action = Action(
            self, "train.start", "Start the run", self._on_start, "Ctrl+Return", icon="play", short="Start"
        )
        self.start = button_of(self.start_action, primary=True)
        self._build()

    def _build(self) -> None:
        about = QFormLayout()
        for word, widget in (("Name", self.name), ("Seed", self.seed.widget), ("Device", self.device)):
            about.addRow(PlainLabel(word), widget)

        def title(text: str) -> TitleLabel:
            return TitleLabel(text, 1.0)

        self._column = column(
            *(title("Data set"), self.datasets),
            *(title("Family"), self.cards),
            *(title("Preset"), self.presets, self._preset_words),
            *(title("Length"), row((self.length.widget, 1), (self.unit, 1)), self._length_fault),
            *(title("Settings"), self.form, about, Stretch()),
            margins=(0, 0, 12, 0),
        )
        column((scrolling(boxed(self._column)), 1), self.notice, self.cost, self.start, on=self)

    def set_catalogue(self, catalogue: Catalogue) -> None:
        """Offer the families of a catalogue; what is typed stays where it is the same one."""
        if catalogue != self.draft.catalogue:
            self.draft.catalogue = catalogue
            self.cards.set_families(self.draft.families)
            self._on_changed()

    def set_snapshot(self, snapshot: Snapshot) -> None:
        """Offer the data sets that there are now."""
        draft, found = self.draft, [row.document for row in reversed(snapshot.datasets) if row.document is not None]
        draft.runs = snapshot.runs
        if [document.id for document in found] != [document.id for document in draft.datasets]:
            kept, draft.datasets = draft.dataset, found
            with QSignalBlocker(self.datasets):
                self.datasets.clear()
                for document in found:
                    self.datasets.addItem(f"{document.name} ({document.count:,})".replace("\n", " "), document.id)
                # Another data set must not take the place of one that is gone.
                self.datasets.setCurrentIndex(self.datasets.findData(kept) if kept else 0)
        self._on_dataset_chosen()

    def _on_dataset_chosen(self) -> None:
        draft = self.draft
        draft.dataset = str(self.datasets.currentData() or "")
        if draft.kind != self._offered_kind:
            # Other families and presets fit; what is typed for data alike stays.
            self._offered_kind = draft.kind
            self.cards.set_families(draft.families)
        self._on_changed()

    def choose_dataset(self, id: str) -> None:
        """Choose a data set by its id."""
        self.datasets.setCurrentIndex(self.datasets.findData(id))

    def take_over(self, run: RunDocument) -> None:
        """Prepare a run like another one, to be changed before it starts; what is not there any more is said."""
        draft = self.draft
        if draft.catalogue is None or run.family not in [family.id for family in draft.catalogue.families]:
            self.notice.set("bad", f"The family '{run.family}' of that run cannot be used; the Plugins page says why.")
            return
        self.choose_dataset(run.dataset)
        gone = f"The data set '{run.dataset_name}' of that run is gone; choose another."
        self.notice.set("warning", "" if draft.dataset else gone)
        self.cards.choose(run.family)
        self.presets.setCurrentIndex(max(0, self.presets.findData(run.preset)))
        values = join_settings(run.train, run.settings)
        self.form.set_values(values)
        self._show_length(values)
        self.seed.set_value(run.seed)
        self.device.setCurrentIndex(max(0, self.device.findText(run.device)))

    def request(self) -> RunRequest:
        """What is asked for now."""
        draft, basis = self.draft, self.draft.basis
        values = self.form.changed_values(basis)
        key, length = _UNITS[self.unit.currentIndex()][1], self.length.value()
        if basis.get(key) != length:
            values[key] = length
        return RunRequest(
            draft.dataset,
            draft.family_id,
            draft.preset,
            values,
            self.seed.value(),
            draft.device,
            self.name.text(),
        )

    def _on_family_chosen(self, id: str) -> None:
        draft = self.draft
        draft.family_id = id
        if draft.family is None or draft.catalogue is None:
            return
        form = SettingsForm()
        form.add_schema(draft.family.settings_schema)
        form.add_schema(draft.catalogue.settings_schema, "train.", _LENGTHS)
        form.changed.connect(self._on_changed)
        self._column.replaceWidget(self.form, form)
        self.form.hide()
        self.form.deleteLater()
        self.form = form
        with QSignalBlocker(self.presets):
            self.presets.clear()
            for name, preset in draft.presets.items():
                self.presets.addItem(preset.title, name)
            self.presets.setCurrentIndex(max(0, self.presets.findData(draft.usual_preset)))
        self._on_preset_chosen()

    def _on_preset_chosen(self) -> None:
        draft = self.draft
        draft.preset = str(self.presets.currentData() or "")
        if draft.family is not None:
            self._preset_words.setText(draft.presets[draft.preset].summary if draft.preset else "")
            self.form.set_values(draft.basis)
            self._show_length(draft.basis)

    def _show_length(self, values: dict[str, Any]) -> None:
        for number, (_, key) in enumerate(_UNITS):
            if values.get(key) is not None:
                self.unit.setCurrentIndex(number)
                self.length.set_value(values[key])
                return
        self.length.set_value(10)

    def _on_changed(self) -> None:
        draft = self.draft
        draft.device, draft.family_id = self.device.currentText(), self.cards.current
        self._length_fault.setText(self.length.fault())
        self._length_fault.setVisible(bool(self.length.fault()))
        missing = draft.missing(self.form.is_sound() and not self.length.fault() and not self.seed.fault())
        self.cost.setText(missing or draft.cost(self.request()))
        self.start_action.set_ready(not missing and not self._busy and not self._context.read_only)

    def _on_start(self) -> None:
        if not self.start_action.ready:
            return
        request, workspace = self.request(), self._context.workspace
        self._busy = True
        self.notice.set("info", "")
        self._on_changed()
        self._context.bridge.run(self, lambda: queue_run(workspace, request), self._on_started, self._on_refused)

    def _on_started(self, folder: Path) -> None:
        self._busy = False
        self.name.clear()
        self._on_changed()
        self._context.watch.look_now()
        self.started.emit(folder.name)

    def _on_refused(self, error: Exception) -> None:
        self._busy = False
        self._on_changed()
        if isinstance(error, SettingsError) and error.fields:
            elsewhere = self.form.show_faults(error.fields)
            if not elsewhere:
                self.notice.set("bad", "Some settings cannot be used; what is wrong stands beside them.")
                return
        text = explain(error)
        self.notice.set("bad", text if text.endswith(".") else f"{text}.")

    def show_catalogue_error(self, error: Exception) -> None:
        """Say why the families could not be listed."""
        self.notice.set("bad", explain(error))

    def faults(self) -> Sequence[str]:
        """What is said beside the settings now."""
        return [text for key in self.form.keys if (text := self.form.fault_text(key))]
