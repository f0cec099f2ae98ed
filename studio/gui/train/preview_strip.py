"""Shows how samples changed while a run learned: one slider through all its previews."""

from __future__ import annotations

import math
from bisect import bisect_right
from pathlib import Path

from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QWidget

from studio.core.modality import DataSpec, TextSpec
from studio.desk.previews import Preview, list_previews, preview_sources, read_preview
from studio.desk.tile import texts_of
from studio.gui.guard import guarded
from studio.gui.item.picture import paint_picture, to_image
from studio.gui.item.text import paint_text
from studio.gui.item.viewer import overview_of
from studio.gui.layout import column, row
from studio.gui.page import PageContext
from studio.gui.widgets import Card, SecondaryLabel, Slider

__all__ = ["PreviewStrip", "load_preview"]

_KEPT = 64


def load_preview(path: Path, spec: DataSpec | None) -> QImage | str:
    """A preview as a picture, null where it is damaged or too large to be shown, or as a text; in any thread."""
    if path.suffix == ".png":
        return QImage(str(path))
    items = read_preview(path, spec)
    if items is None:
        return QImage()
    if sources := preview_sources(path, spec, len(items)):
        assert isinstance(spec, TextSpec)
        pairs = zip(sources, texts_of(spec, items), strict=True)
        return "\n\n".join(f"{source}\n\u2192 {text}" for source, text in pairs)
    shown = overview_of(spec, items)
    return shown if isinstance(shown, str) else to_image(shown)


def _is_missing(preview: QImage | str) -> bool:
    """Whether a preview is a picture that could not be read."""
    return not isinstance(preview, str) and preview.isNull()


class _Picture(QWidget):
    """A picture as large as there is room, its pixels whole where it is enlarged; or a text."""

    def __init__(self) -> None:
        super().__init__()
        self.image: QImage | str = QImage()
        self.setMinimumHeight(120)
        self.setAccessibleName("Preview")

    @guarded(fallback=QSize(300, 200))
    def sizeHint(self) -> QSize:
        return QSize(300, 240)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        if _is_missing(self.image):
            return
        with QPainter(self) as painter:
            if isinstance(self.image, str):
                ink = self.palette().color(QPalette.ColorRole.Text)
                paint_text(painter, self.image, QRectF(self.rect()), ink, self.font())
                return
            paint_picture(painter, self.image, QRectF(self.rect()), self.devicePixelRatioF(), crisp=math.inf)


class PreviewStrip(Card):
    """The picture of one moment, and the slider that chooses it.

    Args:
        context: What it needs from the window.

    Signals:
        step_chosen: The step of the preview in view.
    """

    step_chosen = Signal(float)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._run: Path | None = None
        self._spec: DataSpec | None = None
        self._previews: list[Preview] = []
        self._images: dict[Path, QImage | str] = {}
        self._follow = True
        self._listing: set[Path] = set()
        self.picture = _Picture()
        self.slider = Slider("Preview through time")
        self.slider.valueChanged.connect(self._on_moved)
        self.label = SecondaryLabel("No preview yet", whole=True)
        column((self.picture, 1), row((self.slider, 1), self.label), on=self, margins=(12, 8, 12, 8))

    @property
    def previews(self) -> list[Preview]:
        """The previews of the run in view."""
        return self._previews

    def show_run(self, run: Path | None, spec: DataSpec | None = None) -> None:
        """Show the previews of a run, its newest first.

        Args:
            run: Its folder; None for none.
            spec: What its items have in common.
        """
        if run != self._run:
            self._run, self._spec, self._follow = run, spec, True
            self._images.clear()
            self._set_previews([])
        self.refresh()

    def refresh(self) -> None:
        """Look for new previews."""
        run = self._run
        if run is not None and run not in self._listing:
            self._listing.add(run)
            self._context.bridge.run(self, lambda: list_previews(run), lambda found: self._on_listed(run, found))

    def go_to_step(self, step: float) -> None:
        """Show the preview that was drawn at a step, or the last before it."""
        if self._previews:
            steps = [preview.step for preview in self._previews]
            self.slider.setValue(max(0, bisect_right(steps, step) - 1))

    def _on_listed(self, run: Path, found: list[Preview]) -> None:
        self._listing.discard(run)
        if run == self._run and [p.path for p in found] != [p.path for p in self._previews]:
            self._set_previews(found)

    def _set_previews(self, previews: list[Preview]) -> None:
        self._previews = previews
        self.slider.setEnabled(len(previews) > 1)
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, max(0, len(previews) - 1))
            if self._follow:
                self.slider.setValue(len(previews) - 1)
        if not previews:
            self.label.setText("No preview yet")
            self.picture.image = QImage()
            self.picture.update()
        else:
            self._show(self.slider.value())

    def _on_moved(self, value: int) -> None:
        self._follow = value == len(self._previews) - 1
        self._show(value)
        if 0 <= value < len(self._previews):
            self.step_chosen.emit(float(self._previews[value].step))

    def _show(self, number: int) -> None:
        preview = self._previews[number]
        self.label.setText(f"step {preview.step:,} ({number + 1} of {len(self._previews)})")
        if preview.path in self._images:
            self._on_loaded(preview, self._images[preview.path])
        else:
            spec = self._spec
            self._context.bridge.run(
                self, lambda: load_preview(preview.path, spec), lambda image: self._on_loaded(preview, image)
            )

    def _on_loaded(self, preview: Preview, image: QImage | str) -> None:
        self._images[preview.path] = image
        while len(self._images) > _KEPT:
            self._images.pop(next(iter(self._images)))
        current = self.slider.value()
        if 0 <= current < len(self._previews) and self._previews[current].path == preview.path:
            self.picture.image = image
            self.picture.update()
            if _is_missing(image):
                self.label.setText(f"step {preview.step:,}: its picture is damaged, or too large to be shown")
