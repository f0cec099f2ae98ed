"""Builds the controls of a model from its manifest alone: classes, numbers, seed and count."""

from __future__ import annotations

import math
import secrets

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from studio.core.known_values import KnownValues
from studio.core.manifest import Input, Manifest
from studio.core.modality import DataSpec, TextSpec
from studio.core.noise import MAX_SEED
from studio.core.request import SampleRequest, labels_for
from studio.gui.action import Action, button_of
from studio.gui.gallery.field import Field
from studio.gui.item.known import KnownField, known_field
from studio.gui.item.source_text import SourceText
from studio.gui.layout import FlowLayout, column, row
from studio.gui.widgets import Card, ComboBox, DoubleSpinBox, IconButton, SecondaryLabel, SpinBox

__all__ = ["Controls"]

_MOST = 100_000
# Of samples that are shown one by one, of those that are looked at together, and of translations of one text.
_COUNT, _COUNT_TOGETHER, _COUNT_TRANSLATED = 64, 1000, 1
_WHOLE = 2**31 - 1
_LARGEST = 1e9
_IN_TURN = None
_ANY = -1


def _digits(value: float | int | None) -> int:
    """Digits after the point that a number needs to be shown whole, up to 9."""
    if value is None or not math.isfinite(value):
        return 0
    text = f"{value:.9f}".rstrip("0")
    return len(text.partition(".")[2])


def _asks(manifest: Manifest) -> object:
    """What the controls of a model follow from, but for its classes."""
    return manifest.inputs, manifest.columns, manifest.tokenizer


def _usual_count(manifest: Manifest | None) -> int:
    spec = manifest.spec if manifest is not None else None
    if spec is not None and spec.source_shape:
        return _COUNT_TRANSLATED
    return _COUNT_TOGETHER if spec is not None and spec.together else _COUNT


class Controls(Card):
    """What can be asked of a model, and Sample.

    Args:
        draw: Draws samples.

    Signals:
        picture_chosen: A picture to complete, as a path.
        sources_chosen: A file whose lines are to be translated, as a path.
    """

    picture_chosen = Signal(object)
    sources_chosen = Signal(object)

    def __init__(self, draw: Action) -> None:
        super().__init__()
        self._draw = draw
        self.manifest: Manifest | None = None
        self.classes: ComboBox | None = None
        self.label: SpinBox | None = None
        self.scalars: dict[str, SpinBox | DoubleSpinBox] = {}
        self.known: KnownField | None = None
        self.source: SourceText | None = None
        self.seed = self._whole(0, MAX_SEED, 118)
        self.start = self._whole(0, MAX_SEED, 90)
        self.count = self._whole(1, _MOST, 90)
        self.count.setValue(_COUNT)
        self.dice = IconButton("dice", "Choose another seed")
        self.dice.clicked.connect(self.roll)
        self.new_seed = QCheckBox("New seed each time")
        self.new_seed.setToolTip("Choose another seed after each Sample, so that the next one gives other samples")
        self.new_seed.setChecked(True)
        self.sample = button_of(draw, primary=True)
        self._of_model = QWidget()
        self._flow = FlowLayout(self._of_model, 12)
        self._made: list[QWidget] = []
        seed = Field("Seed", self.seed, "The same seed gives the same samples", self.dice)
        self._fixed = (
            seed,
            Field("First number", self.start, "Samples of a seed are numbered from 0; a later one can be made alone"),
            Field("Count", self.count, "How many samples"),
        )
        self.hint = SecondaryLabel("Choose a model to draw samples of it.")
        asks = column(self.sample, self.new_seed, spacing=6)
        row((self.hint, 1), (self._of_model, 1), asks, on=self, spacing=16, margins=(12, 8, 12, 10))
        for field in self._fixed:
            self._flow.addWidget(field)
        self.set_manifest(None)

    @staticmethod
    def _whole(low: int, high: int, width: int) -> DoubleSpinBox:
        """An editor for whole numbers beyond the 31 bits of Qt's own."""
        editor = DoubleSpinBox("", low, high, 0)
        editor.setFixedWidth(width)
        return editor

    def set_manifest(self, manifest: Manifest | None) -> None:
        """Show the controls of a model; where its inputs are those of the one before, values and class stay."""
        kept = {name: editor.value() for name, editor in self.scalars.items()}
        before = self.manifest
        same = before is not None and manifest is not None and _asks(before) == _asks(manifest)
        chosen = self.classes.currentIndex() if self.classes is not None and same else 0
        known = self.known.state() if self.known is not None and same else None
        source = self.source.edit.text() if self.source is not None and same else ""
        self.manifest = manifest
        if manifest is not None and self.count.value() == _usual_count(before):
            self.count.setValue(_usual_count(manifest))
        if same and before is not None and manifest is not None and manifest.classes == before.classes:
            return
        while self._flow.count():
            self._flow.takeAt(0)
        for widget in self._made:
            widget.hide()
            widget.deleteLater()
        self._made, self.scalars, self.classes, self.label, self.known, self.source = [], {}, None, None, None, None
        inputs = manifest.inputs if manifest is not None else ()
        for entry in inputs:
            if entry.kind == "source":
                self._add_source(entry, manifest.spec if manifest is not None else None, source)
        for entry in inputs:
            if entry.kind == "label":
                self._add_label(entry, manifest.classes if manifest is not None else (), chosen)
        for entry in inputs:
            if entry.kind == "scalar":
                self._add_scalar(entry)
        for entry in inputs:
            if entry.kind == "given":
                self._add_known(entry, manifest.spec if manifest is not None else None)
        if self.known is not None and known is not None:
            self.known.set_known(*known)
        if same:
            for name, value in kept.items():
                self.scalars[name].setValue(value)  # type: ignore[arg-type]
        for widget in (*self._made, *self._fixed):
            self._flow.addWidget(widget)
            widget.setVisible(manifest is not None)
        self.hint.setVisible(manifest is None)
        self.new_seed.setEnabled(manifest is not None)
        self._of_model.setVisible(manifest is not None)
        self._draw.set_ready(manifest is not None)
        self.updateGeometry()

    def _add_label(self, entry: Input, classes: tuple[str, ...], chosen: int) -> None:
        if not classes:
            low = -1 if entry.minimum is None else max(int(entry.minimum), -_WHOLE)
            high = _WHOLE if entry.maximum is None else min(int(entry.maximum), _WHOLE)
            self.label = SpinBox("", low, high)
            self.label.setValue(int(entry.default or 0))
            self.label.setFixedWidth(90)
            self._made.append(Field(entry.name, self.label, entry.help))
            return
        self.classes = ComboBox()
        self.classes.addItem("Every class in turn", _IN_TURN)
        if entry.minimum is None or entry.minimum < 0:
            self.classes.addItem("Any", _ANY)
        for number, name in enumerate(classes):
            self.classes.addItem(" ".join(name.split())[:200], number)
        self.classes.setCurrentIndex(chosen)
        self.classes.setFixedWidth(170)
        self._made.append(Field("Class", self.classes, entry.help))

    def _add_scalar(self, entry: Input) -> None:
        low, high = entry.minimum, entry.maximum
        editor: SpinBox | DoubleSpinBox
        if entry.dtype == "int64":
            ends = (
                -_WHOLE if low is None else max(-_WHOLE, int(low)),
                _WHOLE if high is None else min(_WHOLE, int(high)),
            )
            editor = SpinBox("", *ends)
            editor.setValue(max(-_WHOLE, min(_WHOLE, int(entry.default or 0))))
        else:
            bounds = (
                -_LARGEST if low is None else max(low, -_LARGEST),
                _LARGEST if high is None else min(high, _LARGEST),
            )
            editor = DoubleSpinBox("", *bounds, max(2, _digits(entry.default), _digits(low), _digits(high)))
            editor.setSingleStep(0.1 if bounds[1] - bounds[0] > 0.5 else (bounds[1] - bounds[0]) / 10)
            editor.setValue(float(entry.default or 0))
        editor.setFixedWidth(90)
        self.scalars[entry.name] = editor
        between = [f"{bound:g}" for bound in (low, high) if bound is not None]
        help = f"{entry.help} From {between[0]} to {between[1]}." if len(between) == 2 else entry.help
        self._made.append(Field(entry.name.replace("_", " ").capitalize(), editor, help.strip()))

    def _add_known(self, entry: Input, spec: DataSpec | None) -> None:
        self.known = known_field(spec, entry, self.picture_chosen.emit)
        if self.known is not None:
            self._made.append(Field("Complete", self.known, entry.help))

    def _add_source(self, entry: Input, spec: DataSpec | None, text: str) -> None:
        if isinstance(spec, TextSpec) and entry.shape == spec.source_shape:
            self.source = SourceText(spec)
            self.source.edit.setText(text)
            self.source.file_chosen.connect(self.sources_chosen)
            self._made.append(Field("Source", self.source, "What is translated; each sample is a translation of it"))

    @property
    def num_samples(self) -> int:
        """How many samples are wanted."""
        return int(self.count.value())

    @property
    def known_shape(self) -> tuple[int, ...] | None:
        """Shape of what the model can complete; None where it completes nothing."""
        return self.known.shape if self.known is not None else None

    def set_known(self, known: KnownValues | None, keep: str = "all") -> None:
        """Say what is known of the samples, and which part of it is kept."""
        if self.known is not None:
            self.known.set_known(known, keep)

    def request(self) -> SampleRequest:
        """What the controls ask for.

        Raises:
            ModelError: If the model has no such class.
        """
        assert self.manifest is not None
        start, count = int(self.start.value()), int(self.count.value())
        labels: list[int] = []
        if self.classes is not None:
            labels = labels_for(self.manifest, self.classes.currentData(), start, count)
        elif self.label is not None:
            labels = [self.label.value()]
        values = {name: editor.value() for name, editor in self.scalars.items()}
        return SampleRequest(
            seed=int(self.seed.value()),
            start=start,
            count=count,
            labels=tuple(labels),
            scalars=values,
            given=self.known.value() if self.known is not None else None,
            source=self.source.value() if self.source is not None else None,
        )

    def set_request(self, request: SampleRequest) -> None:
        """Set every control; no class is every class in turn, a number that is not there is left as it is."""
        self.set_known(request.given)
        if self.source is not None:
            self.source.set_source(request.source)
        self.seed.setValue(request.seed)
        self.start.setValue(request.start)
        self.count.setValue(request.count)
        label = request.label(0)
        if self.classes is not None:
            self.classes.setCurrentIndex(max(0, self.classes.findData(label)))
        elif self.label is not None and label is not None:
            self.label.setValue(label)
        for name, value in request.scalars.items():
            editor = self.scalars.get(name)
            if isinstance(editor, DoubleSpinBox):
                editor.setDecimals(max(editor.decimals(), _digits(value)))
                editor.setValue(value)
            elif editor is not None:
                editor.setValue(int(value))

    def roll(self) -> None:
        """Choose another seed by chance."""
        self.seed.setValue(secrets.randbelow(1_000_000))

    def after_sample(self) -> None:
        """Prepare the next request: another seed, where that is wanted."""
        if self.new_seed.isChecked():
            self.roll()
            self.start.setValue(0)
