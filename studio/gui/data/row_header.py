"""The header of a table's columns: the name, which sorts, and below it small bars, which filter."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHeaderView, QToolTip, QWidget

from studio.core.words import one_line
from studio.desk.row_sheet import RowChoice, Sorting
from studio.gui.data.column_bars import ColumnBars, CountedBars
from studio.gui.data.row_model import RowModel
from studio.gui.guard import guarded
from studio.gui.painting import cut
from studio.gui.theme import plain_tooltip

__all__ = ["RowHeader"]

_TITLE, _BARS, _FOOT, _PAD = 26, 38, 18, 6
_HEIGHT = _TITLE + _BARS + _FOOT + _PAD
_GRIP = 4  # pixels at the border of two columns by which they are made wider
_ARROW = 12
_SMALL = 0.85


class RowHeader(QHeaderView):
    """The header.

    Args:
        model: The rows.
        bars: The bars above them.

    Signals:
        title_clicked: Section of the column whose name was clicked.
        bars_chosen: Section of a column, and the first and the last of the bars that were clicked or drawn over.
        menu_wanted: What can be done with the column of a section is to be offered at a point of the screen.
    """

    title_clicked = Signal(int)
    bars_chosen = Signal(int, int, int)
    menu_wanted = Signal(int, QPoint)

    def __init__(self, model: RowModel, bars: ColumnBars, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._rows, self._bars = model, bars
        self._sorting: Sorting | None = None
        self._drawn: tuple[int, int, int] | None = None  # section, first and last bar under a drag
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(56)
        self.setMaximumSectionSize(600)
        self.setMouseTracking(True)
        self.sectionClicked.connect(self.title_clicked)
        bars.counted.connect(self.viewport().update)

    def set_sorting(self, sorting: Sorting | None) -> None:
        """Show by which column rows are sorted."""
        self._sorting = sorting
        self.viewport().update()

    def bar_rect(self, section: int, bar: int) -> QRectF:
        """Where a bar has its room, in the header's pixels."""
        found = self._counted(section)
        room = self._room(section)
        count = len(found.bars.labels) if found is not None else 1
        width = room.width() / max(1, count)
        return QRectF(room.left() + bar * width, room.top(), width, room.height())

    @guarded(fallback=QSize(100, _HEIGHT))
    def sizeHint(self) -> QSize:
        # Qt's own asks for hundreds of names.
        return QSize(100, _HEIGHT)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        choice = self._rows.choice
        if choice is not None and self.count():
            first = max(0, self.visualIndexAt(0))
            last = self.visualIndexAt(self.viewport().width() - 1)
            end = self.count() if last < 0 else last + 1
            self._bars.ask(self._rows.place(section) for section in range(first, end))
        super().paintEvent(event)

    @guarded
    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        choice = self._rows.choice
        if choice is None or not rect.isValid():
            return
        palette = self.palette()
        painter.save()
        painter.fillRect(rect, palette.color(QPalette.ColorRole.Base))
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.drawLine(rect.topRight(), rect.bottomRight())
        self._paint_title(painter, rect, logicalIndex, choice)
        found = self._counted(logicalIndex)
        if found is not None:
            self._paint_bars(painter, logicalIndex, found)
            self._paint_foot(painter, rect, found)
        painter.restore()

    def _paint_title(self, painter: QPainter, rect: QRect, section: int, choice: RowChoice) -> None:
        place = QRect(rect.left() + 8, rect.top(), rect.width() - 16, _TITLE)
        sorting = self._sorting
        if sorting is not None and sorting.place == self._rows.place(section):
            # Drawn, as not every font has arrows.
            x, y, tip = place.right() - 4, place.center().y() + 1, 3 if sorting.falling else -3
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.palette().color(QPalette.ColorRole.Link))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.drawPolygon([QPoint(x - 4, y - tip), QPoint(x + 4, y - tip), QPoint(x, y + tip)])
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            place.setWidth(place.width() - _ARROW)
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        name = cut(choice.sheet.columns[self._rows.place(section)].name, painter.fontMetrics(), place.width())
        painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), name)

    def _paint_bars(self, painter: QPainter, section: int, found: CountedBars) -> None:
        palette, room = self.palette(), self._room(section)
        accent, quiet = palette.color(QPalette.ColorRole.Link), palette.color(QPalette.ColorRole.Mid)
        painter.fillRect(QRectF(room.left(), room.bottom(), room.width(), 1), quiet)
        painter.setPen(Qt.PenStyle.NoPen)
        width = room.width() / max(1, len(found.bars.labels))
        gap = 1.0 if width > 3.0 else 0.0
        filtered = (found.whole != found.passing).any()
        for counts, colour in (
            ((found.whole, quiet), (found.passing, accent)) if filtered else ((found.passing, accent),)
        ):
            heights = np.maximum(room.height() * counts / max(1, counts.max(initial=0)), counts > 0)
            rects = [
                QRectF(room.left() + bar * width, room.bottom() - height, width - gap, height)
                for bar, height in enumerate(heights.tolist())
            ]
            painter.setBrush(colour)
            painter.drawRects(rects[: found.bars.values])
            if found.bars.missing:
                painter.setBrush(colour if colour is quiet else palette.color(QPalette.ColorRole.PlaceholderText))
                painter.drawRects(rects[found.bars.values :])
        if self._drawn is not None and self._drawn[0] == section:
            first, last = sorted(self._drawn[1:])
            veil = QColor(accent)
            veil.setAlpha(60)
            painter.fillRect(QRectF(room.left() + first * width, room.top(), (last - first + 1) * width, _BARS), veil)

    def _paint_foot(self, painter: QPainter, rect: QRect, found: CountedBars) -> None:
        """The outermost values or the number of categories, and the share that is missing."""
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * _SMALL)
        painter.setFont(font)
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        place = QRect(rect.left() + 8, rect.bottom() - _FOOT - 2, rect.width() - 16, _FOOT)
        total = int(found.passing.sum())
        gone = int(found.passing[-1]) if found.bars.missing and total else 0
        metrics, middle = painter.fontMetrics(), Qt.AlignmentFlag.AlignVCenter
        if gone:
            share = 100.0 * gone / total
            text = f"{'<1' if share < 1 else f'{share:.0f}'} % missing"
            painter.drawText(place, int(middle | Qt.AlignmentFlag.AlignLeft), cut(text, metrics, place.width()))
            return
        room = place.width() // max(1, len(found.bars.ends)) - 2
        sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
        for side, words in zip(sides, found.bars.ends, strict=False):
            painter.drawText(place, int(middle | side), cut(words, metrics, room))

    def _counted(self, section: int) -> CountedBars | None:
        return self._bars.of(self._rows.place(section)) if self._rows.choice is not None and section >= 0 else None

    def _room(self, section: int) -> QRectF:
        left = self.sectionViewportPosition(section) + 8
        return QRectF(left, _TITLE, max(1, self.sectionSize(section) - 16), _BARS)

    def _bar_at(self, point: QPoint) -> tuple[int, int] | None:
        """Section and bar under a point; None where there is none."""
        section = self.logicalIndexAt(point)
        found = self._counted(section)
        if found is None or not found.bars.labels or point.y() < _TITLE:
            return None
        left = self.sectionViewportPosition(section)
        if not left + _GRIP < point.x() < left + self.sectionSize(section) - _GRIP:
            return None
        return section, self._bar_of(section, found, point.x())

    def _bar_of(self, section: int, found: CountedBars, x: int) -> int:
        room = self._room(section)
        share = (x - room.left()) / room.width()
        return max(0, min(len(found.bars.labels) - 1, int(share * len(found.bars.labels))))

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        hit = self._bar_at(event.position().toPoint()) if event.button() == Qt.MouseButton.LeftButton else None
        if hit is None:
            super().mousePressEvent(event)
        else:
            self._drawn = (hit[0], hit[1], hit[1])
            self.viewport().update()

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drawn is None:
            super().mouseMoveEvent(event)
            return
        section, first, _ = self._drawn
        found = self._counted(section)
        if found is not None:
            self._drawn = (section, first, self._bar_of(section, found, event.position().toPoint().x()))
            self.viewport().update()

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._drawn is None:
            super().mouseReleaseEvent(event)
            return
        drawn, self._drawn = self._drawn, None
        self.viewport().update()
        self.bars_chosen.emit(*drawn)

    @guarded
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        section = self.logicalIndexAt(event.pos())
        if section >= 0:
            self.menu_wanted.emit(section, event.globalPos())

    @guarded(fallback=False)
    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), plain_tooltip(self._tip(event.pos())), self.viewport())
            return True
        return super().viewportEvent(event)

    def _tip(self, point: QPoint) -> str:
        section, hit, choice = self.logicalIndexAt(point), self._bar_at(point), self._rows.choice
        if choice is None or section < 0:
            return ""
        if hit is None:
            column = choice.sheet.columns[self._rows.place(section)]
            return f"{one_line(column.name)}: {column.summary}\nClick to sort"
        found = self._counted(section)
        assert found is not None
        count, total = int(found.passing[hit[1]]), int(found.passing.sum())
        share = f"{100.0 * count / max(1, total):.1f} %"
        words = f"about {share} of the rows" if choice.is_sampled else f"{count:,} rows, {share}"
        return f"{found.bars.labels[hit[1]]}: {words}\nClick or drag to filter"
