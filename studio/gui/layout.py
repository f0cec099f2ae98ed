"""Words for layouts: columns and rows, what divides them, and what scrolls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QScrollArea, QSplitter, QVBoxLayout, QWidget

__all__ = ["Gap", "Part", "Stretch", "boxed", "column", "divider", "left", "row", "scrolling", "top"]


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
