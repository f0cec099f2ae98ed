"""This file times scrolling through 100,000 tiles that are mapped from the disk."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from studio.gui.theme import Theme
from studio.gui.tile_grid import TileGrid

_SIDE = 64


class _Tiles:
    def __init__(self, items: npt.NDArray[np.uint8]) -> None:
        self._items = items

    def count(self) -> int:
        return len(self._items)

    def picture(self, index: int) -> npt.NDArray[np.uint8]:
        return self._items[index]

    def marked(self, index: int) -> bool:
        return index % 50 == 0

    def caption(self, index: int) -> str:
        return str(index)


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
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as temporary:
        shape = (options.tiles, _SIDE, _SIDE, 3)
        items = np.lib.format.open_memmap(Path(temporary) / "items.npy", "w+", np.uint8, shape)
        for first in range(0, options.tiles, 10_000):
            block = items[first : first + 10_000]
            block[:] = rng.integers(0, 256, block.shape, np.uint8)
        grid = TileGrid()
        grid.resize(1200, 800)
        begun = time.perf_counter()
        grid.set_source(_Tiles(np.asarray(items)))
        grid.show()
        application.processEvents()
        grid.viewport().repaint()
        shown_ms = 1000 * (time.perf_counter() - begun)
        most = grid.verticalScrollBar().maximum()
        row = {
            "benchmark": "tiles",
            "tiles": options.tiles,
            "tile": f"{_SIDE}x{_SIDE} colour",
            "size": "1200x800",
            "in_view": len(grid.visible_range()),
            "first_ms": round(shown_ms, 1),
            "rows": _frames(grid, [24 * turn for turn in range(options.turns)]),
            "pages": _frames(grid, [min(most, 780 * turn) for turn in range(options.turns)]),
            "jumps": _frames(grid, rng.integers(0, most, options.turns).tolist()),
            "bar_ms": 16,
        }
    print(json.dumps(row))


if __name__ == "__main__":
    main()
