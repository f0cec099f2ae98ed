"""A logarithmic axis of times whose numbers never stand in one another's way."""

from __future__ import annotations

import math

import pyqtgraph

from studio.gui.guard import guarded

__all__ = ["TimeAxis"]

# Pixels that a number needs, such as 0.0002.
_ROOM = 56


class TimeAxis(pyqtgraph.AxisItem):
    """Lines at 1 to 9 of each power of ten, and numbers at as many of 1, 2 and 5 as there is room for."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self._numbered: tuple[int, ...] = (1,)
        self._every = 1
        self.setLogMode(True)

    @guarded(fallback=[])
    def logTickValues(
        self, minVal: float, maxVal: float, size: float, stdTicks: object
    ) -> list[tuple[float | None, list[float]]]:
        powers = range(math.floor(minVal), math.ceil(maxVal) + 1)
        decade = size / max(maxVal - minVal, 1e-9)
        # The narrowest gap between 1, 2, 5 and 10 is log10(2), that between 1, 3 and 10 is log10(3).
        if decade * math.log10(2.0) >= _ROOM:
            self._numbered = (1, 2, 5)
        elif decade * math.log10(3.0) >= _ROOM:
            self._numbered = (1, 3)
        else:
            self._numbered = (1,)
        self._every = max(1, math.ceil(_ROOM / max(decade, 1e-9)))

        def within(steps: range) -> list[float]:
            found = [power + math.log10(step) for power in powers for step in steps]
            return [value for value in found if minVal <= value <= maxVal]

        return [(1.0, within(range(1, 2))), (None, within(range(2, 10)))]

    @guarded(fallback=[])
    def logTickStrings(self, values: list[float], scale: float, spacing: float | None) -> list[str]:
        return [self._name(value) for value in values]

    def _name(self, value: float) -> str:
        power = math.floor(value + 1e-6)
        step = round(10 ** (value - power))
        return f"{step * 10.0**power:g}" if step in self._numbered and power % self._every == 0 else ""
