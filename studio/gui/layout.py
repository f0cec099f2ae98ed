"""Words for layouts: columns, rows and flows, what divides them, and what scrolls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLayout,
    QLayoutItem,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from studio.gui.guard import guarded

__all__ = ["FlowLayout", "Gap", "Part", "Stretch", "boxed", "column", "divider", "left", "row", "scrolling", "top"]


class Stretch(NamedTuple):
    """Room that grows."""

    factor: int = 1


class Gap(NamedTuple):
    """Room of so many pixels, beside the spacing."""

    pixels: int


class _Aligned(NamedTuple):
    """A widget that keeps its own size at one side of its place."""

    widget: QWidget
    alignment: Qt.AlignmentFlag


# A widget or a layout, how much of the room it takes where it is more than it needs, or room itself.
Part = QWidget | QLayout | tuple[QWidget | QLayout, int] | Stretch | Gap | _Aligned


def top(widget: QWidget) -> _Aligned:
    """A widget at the top of its row."""
    return _Aligned(widget, Qt.AlignmentFlag.AlignTop)


def left(widget: QWidget) -> _Aligned:
    """A widget at the left of its column."""
    return _Aligned(widget, Qt.AlignmentFlag.AlignLeft)


def _fill(layout: QBoxLayout, parts: Sequence[Part], spacing: int, margins: int | tuple[int, int, int, int]) -> None:
    layout.setSpacing(spacing)
    layout.setContentsMargins(*((margins,) * 4 if isinstance(margins, int) else margins))
    for part in parts:
        if isinstance(part, Stretch):
            layout.addStretch(part.factor)
        elif isinstance(part, Gap):
            layout.addSpacing(part.pixels)
        elif isinstance(part, _Aligned):
            layout.addWidget(part.widget, 0, part.alignment)
        else:
            item, factor = part if isinstance(part, tuple) else (part, 0)
            layout.addWidget(item, factor) if isinstance(item, QWidget) else layout.addLayout(item, factor)


def column(
    *parts: Part, on: QWidget | None = None, spacing: int = 8, margins: int | tuple[int, int, int, int] = 0
) -> QVBoxLayout:
    """Lay parts out below one another.

    Args:
        parts: What is laid out.
        on: The widget that is filled; none for a part of another layout.
        spacing: Pixels between the parts.
        margins: Pixels around them: left, top, right, bottom, or all of them.
    """
    layout = QVBoxLayout() if on is None else QVBoxLayout(on)
    _fill(layout, parts, spacing, margins)
    return layout


def row(
    *parts: Part, on: QWidget | None = None, spacing: int = 8, margins: int | tuple[int, int, int, int] = 0
) -> QHBoxLayout:
    """Lay parts out beside one another; the arguments are those of ``column``."""
    layout = QHBoxLayout() if on is None else QHBoxLayout(on)
    _fill(layout, parts, spacing, margins)
    return layout


def boxed(layout: QLayout, plain: bool = False) -> QWidget:
    """A widget that holds a layout; a plain one shows the ground that it lies on."""
    box = QWidget()
    if plain:
        box.setProperty("role", "plain")
    box.setLayout(layout)
    return box


def scrolling(inner: QWidget) -> QScrollArea:
    """A widget that scrolls upwards and downwards where it has no room."""
    area = QScrollArea()
    area.setWidget(inner)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.viewport().setAutoFillBackground(False)
    return area


def divider(*parts: tuple[QWidget, int], sizes: Sequence[int] = (), upright: bool = False) -> QSplitter:
    """Widgets that the person divides the room between.

    Args:
        parts: Each widget, and its share of room that comes or goes.
        sizes: Pixels that they begin with.
        upright: Below one another.
    """
    made = QSplitter(Qt.Orientation.Vertical if upright else Qt.Orientation.Horizontal)
    made.setChildrenCollapsible(False)
    for place, (widget, factor) in enumerate(parts):
        made.addWidget(widget)
        made.setStretchFactor(place, factor)
    if not upright:
        made.setHandleWidth(12)
    if sizes:
        made.setSizes(list(sizes))
    return made


class FlowLayout(QLayout):
    """A layout whose height follows from its width.

    Args:
        parent: The widget it lays out.
        spacing: Pixels between its items.
    """

    def __init__(self, parent: QWidget | None = None, spacing: int = 8) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)

    @guarded
    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)
        self.invalidate()

    @guarded(fallback=0)
    def count(self) -> int:
        return len(self._items)

    @guarded(fallback=None)
    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    @guarded(fallback=None)
    def takeAt(self, index: int) -> QLayoutItem | None:
        if not 0 <= index < len(self._items):
            return None
        self.invalidate()
        return self._items.pop(index)

    @guarded(fallback=Qt.Orientation(0))
    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    @guarded(fallback=True)
    def hasHeightForWidth(self) -> bool:
        return True

    @guarded(fallback=0)
    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), place=False)

    @guarded
    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, place=True)

    @guarded(fallback=QSize(0, 0))
    def sizeHint(self) -> QSize:
        return self.minimumSize()

    @guarded(fallback=QSize(0, 0))
    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        """The items of each row."""
        lines: list[list[QLayoutItem]] = [[]]
        x = 0
        for item in self._items:
            if item.isEmpty():
                continue
            needed = item.sizeHint().width()
            if lines[-1] and x + needed > width:
                lines.append([])
                x = 0
            lines[-1].append(item)
            x += needed + self.spacing()
        return lines

    def _arrange(self, rect: QRect, place: bool) -> int:
        """Put the items in their places, centred in their row; returns the height they need."""
        y = rect.y()
        for line in self._lines(rect.width()):
            height = max((item.sizeHint().height() for item in line), default=0)
            x = rect.x()
            for item in line:
                size = item.sizeHint()
                if place:
                    item.setGeometry(QRect(QPoint(x, y + (height - size.height()) // 2), size))
                x += size.width() + self.spacing()
            y += height + self.spacing()
        return max(0, y - self.spacing() - rect.y())
