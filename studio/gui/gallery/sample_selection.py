"""Keeps tiles, inspector and the enlarged picture on the same sample."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QSignalBlocker

from studio.core.modality import TableSpec
from studio.desk.batch_drawing import BatchDrawing
from studio.desk.sample_store import Batch, Sample, SampleStore
from studio.desk.tile import Tile
from studio.desk.token_shades import TokenShade, TokenShades
from studio.gui.gallery.inspector import Inspector
from studio.gui.gallery.picture_view import Enlarged
from studio.gui.gallery.sample_panel import SamplePanel

__all__ = ["SampleSelection"]


class SampleSelection(QObject):
    """What is looked at.

    Args:
        panel: The tiles.
        samples: What they show.
        inspector: Where the chosen one is shown.
        enlarged: Where it is shown over the page.
        drawing: Asked whether samples are being drawn.
        shades: What is known of the tokens of texts.
        open_rows: Shows rows that are kept over the page, and what they are.

    Attributes:
        shown: The chosen sample; None for none.
    """

    def __init__(
        self,
        panel: SamplePanel,
        samples: SampleStore,
        inspector: Inspector,
        enlarged: Enlarged,
        drawing: BatchDrawing,
        shades: TokenShades,
        open_rows: Callable[[Batch, str], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.shown: Sample | None = None
        self._panel = panel
        self._grid = panel.grid
        self._samples = samples
        self._inspector = inspector
        self._enlarged = enlarged
        self._drawing = drawing
        self._shades = shades
        self._open_rows = open_rows
        self._grid.set_source(samples)
        self._grid.current_changed.connect(self._on_current)
        self._grid.selection_changed.connect(self.inspect)
        self._grid.activated.connect(lambda _: self.enlarge())
        enlarged.moved.connect(self._on_moved)
        enlarged.dismissed.connect(self._grid.setFocus)

    def selected(self) -> list[Sample]:
        """The selected samples."""
        return self._samples.locate_all(self._grid.selection())

    def first_selected(self) -> int:
        """Tile of the first selected sample; 0 where none is."""
        return min(self._grid.selection(), default=0)

    def choose(self, batch: Batch, position: int) -> None:
        """Make a sample the chosen one, where it is shown."""
        index = self._samples.index_of(batch, position)
        if index >= 0:
            self._grid.set_current(index)

    def choose_tile(self, index: int) -> None:
        """Make a tile the chosen one, the last where there are not as many."""
        self._grid.set_current(min(index, self._samples.count() - 1))

    def start_over(self) -> None:
        """Show other samples from their beginning."""
        self._grid.set_source(self._samples)
        self._on_current()

    def refresh(self) -> None:
        """Show more, fewer or other samples; the chosen one stays the chosen one while it is there."""
        self._samples.arrange()
        grid, kept = self._grid, self.shown
        with QSignalBlocker(grid):
            grid.refresh()
        index = self._samples.index_of(*kept) if kept is not None else -1
        if index >= 0 and index != grid.current:
            place = grid.verticalScrollBar().value()
            grid.set_current(index)
            grid.verticalScrollBar().setValue(place)
        self._on_current()

    def batch_grew(self, batch: Batch) -> None:
        """Samples of a batch came into view."""
        self._grid.viewport().update()
        if self.shown is not None and self.shown[0] is batch and self._inspector.view.empty:
            self.inspect()

    def inspect(self) -> None:
        """Show the chosen sample as it is now."""
        if self.shown is None:
            self._inspector.clear()
            self._enlarged.dismiss()
            return
        picture = self._samples.view(*self.shown)
        drawing = self._drawing.current is not None
        found = self._shades.found(*self.shown)
        self._inspector.show_sample(
            *self.shown,
            picture,
            len(self._grid.selection()),
            drawing,
            found if self._shades.can(self.shown[0]) else None,
        )
        if not self._enlarged.isHidden():
            self._enlarge(picture, found)

    def enlarge(self) -> None:
        """Show the chosen sample over the whole page."""
        if self.shown is None:
            return
        batch, caption = self.shown[0], self._samples.caption(self._grid.current)
        # While rows come, their file is not where it will be.
        if batch.folder is not None and isinstance(batch.document.spec, TableSpec):
            self._open_rows(batch, caption)
        else:
            self._enlarge(self._samples.view(*self.shown), self._shades.found(*self.shown))

    def _enlarge(self, tile: Tile | None, found: list[TokenShade] | str) -> None:
        caption = self._samples.caption(self._grid.current)
        self._enlarged.open(tile, caption, found if isinstance(found, list) else ())

    def _on_current(self, *_: object) -> None:
        index = self._grid.current
        self.shown = self._samples.locate(index) if 0 <= index < self._samples.count() else None
        self.inspect()

    def _on_moved(self, by: int) -> None:
        self.choose_tile(max(0, self._grid.current + by))
