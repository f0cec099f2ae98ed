"""Points in the plane that a person scatters with a brush, rubs out, or takes from an example."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from studio.data.table.points import EXAMPLE_COUNT, POINTS, draw_points

__all__ = ["BRUSH", "EXAMPLE_NAMES", "FEWEST", "HALF_SIDE", "MOST", "Drawing"]

# The canvas shows the plane from -HALF_SIDE to HALF_SIDE on both axes; every example lies within.
HALF_SIDE = 4.5
EXAMPLE_NAMES = tuple(POINTS)
# What is learned from fewer points is those points; more cost the first picture seconds.
FEWEST, MOST = 50, 30_000
# Standard deviation of the brush, and reach of the eraser, in units of the plane.
BRUSH, _ERASER = 0.16, 0.45
# Points that the brush leaves on a unit of its way, and each time that it is held still.
_DENSITY, _SPRAYED = 60.0, 6
_MOST_UNDONE = 100

Rows = npt.NDArray[np.float32]


class Drawing:
    """What is on the canvas.

    Args:
        seed: Decides where the brush scatters its points.

    Attributes:
        rows: The points, float32 (N, 2), in units of the plane.
        example: Name of the example that they are, untouched; empty for a drawing.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.rows: Rows = np.empty((0, 2), np.float32)
        self.example = ""
        self._generator = np.random.default_rng(seed)
        self._before: list[tuple[Rows, str]] = []
        self._pen: tuple[float, float] | None = None
        self._erases = False

    @property
    def can_undo(self) -> bool:
        """Whether there is anything to undo."""
        return bool(self._before)

    @property
    def missing(self) -> str:
        """What is missing before a family can learn it, as one sentence; empty for nothing."""
        if len(self.rows) >= FEWEST:
            return ""
        more = " more" if len(self.rows) else ""
        return f"Draw some{more} points first, at least {FEWEST}, or take an example."

    def begin(self, x: float, y: float, erases: bool = False, strength: float = 1.0) -> None:
        """Put the brush down.

        Args:
            x: Where, in units of the plane.
            y: Where.
            erases: It is the eraser.
            strength: How hard the pen is pressed, 0 to 1.
        """
        self._remember()
        self._pen, self._erases = (x, y), erases
        self.hold(strength)

    def move(self, x: float, y: float, strength: float = 1.0) -> None:
        """Move the brush that is down; it scatters points along its way."""
        if self._pen is None:
            return
        (x0, y0), self._pen = self._pen, (x, y)
        length = math.hypot(x - x0, y - y0)
        if self._erases:
            for share in np.linspace(0.0, 1.0, 2 + int(length / _ERASER)):
                self._erase(x0 + share * (x - x0), y0 + share * (y - y0))
            return
        wanted = length * _DENSITY * max(0.1, strength)
        # A slow stroke comes in pieces of less than a point each.
        count = int(wanted) + int(self._generator.random() < wanted % 1.0)
        along = self._generator.random((count, 1))
        self._scatter(np.array([[x0, y0]]) + along * np.array([[x - x0, y - y0]]))

    def hold(self, strength: float = 1.0) -> None:
        """The brush is held where it is: it goes on to scatter."""
        if self._pen is None:
            return
        if self._erases:
            self._erase(*self._pen)
        else:
            self._scatter(np.repeat([self._pen], max(1, round(_SPRAYED * strength)), axis=0))

    def end(self) -> None:
        """Lift the brush; a stroke that changed nothing is not remembered."""
        if self._pen is not None and self._before[-1][0] is self.rows:
            self.rows, self.example = self._before.pop()
        self._pen = None

    def undo(self) -> None:
        """Take back the last stroke, example or clearing."""
        if self._before:
            self.rows, self.example = self._before.pop()
            self._pen = None

    def clear(self) -> None:
        """Take all points away."""
        if len(self.rows):
            self._remember()
            self.rows = self.rows[:0]

    def take_example(self, name: str) -> None:
        """Put an example in place of what is there.

        Args:
            name: One of ``EXAMPLE_NAMES``.
        """
        self._remember()
        self.rows, _ = draw_points(name, EXAMPLE_COUNT, seed=0)
        self.example = name

    def _remember(self) -> None:
        self._before = [*self._before[-_MOST_UNDONE + 1 :], (self.rows, self.example)]
        self.example = ""

    def _scatter(self, centres: npt.NDArray[np.float64]) -> None:
        added = (centres + BRUSH * self._generator.normal(size=centres.shape)).astype(np.float32)
        inside = added[(np.abs(added) < HALF_SIDE).all(1)]
        inside = inside[: max(0, MOST - len(self.rows))]
        if len(inside):
            self.rows = np.concatenate([self.rows, inside])

    def _erase(self, x: float, y: float) -> None:
        far = np.hypot(self.rows[:, 0] - x, self.rows[:, 1] - y) > _ERASER
        if not far.all():
            self.rows = self.rows[far]
