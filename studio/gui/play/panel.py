"""The panel of one family: what it makes of the points, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent

from studio.core.modality import TableSpec
from studio.core.words import one_line
from studio.desk.play.glimpse import Glimpse
from studio.desk.run_words import state_words
from studio.desk.snapshot import RunRow
from studio.gui.guard import guarded
from studio.gui.layout import Gap, column, row
from studio.gui.painting import paint_family
from studio.gui.play.picture import Picture
from studio.gui.play.plane import Ground
from studio.gui.theme import Theme, plain_tooltip
from studio.gui.widgets import Card, SecondaryLabel, TitleLabel
from studio.hooks.catalogue import CatalogueFamily

__all__ = ["PANEL_CHROME", "FamilyPanel"]

# Pixels of a panel beside its picture, across and down.
PANEL_CHROME = (16, 76)
_DENSITIES = {"exact": "density, exact", "bound": "density, at least", "score": "the discriminator's score"}


class FamilyPanel(Card):
    """One family; a click opens its run.

    Args:
        theme: Its colours.
        family: The family.
        ground: The points of the person.

    Signals:
        opened: Its run is wanted, by its id.
    """

    opened = Signal(str)

    def __init__(self, theme: Theme, family: CatalogueFamily, ground: Ground) -> None:
        super().__init__()
        self._theme = theme
        self.family = family
        self.glimpse = Glimpse()
        self._run: RunRow | None = None
        self._fault = ""
        self.picture = Picture(theme, theme.family(family.id), ground)
        title = TitleLabel(family.title, 1.0)
        self.density = SecondaryLabel(whole=True)
        self.caption = SecondaryLabel()
        # Room for a summary of three lines, whatever is said later, so that the pictures stay as large.
        self.caption.setFixedHeight(3 * self.caption.fontMetrics().lineSpacing())
        self.caption.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        column(
            row(Gap(10), (title, 1), self.density),
            (self.picture, 1),
            self.caption,
            on=self,
            spacing=4,
            margins=(8, 6, 8, 6),
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.show_run(None)

    @property
    def run(self) -> str:
        """Id of its run; empty where there is none."""
        return self._run.folder.name if self._run is not None else ""

    def begin(self) -> None:
        """Forget the last run, for another one is about to begin."""
        self.glimpse, self._fault = Glimpse(), ""
        self.picture.set_samples(None)
        self._show_inside({})
        self.show_run(None)

    def show_fault(self, text: str) -> None:
        """Say why it does not learn."""
        self._fault = text
        self._write()

    def show_run(self, run: RunRow | None) -> None:
        """Show how far its run is."""
        self._run = run
        self.setCursor(Qt.CursorShape.PointingHandCursor if run is not None else Qt.CursorShape.ArrowCursor)
        self._write()

    def show_glimpse(self, glimpse: Glimpse) -> None:
        """Show its newest samples; those that are known already move no more."""
        self.glimpse = glimpse
        if glimpse.samples is not None:
            self.picture.set_samples(glimpse.samples)
        if glimpse.plane is not None:
            self._show_inside(glimpse.plane)
        self._write()

    def _show_inside(self, plane: Mapping[str, npt.NDArray[np.float32]]) -> None:
        spec = self._run.document.spec if self._run is not None and self._run.document is not None else None
        self.picture.set_inside(plane, spec if isinstance(spec, TableSpec) else None)
        self.density.setText(next((words for kind, words in _DENSITIES.items() if kind in plane), ""))

    def _words(self) -> str:
        """How far it is, in one line."""
        if self._fault:
            return self._fault
        if self._run is None:
            return self.family.summary
        status, parts = self._run.status, []
        if status.state in ("failed", "interrupted"):
            return status.message or state_words(self._run)
        if self.glimpse.step >= 0:
            parts.append(f"step {max(self.glimpse.step, status.step):,}")
            if self.glimpse.value is not None:
                name = one_line(self.glimpse.metric).replace("_", " ")
                parts.append(f"{name} {self.glimpse.value:,.3g}")
        else:
            parts.append("Beginning" if self._run.live else state_words(self._run))
        if status.state in ("stopped", "finished", "paused"):
            parts.append(status.state)
        return ", ".join(parts)

    def _write(self) -> None:
        words = one_line(self._words())
        self.caption.setText(words)
        self.caption.setToolTip(plain_tooltip(words))
        self.setAccessibleName(f"{self.family.title}. {words}")
        self.setToolTip("Open this run on the Train page" if self._run is not None else "")

    def _open(self) -> None:
        if self.run:
            self.opened.emit(self.run)

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self._open()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
        else:
            super().keyPressEvent(event)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_family(painter, QRect(8, 9, 4, 16), self._theme.family(self.family.id))
