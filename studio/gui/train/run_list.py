"""Lists the runs: family, name, state, the shape of the monitored curve, and its best value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.desk.run_reading import Sketch, read_sketch
from studio.desk.run_words import state_words
from studio.desk.snapshot import RunRow
from studio.gui.guard import guarded
from studio.gui.page import PageContext
from studio.gui.painting import Index, paint_family, write_line
from studio.gui.theme import plain_tooltip

__all__ = ["RunList"]

_ROW_HEIGHT, _SKETCH = 60, QSize(60, 20)


class _RunState(QAbstractListModel):
    """The runs, newest first, for the list."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[RunRow] = []
        self.sketches: dict[Path, Sketch] = {}

    @guarded(fallback=0)
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    @guarded(fallback=None)
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{row.name}, {state_words(row)}"
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role == Qt.ItemDataRole.ToolTipRole:
            sketch = self.sketches.get(row.folder)
            best = f"\nbest {sketch.metric} {sketch.best:,.6g}" if sketch and sketch.best is not None else ""
            return plain_tooltip(f"{row.name}\n{state_words(row)}{best}")
        return None

    def set_rows(self, rows: Sequence[RunRow]) -> None:
        """Show these; what stays keeps its place in the selection."""
        newest_first = list(reversed(rows))
        if [row.folder for row in newest_first] == [row.folder for row in self.rows]:
            self.rows = newest_first
            if newest_first:
                self.dataChanged.emit(self.index(0), self.index(len(newest_first) - 1))
            return
        self.beginResetModel()
        self.rows = newest_first
        self.endResetModel()


class _Painter(QStyledItemDelegate):
    """Draws one run."""

    def __init__(self, context: PageContext, state: _RunState) -> None:
        super().__init__(state)
        self._theme = context.theme
        self._state = state

    @guarded(fallback=QSize(120, _ROW_HEIGHT))
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, _ROW_HEIGHT)

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: RunRow = index.data(Qt.ItemDataRole.UserRole)
        look: Any = option
        rect, colours = QRect(look.rect), self._theme.colours
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if look.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(self._theme.selected))
        family = row.document.family if row.document is not None else ""
        bar = QRect(rect.x() + 6, rect.y() + 10, 4, rect.height() - 20)
        paint_family(painter, bar, self._theme.family(family) if family else QColor(colours.border))
        inner = rect.adjusted(18, 8, -10, -8)
        font = QFont(look.font)
        font.setWeight(QFont.Weight.DemiBold)
        # A name is not cut for a sketch.
        room = inner.width() - QFontMetrics(font).horizontalAdvance(" ".join(row.name.split())) - 8
        sketch = self._state.sketches.get(row.folder)
        drawn = sketch is not None and room >= _SKETCH.width()
        width = inner.width() - (_SKETCH.width() + 8 if drawn else 0)
        write_line(painter, QRect(inner.x(), inner.y(), width, 20), row.name, font, colours.text)
        if sketch is not None and drawn:
            self._draw(painter, sketch, QRect(inner.right() - _SKETCH.width(), inner.y(), _SKETCH.width(), 20))
        bad = row.document is None or row.status.state in ("failed", "interrupted") or row.status.hangs
        font.setWeight(QFont.Weight.Normal)
        font.setPointSizeF(font.pointSizeF() * 0.9)
        best = f"{sketch.best:,.4g}" if sketch is not None and sketch.best is not None else ""
        room = QFontMetrics(font).horizontalAdvance(best)
        place = QRect(inner.x(), inner.y() + 22, inner.width() - room - 8, 20)
        write_line(painter, place, state_words(row), font, colours.bad if bad else colours.secondary)
        write_line(painter, QRect(inner.right() - room, place.y(), room + 2, 20), best, font, colours.secondary)
        painter.restore()

    def _draw(self, painter: QPainter, sketch: Sketch, rect: QRect) -> None:
        values = sketch.values[np.isfinite(sketch.values)]
        if len(values) < 2:
            return
        low, high = float(values.min()), float(values.max())
        span = high - low if high > low else 1.0
        if not math.isfinite(span):
            return
        points = [
            QPointF(rect.x() + rect.width() * at / (len(values) - 1), rect.bottom() - rect.height() * (v - low) / span)
            for at, v in enumerate(values.tolist())
        ]
        painter.setPen(QPen(QColor(self._theme.colours.accent), 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))


class RunList(QListView):
    """The list at the left of the Train page; several runs can be selected to compare their curves.

    Signals:
        chosen: The selected runs, in the order of the list.
    """

    chosen = Signal(list)

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._context = context
        self._state = _RunState(self)
        self._monitors: dict[str, tuple[str, str]] = {}
        self._sketched: dict[Path, int] = {}
        self._sketching = False
        self.setModel(self._state)
        self.setItemDelegate(_Painter(context, self._state))
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setUniformItemSizes(True)
        self.setAccessibleName("Runs")
        self.setMinimumWidth(160)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit(self.selected()))

    def set_monitors(self, monitors: dict[str, tuple[str, str]]) -> None:
        """Say which metric each family is judged by, and whether it should be small or large."""
        if monitors != self._monitors:
            self._monitors = monitors
            self._sketched.clear()
            self._sketch_next()

    def set_rows(self, rows: Sequence[RunRow]) -> None:
        """Show these runs; the selection stays with its runs."""
        before = {row.folder for row in self.selected()}
        self._state.set_rows(rows)
        if {row.folder for row in self.selected()} != before:
            for number, row in enumerate(self._state.rows):
                if row.folder in before:
                    flag = self.selectionModel().SelectionFlag.Select
                    self.selectionModel().select(self._state.index(number), flag)
        self._sketch_next()

    def selected(self) -> list[RunRow]:
        """The selected runs."""
        numbers = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return [self._state.rows[number] for number in numbers if number < len(self._state.rows)]

    def choose(self, id: str) -> bool:
        """Select one run by its id; False where it is not listed yet."""
        for number, row in enumerate(self._state.rows):
            if row.folder.name == id:
                # Said outright: the view itself would ask which keys are held down.
                flag = self.selectionModel().SelectionFlag.ClearAndSelect
                self.selectionModel().setCurrentIndex(self._state.index(number), flag)
                return True
        return False

    def _sketch_next(self) -> None:
        """Read the shape of one curve that has changed, the newest run first; the others wait for their turn."""
        if self._sketching:
            return
        changed = (row for row in self._state.rows if self._sketched.get(row.folder) != row.status.step)
        row = next((row for row in changed if row.document is not None), None)
        if row is None or row.document is None:
            return
        self._sketching = True
        folder, step = row.folder, row.status.step
        monitor = self._monitors.get(row.document.family, ("loss", "min"))
        self._context.bridge.run(
            self,
            lambda: read_sketch(folder, monitor),
            lambda sketch: self._on_sketched(folder, step, sketch),
            lambda _: self._on_sketched(folder, step, None),
        )

    def _on_sketched(self, run: Path, step: int, sketch: Sketch | None) -> None:
        self._sketching = False
        self._sketched[run] = step
        if sketch is not None:
            self._state.sketches[run] = sketch
            self.viewport().update()
        self._sketch_next()
