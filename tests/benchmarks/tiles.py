"""Times scrolling through the 100,000 items of a data set, read from its file as the Data page reads them."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from studio.core.modality import ImageSpec
from studio.desk.items import DatasetItems, open_items
from studio.gui.theme import Theme
from studio.gui.tile_grid import TileGrid
from studio.store.dataset import SPLITS, DatasetDocument, write_dataset_document

_SIDE = 64


def _make_dataset(folder: Path, count: int) -> None:
    rng = np.random.default_rng(0)
    items = np.lib.format.open_memmap(folder / "items.npy", "w+", np.uint8, (count, _SIDE, _SIDE, 3))
    for first in range(0, count, 10_000):
        block = items[first : first + 10_000]
        block[:] = rng.integers(0, 256, block.shape, np.uint8)
    items.flush()
    np.save(folder / "labels.npy", np.arange(count, dtype=np.int64) % 10)
    np.save(folder / "splits.npy", np.zeros(count, np.uint8))
    spec = ImageSpec(shape=(_SIDE, _SIDE, 3), classes=tuple("0123456789"))
    splits = dict.fromkeys(SPLITS, 0) | {"train": count}
    write_dataset_document(folder, DatasetDocument(id="d", name="tiles", spec=spec, count=count, splits=splits))


def _frames(grid: TileGrid, values: list[int]) -> dict[str, Any]:
    taken = []
    for value in values:
        begun = time.perf_counter()
        grid.verticalScrollBar().setValue(value)
        grid.viewport().repaint()
        taken.append(1000 * (time.perf_counter() - begun))
    return {
        "median_ms": round(float(np.median(taken)), 2),
        "p95_ms": round(float(np.percentile(taken, 95)), 2),
        "longest_ms": round(max(taken), 2),
    }


def main() -> None:
    """Scroll by rows, by pages and by jumps; print milliseconds for each frame as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiles", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=200)
    options = parser.parse_args()
    application = QApplication([])
    Theme(application, "dark")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _make_dataset(folder, options.tiles)
        opened = open_items(folder)
        grid = TileGrid()
        grid.resize(1200, 800)
        begun = time.perf_counter()
        grid.set_source(DatasetItems(opened, np.arange(options.tiles)))
        grid.show()
        application.processEvents()
        grid.viewport().repaint()
        shown_ms = 1000 * (time.perf_counter() - begun)
        most = grid.verticalScrollBar().maximum()
        jumps = np.random.default_rng(1).integers(0, most, options.turns).tolist()
        row = {
            "benchmark": "tiles",
            "tiles": options.tiles,
            "tile": f"{_SIDE}x{_SIDE} colour",
            "size": "1200x800",
            "in_view": len(grid.visible_range()),
            "first_ms": round(shown_ms, 1),
            "rows": _frames(grid, [24 * turn for turn in range(options.turns)]),
            "pages": _frames(grid, [min(most, 780 * turn) for turn in range(options.turns)]),
            "jumps": _frames(grid, jumps),
            "bar_ms": 16,
        }
    print(json.dumps(row))


if __name__ == "__main__":
    main()
