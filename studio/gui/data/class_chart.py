"""Shows how many items each class has: a bar and a number a row, any number of rows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem

from studio.core.words import one_line
from studio.gui.guard import guarded
from studio.gui.painting import Index, cut

__all__ = ["ClassChart"]

_ROW = 22
_MOST_ROWS = 10
_GAP = 8


class _Bars(QStyledItemDelegate):
    """Draws the row of a class: its name, a bar, and its count."""

    def __init__(self, chart: QListView) -> None:
        super().__init__(chart)
        self.rows: list[tuple[str, int]] = []
        self._most, self._longest = 1, ""

    def set_rows(self, rows: list[tuple[str, int]]) -> None:
        """Draw these, with bars of one scale that begin below one another."""
        self.rows = rows
        self._most = max([1, *(count for _, count in rows)])
        self._longest = max((name[:60] for name, _ in rows), key=len, default="")

    @guarded(fallback=QSize(220, _ROW))
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(220, _ROW)

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        name, count = self.rows[index.row()]
        rect, metrics, palette = QRect(option.rect), option.fontMetrics, option.palette
        number_width = metrics.horizontalAdvance(f"{self._most:,}")
        longest = metrics.horizontalAdvance(self._longest) + 1
        name_width = min(longest, max(40, (rect.width() - number_width) * 2 // 5))
        left, middle = name_width + _GAP, Qt.AlignmentFlag.AlignVCenter
        room = max(8, rect.width() - left - number_width - _GAP - 2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        place = QRect(0, rect.y(), name_width + 1, _ROW)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | middle), cut(name, metrics, name_width))
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        place = QRect(rect.width() - number_width - 2, rect.y(), number_width, _ROW)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignRight | middle), f"{count:,}")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
        bar = max(2, round(room * count / self._most)) if count else 0
        painter.drawRoundedRect(QRect(left, rect.y() + 6, bar, _ROW - 12), 2, 2)
        painter.restore()


class ClassChart(QListView):
    """A bar chart of classes, or of what else items are counted by; it scrolls when there are many.

    Args:
        name: What it shows, for a screen reader.

    Signals:
        class_clicked: Number of the class whose row was clicked.
    """

    class_clicked = Signal(int)

    def __init__(self, name: str = "Items of each class") -> None:
        super().__init__()
        self._bars = _Bars(self)
        self._names = QStringListModel(self)
        self.setProperty("role", "bare")
        self.setModel(self._names)
        self.setItemDelegate(self._bars)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)
        self.clicked.connect(lambda index: self.class_clicked.emit(index.row()))

    def set_classes(self, names: Sequence[str], counts: Sequence[int]) -> None:
        """Show the classes in this order."""
        rows = [(one_line(name), count) for name, count in zip(names, counts, strict=False)]
        self._bars.set_rows(rows)
        self._names.setStringList([name for name, _ in rows])
        self.setAccessibleDescription(", ".join(f"{name} {count:,}" for name, count in rows[:50]))
        many = len(rows) > _MOST_ROWS
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if many else Qt.FocusPolicy.NoFocus)
        self.setFixedHeight(max(1, min(_MOST_ROWS, len(rows))) * _ROW)

    def texts(self) -> list[tuple[str, int]]:
        """The classes and their counts, as they are shown."""
        return list(self._bars.rows)
