"""Shows how many items each class has: a bar and a number a row, any number of rows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame

from studio.core.words import one_line
from studio.gui.guard import guarded
from studio.gui.painting import cut

__all__ = ["ClassChart"]

_ROW = 22
_MOST_ROWS = 10
_GAP = 8


class ClassChart(QAbstractScrollArea):
    """A bar chart of classes; it scrolls when there are many.

    Signals:
        class_clicked: Number of the class whose row was clicked.
    """

    class_clicked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[str, int]] = []
        self._most = 1
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Items of each class")
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().setSingleStep(_ROW)

    def set_classes(self, names: Sequence[str], counts: Sequence[int]) -> None:
        """Show the classes in this order."""
        self._rows = [(one_line(name), count) for name, count in zip(names, counts, strict=False)]
        self._most = max([1, *(count for _, count in self._rows)])
        words = ", ".join(f"{name} {count:,}" for name, count in self._rows[:50])
        self.setAccessibleDescription(words)
        many = len(self._rows) > _MOST_ROWS
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if many else Qt.FocusPolicy.NoFocus)
        self.setFixedHeight(max(1, min(_MOST_ROWS, len(self._rows))) * _ROW)
        self._arrange()
        self.viewport().update()

    def texts(self) -> list[tuple[str, int]]:
        """The classes and their counts, as they are shown."""
        return list(self._rows)

    def _arrange(self) -> None:
        bar = self.verticalScrollBar()
        bar.setPageStep(max(1, self.viewport().height()))
        bar.setRange(0, max(0, len(self._rows) * _ROW - self.viewport().height()))

    def _row_at(self, point: QPoint) -> int:
        row = (point.y() + self.verticalScrollBar().value()) // _ROW
        return row if 0 <= row < len(self._rows) else -1

    @guarded(fallback=QSize(200, 100))
    def sizeHint(self) -> QSize:
        return QSize(220, max(1, min(_MOST_ROWS, len(self._rows))) * _ROW)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self._row_at(event.position().toPoint())
        if row >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.class_clicked.emit(row)

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics, palette = self.fontMetrics(), self.palette()
        top = self.verticalScrollBar().value()
        first, last = top // _ROW, min(len(self._rows), (top + self.viewport().height()) // _ROW + 1)
        number_width = metrics.horizontalAdvance(f"{self._most:,}")
        width = self.viewport().width()
        longest = max((metrics.horizontalAdvance(name[:60]) for name, _ in self._rows[first:last]), default=0)
        name_width = min(longest, max(40, (width - number_width) * 2 // 5))
        left = name_width + _GAP
        room = max(8, width - left - number_width - _GAP - 2)
        middle = Qt.AlignmentFlag.AlignVCenter
        for row in range(first, last):
            name, count = self._rows[row]
            y = row * _ROW - top
            painter.setPen(palette.color(QPalette.ColorRole.Text))
            shown = cut(name, metrics, name_width)
            painter.drawText(QRect(0, y, name_width + 1, _ROW), int(Qt.AlignmentFlag.AlignLeft | middle), shown)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
            bar = max(2, round(room * count / self._most)) if count else 0
            painter.drawRoundedRect(QRect(left, y + 6, bar, _ROW - 12), 2, 2)
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
            place = QRect(width - number_width - 2, y, number_width, _ROW)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignRight | middle), f"{count:,}")
        painter.end()
