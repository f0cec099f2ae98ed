"""Shows what a dry look found: some items as they would be, what would be refused, and the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from studio.core.modality import read_spec
from studio.core.words import number_of, one_line, readable_size
from studio.desk.items import PreviewItems
from studio.gui.data.class_chart import ClassChart
from studio.gui.data.refused import RefusedTable
from studio.gui.facts import Facts
from studio.gui.item.viewer import overview_of, viewer_of
from studio.gui.layout import Gap, column
from studio.gui.tile_grid import TileGrid
from studio.gui.widgets import PlainLabel, SecondaryLabel

__all__ = ["FoundItems", "FoundNumbers"]

_REFUSED_ROWS = 5
_SMALLEST, _LARGEST = 72, 160
_TOGETHER = 320


class FoundItems(QWidget):
    """Some items with their crop or margins, and the refused files."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.summary = PlainLabel()
        self._sample_label = SecondaryLabel()
        self.grid = TileGrid()
        self.grid.setAccessibleName("Items as they would be imported")
        # White margins must show on a ground of another colour.
        self.grid.viewport().setBackgroundRole(QPalette.ColorRole.Mid)
        self.grid.viewport().setAutoFillBackground(True)
        self._refused_label = SecondaryLabel()
        self.refused = RefusedTable(most_rows=_REFUSED_ROWS)
        column(self.summary, self._sample_label, (self.grid, 1), self._refused_label, self.refused, on=self)

    def show_found(self, found: Mapping[str, Any] | None) -> None:
        """Show the result of a dry look; None for nothing."""
        self.setVisible(found is not None)
        if found is None:
            self.grid.set_source(None)
            return
        rejected, classes = found["rejected"], found["classes"]
        spec = read_spec(found["spec"])
        viewer = viewer_of(spec)
        text = f"Found {number_of(found['items'], spec.noun)}"
        text += f" in {number_of(len(classes), 'class')}" if classes else ", without classes"
        text += f"; {number_of(rejected, viewer.refused_noun)} will be refused" if rejected else ""
        self.summary.setText(text + ".")
        self._sample_label.setText(f"{number_of(len(found['pictures']), 'item')} as they would be:")
        size = max(_SMALLEST, min(_LARGEST, max(spec.shape[:2]))) if viewer.asks_for_pixels else viewer.tile_size
        self.grid.set_tile_size(_TOGETHER if spec.together else size, viewer.tile_aspect)
        self.grid.set_source(PreviewItems(spec, found["pictures"], found["preview_labels"], classes, overview_of))
        shown = len(found["refused"])
        first = f", the first {shown:,} are" if shown < rejected else ""
        self._refused_label.setText(f"{number_of(rejected, viewer.refused_noun)} will be refused{first}:")
        self.refused.set_rows(found["refused"])
        for widget in (self._refused_label, self.refused):
            widget.setVisible(rejected > 0)


class FoundNumbers(QWidget):
    """Sizes, counts, splits and classes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts = Facts()
        self._classes_label = SecondaryLabel()
        self.chart = ClassChart()
        column(self.facts, Gap(8), self._classes_label, self.chart, on=self)

    def show_found(self, found: Mapping[str, Any] | None) -> None:
        """Show the result of a dry look; None for nothing."""
        self.setVisible(found is not None)
        if found is None:
            return
        self.facts.set_facts(
            [
                *((title, one_line(words)) for title, words in found["facts"]),
                ("Items", f"{found['items']:,}"),
                ("Splits", ", ".join(f"{name} {count:,}" for name, count in found["splits"].items())),
                ("Disk space", readable_size(found["bytes"])),
                ("Licence", one_line(found["licence"])),
            ]
        )
        classes = found["classes"]
        self._classes_label.setText(number_of(len(classes), "class"))
        self.chart.set_classes(classes, found["class_counts"])
        for widget in (self._classes_label, self.chart):
            widget.setVisible(bool(classes))
