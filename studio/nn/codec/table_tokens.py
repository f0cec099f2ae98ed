"""The codec of tables for symbols: one symbol a column, each column with a vocabulary of its own.

A category is a symbol, and so is what is missing. Numbers of few values have a symbol for each; others lie in bins of
equal width in the quantile map of their column, and anywhere in their bin with equal probability.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from studio.core.errors import SettingsError
from studio.core.manifest import Input, noise_input
from studio.core.modality import Column, TableSpec
from studio.core.spec import Tokens
from studio.nn.codec.quantile import QuantileMap
from studio.nn.codec.table import rounded, steps_of

__all__ = ["TokenTableCodec"]


def _values(column: Column) -> int:
    """Number of values of a column with a step between its outermost knots, which lie half a step beyond."""
    return round((column.knots[-1] - column.knots[0]) / column.step) if column.step else 0


class TokenTableCodec(nn.Module):
    """Rows float32 (N, K) as symbols int64 (N, K).

    Samples are symbols with a share in [0, 1) added, which says where in its bin a number lies.

    Args:
        spec: The columns.
        view: How many bins a column of numbers has at most.

    Attributes:
        shape: (K,).
        sizes: Number of symbols of each column, what is missing included.
        vocab_size: Largest of them.
        rounds: Whether a last bit may change a cell, as with every symbol.
    """

    tolerance = 1e-4
    rounds = True

    def __init__(self, spec: TableSpec, view: Tokens) -> None:
        super().__init__()
        if not 2 <= view.levels <= 256:
            raise SettingsError(f"levels = {view.levels} must lie between 2 and 256.")
        columns = spec.columns
        numbers = [place for place, column in enumerate(columns) if not column.is_coded]
        of_numbers = [columns[place] for place in numbers]
        step, low, high = steps_of(of_numbers)
        listed = [0 < _values(column) <= view.levels for column in of_numbers]
        filled = [_values(column) if few else view.levels for column, few in zip(of_numbers, listed, strict=True)]
        counts = [len(column.categories) for column in columns]
        for place, count in zip(numbers, filled, strict=True):
            counts[place] = count
        self.sizes = tuple(count + column.missing for count, column in zip(counts, columns, strict=True))
        self.vocab_size = max(self.sizes)
        self.shape: tuple[int, ...] = (len(columns),)
        self.dims = len(columns)
        self.map = QuantileMap([column.knots for column in of_numbers], [column.shares for column in of_numbers])
        buffers = {
            "step": step,
            "low": low,
            "high": high,
            "counts": torch.tensor(counts, dtype=torch.int64),
            "number_places": torch.tensor(numbers, dtype=torch.int64),
            "listed": torch.tensor(listed, dtype=torch.bool),
            "bins": torch.tensor(filled, dtype=torch.float32),
            "is_number": torch.tensor([not column.is_coded for column in columns]),
        }
        for name, buffer in buffers.items():
            self.register_buffer(name, buffer, persistent=False)
        self.step: Tensor
        self.low: Tensor
        self.high: Tensor
        self.counts: Tensor
        self.number_places: Tensor
        self.listed: Tensor
        self.bins: Tensor
        self.is_number: Tensor
        # The place of each column among those of numbers; 0 for the others, where nobody looks.
        among = torch.zeros(len(columns), dtype=torch.int64)
        among[self.number_places] = torch.arange(len(numbers))
        self.register_buffer("among", among, persistent=False)
        self.among: Tensor
        self._random = any(column.step and not few for column, few in zip(of_numbers, listed, strict=True))
        self._exact = not any(not column.step for column in of_numbers)

    @property
    def likelihood_protocol(self) -> str:
        """What a likelihood of this view is a likelihood of, in words."""
        if self._exact:
            return "probability of categories and rounded numbers"
        if (self.step == 0).all() and bool(self.is_number.all()) and self.sizes == tuple(self.counts.tolist()):
            return "density in the units of the columns"
        return "probability of categories and rounded numbers, density of other numbers in their units"

    def noise_inputs(self) -> list[Input]:
        """The draw of the dequantisation of rounded numbers of many values, where there are such."""
        return [noise_input(self.shape, "noise.dequantisation", "uniform")] if self._random else []

    def allowed(self) -> Tensor:
        """Which symbols a column can have, bool (K, V)."""
        return torch.arange(self.vocab_size) < torch.tensor(self.sizes)[:, None]

    def encode(self, items: Tensor, noise: Tensor | None = None) -> Tensor:
        """Rows float32 (N, K) to symbols int64 (N, K).

        A rounded number of many values lies anywhere within its rounding: by ``noise``, uniform in [0, 1) and shaped
        like the rows, drawn if None.
        """
        missing = torch.isnan(items)
        cells = torch.where(missing, 0.0, items)
        x = cells[:, self.number_places]
        if self._random:
            draws = torch.rand_like(items) if noise is None else noise
            spread = torch.where(self.listed, 0.0, self.step)
            x = x + (draws[:, self.number_places] - 0.5) * spread
        if len(self.bins):
            divisor = torch.where(self.listed, self.step, 1.0)
            place = torch.where(self.listed, (x - self.low) / divisor, (self.map(x) * 0.5 + 0.5) * self.bins)
            symbols = torch.floor(place).clamp(min=0.0).minimum(self.bins - 1.0)
            cells = torch.where(self.is_number, symbols[:, self.among], cells)
        return torch.where(missing, self.counts, cells.long().clamp(min=0).minimum(self.counts - 1))

    def encode_known(self, given: Tensor) -> Tensor:
        """Rows float32 (N, K), NaN where a cell is free, to symbols int64 (N, K), -1 where it is free."""
        middle = torch.full_like(given, 0.5)
        return torch.where(torch.isnan(given), -1, self.encode(given, middle))

    def log_det(self, items: Tensor) -> Tensor:
        """Log of what the probability of the symbols of rows (N, K) has to be multiplied with, (N,)."""
        if not len(self.bins):
            return torch.zeros(items.shape[:1], device=items.device)
        x = items[:, self.number_places]
        missing = torch.isnan(x)
        width = torch.where(self.step > 0.0, torch.log(torch.where(self.step > 0.0, self.step, 1.0)), 0.0)
        density = self.map.log_slope(torch.where(missing, 0.0, x)) + torch.log(0.5 * self.bins) + width
        return torch.where(missing | self.listed, 0.0, density).sum(1)

    def decode(self, view: Tensor) -> Tensor:
        """Symbols with their shares, float32 (N, K), as they are; whole symbols stand for the middle of their bins."""
        return view if view.is_floating_point() else view.to(torch.float32) + 0.5

    def settle(self, decoded: Tensor) -> Tensor:
        """Symbols with their shares, float32 (N, K), to rows float32 (N, K)."""
        symbols = torch.floor(decoded)
        cells = symbols
        if len(self.bins):
            place = decoded[:, self.number_places].minimum(self.bins - 1e-3)
            value = torch.where(
                self.listed,
                self.low + (torch.floor(place) + 0.5) * self.step,
                self.map.inverse(place / self.bins * 2.0 - 1.0),
            )
            value = rounded(value, (self.step, self.low, self.high))
            cells = torch.where(self.is_number, value[:, self.among], symbols)
        return torch.where(symbols >= self.counts, math.nan, cells)
