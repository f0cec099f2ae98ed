"""The map between numbers in the units of their columns and real numbers in [-1, 1].

Each column has a rising map of its own, the quantile transform: between its knots, which are quantiles, it is piecewise
linear, so that the view of a column is about uniform, or about normal; beyond the outermost knots it runs out
exponentially, so that any number has a place in the view, and a density there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import NormalDist

import torch
from torch import Tensor, nn

__all__ = ["QuantileMap"]

# What each tail takes of [-1, 1], and how far it reaches until a third of it is left: a share of what the knots span.
_TAIL = 0.02
_REACH = 0.1
# How close to the ends of the view a number may lie: float32 resolves no more there, and the ends are infinitely far.
_LEAST = 1e-6


class QuantileMap(nn.Module):
    """Numbers float32 (N, M) as real numbers in (-1, 1), of the same shape.

    Args:
        knots: Rising values of each of the M columns.
        shares: Share of the rows below each; evenly spaced for a column without.
        normal: Whether the view of a column is about normal, rather than uniform: generous to its tails.
    """

    def __init__(
        self, knots: Sequence[Sequence[float]], shares: Sequence[Sequence[float]] = (), normal: bool = False
    ) -> None:
        super().__init__()
        # Three at least: with two there is nothing to compare, and the exporter drops an axis of the empty table.
        most = max(3, *(len(row) for row in knots)) if knots else 3
        values, places, slopes = [], [], []
        for row, below in zip(knots, shares or [()] * len(knots), strict=True):
            place = _places(below or [number / (len(row) - 1) for number in range(len(row))], normal)
            steps = zip(pairwise(place), pairwise(row), strict=True)
            slope = [(later - place) / (high - low) for (place, later), (low, high) in steps]
            # Columns of fewer knots repeat the last, beyond which the tail begins.
            missing = most - len(row)
            values.append([*row, *[row[-1]] * missing])
            places.append([*place, *[place[-1]] * missing])
            slopes.append(slope + [slope[-1]] * missing)
        for name, rows in (("values", values), ("places", places), ("slopes", slopes)):
            table = torch.tensor(rows, dtype=torch.float32) if rows else torch.zeros(0, most)
            self.register_buffer(name, table, persistent=False)
        reach = torch.tensor([_REACH * (row[-1] - row[0]) for row in knots], dtype=torch.float32)
        self.register_buffer("reach", reach, persistent=False)
        self.reach: Tensor
        self.values: Tensor
        self.places: Tensor
        self.slopes: Tensor

    def _segment(self, x: Tensor, edges: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """First value, first place and slope of the segment between the edges (M, E) in which x (N, M) lies."""
        # Compared and summed, as a search in a sorted list does not export.
        index = (x.unsqueeze(-1) >= edges[:, 1:-1]).sum(-1)

        def at(table: Tensor) -> Tensor:
            return table.expand(x.shape[0], -1, -1).gather(-1, index.unsqueeze(-1)).squeeze(-1)

        return at(self.values), at(self.places), at(self.slopes)

    def _beyond(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """How far numbers lie below the first and above the last knot, in units of the tails; 0 for what does not."""
        low = (self.values[:, 0] - x).clamp(min=0.0) / self.reach
        return low, (x - self.values[:, -1]).clamp(min=0.0) / self.reach

    def forward(self, x: Tensor) -> Tensor:
        """Numbers (N, M) to the view, float32 (N, M) in [-1, 1]; the ends by rounding, far beyond the knots."""
        value, place, slope = self._segment(x, self.values)
        low, high = self._beyond(x)
        inside = place + slope * (x - value)
        view = torch.where(high > 0.0, 1.0 - _TAIL * torch.exp(-high), inside)
        return torch.where(low > 0.0, _TAIL * torch.exp(-low) - 1.0, view)

    def log_slope(self, x: Tensor) -> Tensor:
        """Log of the slope of each map at numbers (N, M), of the same shape."""
        _, _, slope = self._segment(x, self.values)
        low, high = self._beyond(x)
        tail = math.log(_TAIL) - torch.log(self.reach) - low - high
        return torch.where(low + high > 0.0, tail, torch.log(slope))

    def inverse(self, view: Tensor) -> Tensor:
        """The view (N, M), cut to (-1, 1), to numbers in the units of their columns."""
        view = self.cut(view)
        value, place, slope = self._segment(view, self.places)
        low = -torch.log(((1.0 + view) / _TAIL).clamp(max=1.0))
        high = -torch.log(((1.0 - view) / _TAIL).clamp(max=1.0))
        x = torch.where(high > 0.0, self.values[:, -1] + self.reach * high, value + (view - place) / slope)
        return torch.where(low > 0.0, self.values[:, 0] - self.reach * low, x)

    @staticmethod
    def cut(view: Tensor) -> Tensor:
        """The view, cut to (-1, 1)."""
        return view.clamp(_LEAST - 1.0, 1.0 - _LEAST)


def _places(shares: Sequence[float], normal: bool) -> list[float]:
    """Places in the view of knots with these shares of the rows below, rising from 0 to 1."""
    span = 1.0 - _TAIL
    if not normal or len(shares) == 2:
        return [span * (2.0 * share - 1.0) for share in shares]
    quantile = NormalDist().inv_cdf
    # The ends have no quantile; they are taken as far out as half of their neighbour's share.
    inner = [quantile(share) for share in shares[1:-1]]
    first, last = (quantile(0.5 * share) for share in (shares[1], 1.0 - shares[-2]))
    found = [first, *inner, -last]
    middle, half = 0.5 * (found[0] + found[-1]), 0.5 * (found[-1] - found[0])
    return [span * (each - middle) / half for each in found]
