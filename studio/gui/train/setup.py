"""Sets up a new run: data set, family, preset, settings, what it will cost, Start."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from studio.core.errors import SettingsError, explain
from studio.core.modality import DataSpec
from studio.core.spec import Preset
from studio.desk.snapshot import RunRow, Snapshot
from studio.gui.action import Action, button_of
from studio.gui.notice import Notice
from studio.gui.page import PageContext
from studio.gui.train.family_cards import FamilyCards
from studio.gui.train.field import NumberField
from studio.gui.train.form import SettingsForm
from studio.gui.train.preflight import preflight
from studio.gui.widgets import ComboBox, PlainLabel, SecondaryLabel, TitleLabel
from studio.hooks.catalogue import Catalogue, CatalogueFamily
from studio.jobs.control import queue_runs
from studio.jobs.new_run import RunRequest, default_preset, make_run
from studio.store.dataset import DatasetDocument
from studio.store.run import RunDocument

__all__ = ["Setup"]

_LENGTHS = ("train.steps", "train.minutes")
_UNITS = (("minutes", "train.minutes"), ("steps", "train.steps"))


def _cost(family: CatalogueFamily) -> tuple[float, float]:
    """What a family costs at the least, as far as it was measured; the cheapest is the best to begin with."""
    measured = [preset.estimate for preset in family.presets if preset.estimate is not None]
    return min(((estimate.minutes, estimate.memory_mb) for estimate in measured), default=(math.inf, math.inf))


class Setup(QWidget):
    """The column at the right in which a run is prepared.

    Args:
        context: What it needs from the window.

    Signals:
        started: The id of the run that was queued.
    """

    started = Signal(str)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._catalogue: Catalogue | None = None
        self._datasets: list[DatasetDocument] = []
        self._presets: dict[str, Preset] = {}
        self._offered_kind: tuple[object, ...] = ()
        self._runs: tuple[RunRow, ...] = ()
        self._busy = False
        self.datasets = ComboBox()
        self.datasets.setAccessibleName("Data set")
        self.datasets.currentIndexChanged.connect(self._on_dataset_chosen)
        self.cards = FamilyCards(context.theme)
        self.cards.chosen.connect(self._on_family_chosen)
        self.presets = ComboBox()
        self.presets.setAccessibleName("Preset")
        self.presets.currentIndexChanged.connect(self._on_preset_chosen)
        self._preset_words = SecondaryLabel()
        self.length = NumberField({"exclusiveMinimum": 0})
        self.length.widget.setAccessibleName("Length of the run")
        self.length.changed.connect(self._on_changed)
        self.unit = ComboBox()
        self.unit.setAccessibleName("Unit of the length")
        self.unit.addItems([title for title, _ in _UNITS])
        self.unit.currentIndexChanged.connect(self._on_changed)
        self._length_fault = SecondaryLabel()
        self._length_fault.setProperty("role", "field-error")
        self.form = SettingsForm()
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the run")
        self.name.setPlaceholderText("family and data set")
        self.seed = NumberField({"minimum": 0, "maximum": 2**32 - 1}, whole=True)
        self.seed.widget.setAccessibleName("Seed")
        self.seed.set_value(0)
        self.seed.changed.connect(self._on_changed)
        self.device = ComboBox()
        self.device.setAccessibleName("Device")
        self.device.addItems(["auto", "cpu", *(f"cuda:{number}" for number in range(context.gpus))])
        self.device.currentIndexChanged.connect(self._on_changed)
        self.notice = Notice()
        self.cost = SecondaryLabel()
        self.start_action = Action(
            self, "train.start", "Start the run", self._on_start, "Ctrl+Return", icon="play", short="Start"
        )
        self.start = button_of(self.start_action, primary=True)
        self._build()

    def _build(self) -> None:
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 12, 0)
        self._column.setSpacing(8)
        for title, widgets in (
            ("Data set", [self.datasets]),
            ("Family", [self.cards]),
            ("Preset", [self.presets, self._preset_words]),
        ):
            self._column.addWidget(TitleLabel(title, 1.0))
            for widget in widgets:
                self._column.addWidget(widget)
        self._column.addWidget(TitleLabel("Length", 1.0))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.length.widget, 1)
        row.addWidget(self.unit, 1)
        self._column.addLayout(row)
        self._column.addWidget(self._length_fault)
        self._column.addWidget(TitleLabel("Settings", 1.0))
        self._column.addWidget(self.form)
        about = QFormLayout()
        about.addRow(PlainLabel("Name"), self.name)
        about.addRow(PlainLabel("Seed"), self.seed.widget)
        about.addRow(PlainLabel("Device"), self.device)
        self._column.addLayout(about)
        self._column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(scroll.horizontalScrollBarPolicy().ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(scroll, 1)
        layout.addWidget(self.notice)
        layout.addWidget(self.cost)
        layout.addWidget(self.start)

    def set_catalogue(self, catalogue: Catalogue) -> None:
        """Offer the families of a catalogue; what is typed stays where it is the same one."""
        if catalogue == self._catalogue:
            return
        self._catalogue = catalogue
        self._offer()
        self._on_changed()

    def set_snapshot(self, snapshot: Snapshot) -> None:
        """Offer the data sets that there are now."""
        found = [row.document for row in reversed(snapshot.datasets) if row.document is not None]
        self._runs = snapshot.runs
        if [document.id for document in found] != [document.id for document in self._datasets]:
            kept = self.dataset_id
            self._datasets = found
            self.datasets.blockSignals(True)
            self.datasets.clear()
            for document in found:
                self.datasets.addItem(f"{document.name} ({document.count:,})".replace("\n", " "), document.id)
            # Another data set must not take the place of one that is gone.
            self.datasets.setCurrentIndex(self.datasets.findData(kept) if kept else 0)
            self.datasets.blockSignals(False)
        self._on_dataset_chosen()

    def _offer(self) -> None:
        """Offer the families that can model the data set, all of them while there is none."""
        spec, families = self._spec, self._catalogue.families if self._catalogue is not None else ()
        offered = [family for family in families if spec is None or not family.why_not_offered(spec)]
        self.cards.set_families(sorted(offered, key=_cost))

    def _on_dataset_chosen(self) -> None:
        kind = self._kind_of(self._spec)
        if kind != self._offered_kind:
            # Other families and presets fit; what is typed for data alike stays.
            self._offered_kind = kind
            self._offer()
        self._on_changed()

    @staticmethod
    def _kind_of(spec: DataSpec | None) -> tuple[object, ...]:
        return () if spec is None else (spec.modality, spec.condition, math.prod(spec.shape))

    @property
    def _spec(self) -> DataSpec | None:
        """What the items of the chosen data set have in common; None where none is chosen."""
        return next((row.spec for row in self._datasets if row.id == self.dataset_id), None)

    @property
    def dataset_id(self) -> str:
        """Id of the chosen data set; empty where there is none."""
        return str(self.datasets.currentData() or "")

    @property
    def family(self) -> CatalogueFamily | None:
        """The chosen family."""
        families = self._catalogue.families if self._catalogue is not None else ()
        return next((family for family in families if family.id == self.cards.current), None)

    @property
    def preset(self) -> str:
        """Name of the chosen preset; empty for none."""
        return str(self.presets.currentData() or "")

    def choose_dataset(self, id: str) -> None:
        """Choose a data set by its id."""
        self.datasets.setCurrentIndex(self.datasets.findData(id))

    def take_over(self, run: RunDocument) -> None:
        """Prepare a run like another one, to be changed before it starts; what is not there any more is said."""
        if self._catalogue is None or run.family not in self.cards_on_offer():
            self.notice.set("bad", f"The family '{run.family}' of that run cannot be used; the Plugins page says why.")
            return
        self.choose_dataset(run.dataset)
        gone = f"The data set '{run.dataset_name}' of that run is gone; choose another."
        self.notice.set("warning", "" if self.dataset_id else gone)
        self.cards.choose(run.family)
        self.presets.setCurrentIndex(max(0, self.presets.findData(run.preset)))
        values = {**run.settings, **{f"train.{key}": value for key, value in run.train.items()}}
        self.form.set_values(values)
        self._show_length(values)
        self.seed.set_value(run.seed)
        self.device.setCurrentIndex(max(0, self.device.findText(run.device)))

    def cards_on_offer(self) -> list[str]:
        """Ids of the families that can be chosen."""
        assert self._catalogue is not None
        return [family.id for family in self._catalogue.families]

    @property
    def device_kind(self) -> str:
        """``cuda`` or ``cpu``: where the run is going to be trained."""
        device = self.device.currentText()
        return "cuda" if device.startswith("cuda") or (device == "auto" and self._context.gpus) else "cpu"

    def basis(self) -> dict[str, Any]:
        """Settings of the preset."""
        family = self.family
        return dict(self._presets[self.preset].settings) if family is not None and self.preset else {}

    def request(self) -> RunRequest:
        """What is asked for now."""
        values = self.form.changed_values(self.basis())
        key = _UNITS[self.unit.currentIndex()][1]
        length = self.length.value()
        if self.basis().get(key) != length:
            values[key] = length
        return RunRequest(
            self.dataset_id,
            self.cards.current,
            self.preset,
            values,
            self.seed.value(),
            self.device.currentText(),
            self.name.text(),
            self._context.safe_mode,
        )

    def _on_family_chosen(self, _: str) -> None:
        family = self.family
        if family is None or self._catalogue is None:
            return
        form = SettingsForm()
        form.add_schema(family.settings_schema)
        form.add_schema(self._catalogue.train_schema, "train.", _LENGTHS)
        form.changed.connect(self._on_changed)
        self._column.replaceWidget(self.form, form)
        self.form.hide()
        self.form.deleteLater()
        self.form = form
        self._presets = family.presets_for(self._spec)
        self.presets.blockSignals(True)
        self.presets.clear()
        for name, preset in self._presets.items():
            self.presets.addItem(preset.title, name)
        self.presets.setCurrentIndex(max(0, self.presets.findData(default_preset(self._presets, self.device_kind))))
        self.presets.blockSignals(False)
        self._on_preset_chosen()

    def _on_preset_chosen(self) -> None:
        family = self.family
        if family is None:
            return
        self._preset_words.setText(self._presets[self.preset].summary if self.preset else "")
        self.form.set_values(self.basis())
        self._show_length(self.basis())

    def _show_length(self, values: dict[str, Any]) -> None:
        for number, (_, key) in enumerate(_UNITS):
            if values.get(key) is not None:
                self.unit.setCurrentIndex(number)
                self.length.set_value(values[key])
                return
        self.length.set_value(10)

    def _on_changed(self) -> None:
        family, catalogue = self.family, self._catalogue
        self._length_fault.setText(self.length.fault())
        self._length_fault.setVisible(bool(self.length.fault()))
        sound = self.form.is_sound() and not self.length.fault() and not self.seed.fault()
        if catalogue is None:
            self.cost.setText("Looking for the families that are installed")
        elif not self._datasets:
            self.cost.setText("Add a data set first")
        elif not self.dataset_id:
            self.cost.setText("Choose a data set")
        elif family is None:
            self.cost.setText("No family can be used; the Plugins page says why")
        elif not sound:
            self.cost.setText("Mend the settings that are marked")
        else:
            document = next(row for row in self._datasets if row.id == self.dataset_id)
            self.cost.setText(preflight(self.request(), family, document, self._runs, self.device_kind))
        ready = catalogue is not None and bool(self.dataset_id) and family is not None and sound
        self.start_action.set_ready(ready and not self._busy and not self._context.read_only)

    def _on_start(self) -> None:
        if not self.start_action.ready:
            return
        request, workspace = self.request(), self._context.workspace
        self._busy = True
        self.notice.set("info", "")
        self._on_changed()

        def start() -> Path:
            folder = make_run(workspace, request)
            queue_runs(workspace, folder)
            return folder

        self._context.bridge.run(self, start, self._on_started, self._on_refused)

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
