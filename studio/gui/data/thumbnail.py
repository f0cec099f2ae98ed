"""Makes the small picture of a data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage

from studio.data.dataset import open_dataset
from studio.desk.items import ITEMS
from studio.gui.item.viewer import viewer_of
from studio.store.rows import Rows

__all__ = ["SIDE", "thumbnail"]

SIDE = 72
_SCALE = 2


def thumbnail(folder: Path) -> QImage:
    """Paint some items, spread over the data set; it may be called in any thread.

    Raises:
        StudioError: If the data set is damaged.
        OSError: If its items cannot be opened.
    """
    data = open_dataset(folder)
    rows, viewer = Rows(folder / ITEMS, data.spec), viewer_of(data.spec)
    numbers = np.unique(np.linspace(0, len(data) - 1, viewer.card_items).round().astype(int))
    items = [item for number in numbers if (item := rows.read(int(number))) is not None]
    rows.close()
    canvas = viewer.card(np.stack(items) if items else np.empty((0, *data.spec.shape)), SIDE * _SCALE)
    canvas.setDevicePixelRatio(_SCALE)
    return canvas
