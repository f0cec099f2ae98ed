"""The codec of tables: between rows in the units of their columns and real numbers in [-1, 1].

Each column has a rising map of its own. Between its knots, of which equally many rows lie between each two, the map is
piecewise linear, so that the view of a column is about uniform (the quantile transform); beyond the outermost knots it
runs out exponentially, so that any number has a place in the view, and a density there.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from studio.core.errors import SettingsError
from studio.core.manifest import Input
from studio.core.modality import TableSpec
from studio.core.spec import Continuous

__all__ = ["TableCodec"]

# What each tail takes of [-1, 1], and how far it reaches until a third of it is left: a share of what the knots span.
_TAIL = 0.02
_REACH = 0.1
# How close to the ends of the view a sample may lie: float32 resolves no more there, and the ends are infinitely far.
_LEAST = 1e-6


class TableCodec(nn.Module):
    """Rows float32 (N, K) as real numbers in (-1, 1), of the same shape.

    Args:
        spec: Columns with their knots.
        view: The plain continuous view; numbers need no dequantisation.
    """

    levels = 0
    tolerance = 1e-4
    likelihood_protocol = "density in the units of the columns"

    def __init__(self, spec: TableSpec, view: Continuous) -> None:
        super().__init__()
        if view.binarise:
            raise SettingsError("A table cannot be binarised; choose another view.")
        if not spec.knots:
            raise SettingsError("The table does not say how its columns are spread; add the data set again.")
        self.shape: tuple[int, ...] = spec.shape
        self.dims = math.prod(spec.shape)
        # Three at least: with two there is nothing to compare, and the exporter drops an axis of the empty table.
        most = max(3, *(len(row) for row in spec.knots))
        values, places, slopes = [], [], []
        span = 1.0 - _TAIL
        for row in spec.knots:
            step = 2.0 * span / (len(row) - 1)
            slope = [step / (high - low) for low, high in pairwise(row)]
            # Columns of fewer knots repeat the last, beyond which the tail begins.
            missing = most - len(row)
            values.append([*row, *[row[-1]] * missing])
            places.append([step * index - span for index in range(len(row) - 1)] + [span] * (missing + 1))
            slopes.append(slope + [slope[-1]] * missing)
        for name, rows in (("values", values), ("places", places), ("slopes", slopes)):
            self.register_buffer(name, torch.tensor(rows, dtype=torch.float32), persistent=False)
        reach = torch.tensor([_REACH * (row[-1] - row[0]) for row in spec.knots], dtype=torch.float32)
        self.register_buffer("reach", reach, persistent=False)
        self.reach: Tensor
        self.values: Tensor
        self.places: Tensor
        self.slopes: Tensor

    def noise_inputs(self) -> list[Input]:
        """None: the view is not random."""
        return []

    def _segment(self, x: Tensor, edges: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """First value, first place and slope of the segment between the edges (K, M) in which x (N, K) lies."""
        # Compared and summed, as a search in a sorted list does not export.
        index = (x.unsqueeze(-1) >= edges[:, 1:-1]).sum(-1)

        def at(table: Tensor) -> Tensor:
            return table.expand(x.shape[0], -1, -1).gather(-1, index.unsqueeze(-1)).squeeze(-1)

        return at(self.values), at(self.places), at(self.slopes)

    def _beyond(self, items: Tensor) -> tuple[Tensor, Tensor]:
        """How far rows lie below the first and above the last knot, in units of the tails; 0 for what does not."""
        low = (self.values[:, 0] - items).clamp(min=0.0) / self.reach
        return low, (items - self.values[:, -1]).clamp(min=0.0) / self.reach

    def encode(self, items: Tensor, noise: Tensor | None = None) -> Tensor:
        """Rows float32 (N, K) to the view, float32 (N, K) in [-1, 1]; the ends by rounding, far beyond the knots."""
        value, place, slope = self._segment(items, self.values)
        low, high = self._beyond(items)
        inside = place + slope * (items - value)
        view = torch.where(high > 0.0, 1.0 - _TAIL * torch.exp(-high), inside)
        return torch.where(low > 0.0, _TAIL * torch.exp(-low) - 1.0, view)

    def encode_known(self, given: Tensor) -> tuple[Tensor, Tensor]:
        """Rows float32 (N, K), NaN where a value is free, to the view (N, K) and where it is known."""
        known = ~torch.isnan(given)
        return self.encode(torch.where(known, given, torch.zeros_like(given))), known

    def log_det(self, items: Tensor) -> Tensor:
        """Log of the product of the slopes of the columns' maps at rows (N, K), (N,)."""
        _, _, slope = self._segment(items, self.values)
        low, high = self._beyond(items)
        tail = math.log(_TAIL) - torch.log(self.reach) - low - high
        return torch.where(low + high > 0.0, tail, torch.log(slope)).sum(-1)

    def decode(self, view: Tensor) -> Tensor:
        """The view, cut to (-1, 1): a difference there means the same in every column, whatever its unit."""
        return view.clamp(_LEAST - 1.0, 1.0 - _LEAST)

    def settle(self, decoded: Tensor) -> Tensor:
        """Decoded values to rows float32 (N, K) in the units of their columns."""
        value, place, slope = self._segment(decoded, self.places)
        low = -torch.log(((1.0 + decoded) / _TAIL).clamp(max=1.0))
        high = -torch.log(((1.0 - decoded) / _TAIL).clamp(max=1.0))
        items = torch.where(high > 0.0, self.values[:, -1] + self.reach * high, value + (decoded - place) / slope)
        return torch.where(low > 0.0, self.values[:, 0] - self.reach * low, items)
