"""What the window needs of whoever shows items of one modality, and who that is."""

from __future__ import annotations

from typing import Any, Protocol

import numpy.typing as npt
from PySide6.QtGui import QImage

from studio.core.modality import DataSpec, TableSpec, TextSpec
from studio.desk.tile import Tile
from studio.gui.item.image import ImageViewer
from studio.gui.item.table import TableViewer
from studio.gui.item.text import TextViewer

__all__ = ["Viewer", "overview_of", "viewer_of"]


class Viewer(Protocol):
    """Shows items of one modality; its pictures are made in any thread.

    Attributes:
        refused_noun: What is refused where an item cannot be imported.
        card_items: Items that the small picture of a data set shows.
        asks_for_pixels: Whether an import asks for size, fit, channels and background.
        tile_size: Height of a tile in pixels, where nobody chose another.
        tile_aspect: Width of a tile by its height.
    """

    refused_noun: str
    card_items: int
    asks_for_pixels: bool
    tile_size: int
    tile_aspect: float

    def overview(self, items: npt.NDArray[Any]) -> Tile:
        """Many items (N, ...) as one picture (H, W, C) with C = 1, 3 or 4, or as one text."""

    def card(self, items: npt.NDArray[Any], side: int) -> QImage:
        """Some items (N, ...) as the small picture of a data set, a square of so many pixels."""


def viewer_of(spec: DataSpec | None) -> Viewer:
    """Who shows items; what a file does not say of its items, they are taken to be images."""
    match spec:
        case TableSpec():
            return TableViewer(spec)
        case TextSpec():
            return TextViewer(spec)
    return ImageViewer()


def overview_of(spec: DataSpec | None, items: npt.NDArray[Any]) -> Tile:
    """Many items (N, ...) as one picture (H, W, C), or as one text."""
    return viewer_of(spec).overview(items)
