"""The codec of tables for real numbers: between rows as stored and vectors in [-1, 1].

A number has its place by the quantile map of its column: about normal in the plain view, about uniform where the view
is dequantised. A category has one value for each category, 1 for its own and -1 for the others, and the largest
decides; where the view is dequantised it has one value instead, in the part of [-1, 1] that belongs to it (Theis et al.
2016, arXiv:1511.01844). Numbers that may be missing have a category beside them that says whether they are.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from studio.core.errors import SettingsError
from studio.core.manifest import Input, noise_input
from studio.core.modality import Column, TableSpec
from studio.core.spec import Continuous
from studio.nn.codec.quantile import QuantileMap

__all__ = ["TableCodec", "rounded", "steps_of"]


def steps_of(columns: list[Column]) -> tuple[Tensor, Tensor, Tensor]:
    """Step of each column of numbers, 0 for none, and the lowest and highest value that it rounds to, each (M,)."""
    for column in columns:
        if not column.knots:
            raise SettingsError("The table does not say how its columns are spread; add the data set again.")
    ends = [(column.knots[0], column.knots[-1]) if column.step else (-3.4e38, 3.4e38) for column in columns]
    low, high = torch.tensor(ends, dtype=torch.float32).reshape(-1, 2).unbind(1)
    return torch.tensor([column.step for column in columns], dtype=torch.float32), low, high


def rounded(x: Tensor, steps: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Numbers (N, M) to the multiples of their steps that lie in the range of the training rows."""
    step, low, high = steps
    # The outermost knots lie half a step beyond the outermost values.
    inside = x.clamp(low + 0.25 * step, high - 0.25 * step)
    # Divided by 100 rather than multiplied with 0.01, so that it is the number of 32 bits next to the decimal one.
    per = torch.where((step > 0.0) & (step < 1.0), torch.round(1.0 / step.clamp(min=1e-12)), 1.0)
    unit = torch.where(step >= 1.0, step, 1.0)
    return torch.where(step > 0.0, torch.round(inside * per / unit) * unit / per, x)


class TableCodec(nn.Module):
    """Rows float32 (N, K) as vectors float32 (N, K').

    First come the M numbers, then whether each of those that may be missing is, then the categories.

    Args:
        spec: The columns.
        view: The plain continuous view, or the dequantised one.

    Attributes:
        shape: (K',).
        numbers: Number M of columns of numbers.
        rounds: Whether rows are rounded, or a category chosen, so that a last bit may change a cell.
        groups: First value and number of values of each category of the plain view; none of the dequantised one.
    """

    levels = 0
    tolerance = 1e-4

    def __init__(self, spec: TableSpec, view: Continuous) -> None:
        super().__init__()
        if view.binarise:
            raise SettingsError("A table cannot be binarised; choose another view.")
        numbers = [place for place, column in enumerate(spec.columns) if not column.is_coded]
        coded = [place for place, column in enumerate(spec.columns) if column.is_coded]
        columns = [spec.columns[place] for place in numbers]
        step, low, high = steps_of(columns)
        self._names = ("step", "low", "high", "may_miss", "order", "number_places", "coded_places")
        # As numbers too: those of a tensor are unknown while a program is captured.
        self._flagged = [place for place, column in enumerate(columns) if column.missing]
        may_miss = torch.tensor(self._flagged, dtype=torch.int64)
        # Of columns of numbers and of coded ones to the columns' own order.
        order = torch.tensor([*numbers, *coded]).argsort()
        places = (torch.tensor(each, dtype=torch.int64) for each in (numbers, coded))
        for name, buffer in zip(self._names, (step, low, high, may_miss, order, *places), strict=True):
            self.register_buffer(name, buffer, persistent=False)
        self.step: Tensor
        self.low: Tensor
        self.high: Tensor
        self.may_miss: Tensor
        self.order: Tensor
        self.number_places: Tensor
        self.coded_places: Tensor
        density = view.dequantise and not view.one_hot
        knots, shares = [column.knots for column in columns], [column.shares for column in columns]
        self.map = QuantileMap(knots, shares, normal=not density)
        self.numbers, self.flags = len(columns), len(may_miss)
        # A category more for what is missing.
        self.sizes = [len(spec.columns[place].categories) + spec.columns[place].missing for place in coded]
        self._may_miss_code = [spec.columns[place].missing for place in coded]
        # Numbers are spread over their steps, and categories over their part of the view.
        self.spread, self.dequantise = view.dequantise, density
        self.groups: list[tuple[int, int]] = []
        start = self.numbers
        if not self.dequantise:
            for size in [*[2] * self.flags, *self.sizes]:
                self.groups.append((start, size))
                start += size
        self.shape: tuple[int, ...] = (start if not self.dequantise else self.numbers + self.flags + len(coded),)
        self.dims = len(spec.columns)
        self.rounds = bool(self.flags or coded or (step > 0).any())
        self._log_volume = sum(math.log(2.0 / size) for size in self.sizes)

    @property
    def likelihood_protocol(self) -> str:
        """What a likelihood of this view is a likelihood of, in words."""
        if not self.rounds:
            return "density in the units of the columns"
        return "probability of categories and rounded numbers, density of other numbers in their units"

    def noise_inputs(self) -> list[Input]:
        """The draw of the dequantisation, where there is something to dequantise."""
        if not self.dequantise or not self.rounds:
            return []
        return [noise_input(self.shape, "noise.dequantisation", "uniform")]

    def _steps(self) -> tuple[Tensor, Tensor, Tensor]:
        return self.step, self.low, self.high

    def encode(self, items: Tensor, noise: Tensor | None = None) -> Tensor:
        """Rows float32 (N, K) to the view, float32 (N, K').

        Where the view is random, it is so by ``noise``, uniform in [0, 1) and shaped like the view, drawn if None.
        """
        given = items[:, self.number_places]
        missing = torch.isnan(given)
        x = torch.where(missing, 0.0, given)
        if not self.dequantise:
            if self.spread:
                x = x + (torch.rand_like(x) - 0.5) * self.step
            parts = [torch.where(missing, 0.0, self.map(x))]
            gone = missing[:, self.may_miss].long()
            parts += [_one_hot(gone[:, place], 2) for place in range(self.flags)]
            parts += [_one_hot(code, size) for code, size in zip(self._codes(items), self.sizes, strict=True)]
            return torch.cat(parts, dim=1)
        if noise is None:
            noise = torch.rand(items.shape[0], *self.shape, device=items.device)
        draws = noise[:, : self.numbers]
        # What is missing has any place, by chance: whether it is there says the value beside it.
        parts = [torch.where(missing, 2.0 * draws - 1.0, self.map(x + (draws - 0.5) * self.step))]
        levels = [missing[:, self.may_miss].long(), *(code[:, None] for code in self._codes(items))]
        sizes = torch.tensor([*[2] * self.flags, *self.sizes], device=items.device)
        if len(sizes):
            parts.append(2.0 * (torch.cat(levels, dim=1) + noise[:, self.numbers :]) / sizes - 1.0)
        return torch.cat(parts, dim=1)

    def _codes(self, items: Tensor) -> list[Tensor]:
        """Code of each category of rows (N, K), int64 (N,) each; what is missing has the last."""
        codes = items[:, self.coded_places]
        return [
            torch.where(torch.isnan(code), float(size - 1), code).long().clamp(0, size - 1)
            for code, size in zip(codes.unbind(1), self.sizes, strict=True)
        ]

    def spread_out(self, items: Tensor, noise: Tensor) -> Tensor:
        """Rows of numbers alone, (N, M), each somewhere in its rounding, by ``noise``, uniform in [0, 1), (N, M)."""
        return items + (noise - 0.5) * self.step

    def encode_known(self, given: Tensor) -> tuple[Tensor, Tensor]:
        """Rows float32 (N, K), NaN where a cell is free, to the view (N, K') and where it is known."""
        known = ~torch.isnan(given)
        numbers, coded = known[:, self.number_places], known[:, self.coded_places]
        if self.dequantise:
            return self.encode(given), torch.cat([numbers, numbers[:, self.may_miss], coded], dim=1)
        parts = [numbers, *(numbers[:, place, None].expand(-1, 2) for place in self._flagged)]
        parts += [coded[:, place, None].expand(-1, size) for place, size in enumerate(self.sizes)]
        return self.encode(given), torch.cat(parts, dim=1)

    def log_det(self, items: Tensor) -> Tensor:
        """Log of what a density of the dequantised view has to be multiplied with for one of rows (N, K), (N,)."""
        x = items[:, self.number_places]
        missing = torch.isnan(x)
        width = torch.where(self.step > 0.0, torch.log(torch.where(self.step > 0.0, self.step, 1.0)), 0.0)
        slopes = self.map.log_slope(torch.where(missing, 0.0, x)) + width
        return torch.where(missing, math.log(2.0), slopes).sum(1) + self._log_volume

    def decode(self, view: Tensor) -> Tensor:
        """The view, cut to (-1, 1): a difference there means the same in every column, whatever its unit."""
        return self.map.cut(view)

    def settle(self, decoded: Tensor) -> Tensor:
        """Decoded values to rows float32 (N, K): numbers in their units, codes, and NaN for what is missing."""
        x = rounded(self.map.inverse(decoded[:, : self.numbers]), self._steps())
        if self.dequantise:
            rest = (decoded[:, self.numbers :] + 1.0) * 0.5
            sizes = [*[2] * self.flags, *self.sizes]
            codes = [torch.floor(rest[:, place] * size).clamp(0.0, size - 1.0) for place, size in enumerate(sizes)]
        else:
            codes = [decoded[:, start : start + size].argmax(1).to(decoded.dtype) for start, size in self.groups]
        gone = dict(zip(self._flagged, codes[: self.flags], strict=True))
        cells: list[Any] = list(x.unbind(1))
        cells = [
            torch.where(gone[place] > 0.5, torch.nan, cell) if place in gone else cell
            for place, cell in enumerate(cells)
        ]
        for code, size, may_miss in zip(codes[self.flags :], self.sizes, self._may_miss_code, strict=True):
            cells.append(torch.where(code >= size - 1, torch.nan, code) if may_miss else code)
        return torch.stack(cells, dim=1)[:, self.order]


def _one_hot(code: Tensor, size: int) -> Tensor:
    """Codes (N,) to (N, size): 1 for its own, -1 for the others."""
    return 2.0 * (code[:, None] == torch.arange(size, device=code.device)).to(torch.float32) - 1.0
