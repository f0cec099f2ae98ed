"""This file says how far chance alone would move a number: by measuring it again on random halves of the items.

Halves are drawn without replacement. For an average the spread over halves is that of the whole set's own estimate,
sqrt(1/(n/2) - 1/n) = sqrt(1/n) standard deviations; the ordinary bootstrap would repeat items, which shrinks distances
to neighbours and shifts kernel and Fréchet distances. Only the spread is taken: a half's own bias is not.

References:
    Shao and Wu, A general theory for jackknife variance estimation, Annals of Statistics 17, 1989 (delete-d, d = n/2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

__all__ = ["Estimate", "halves", "indicators"]

_WIDTH = 1.96


@dataclass(frozen=True)
class Estimate:
    """A number, and what it was on random halves.

    Attributes:
        value: The number on all items.
        resampled: The number on each half.
    """

    value: float
    resampled: npt.NDArray[np.float64]

    def interval(self, *others: Estimate) -> tuple[float, float]:
        """The 95 % interval; with others, those of further trainings, of what one more training would give."""
        everyone = (self, *others)
        within = [float(np.var(one.resampled)) for one in everyone if len(one.resampled)]
        centre = sum(one.value for one in everyone) / len(everyone)
        # Of few trainings the spread is that of a sample: divided by one less.
        between = float(np.var([one.value for one in everyone], ddof=1)) if others else 0.0
        reach = _WIDTH * float(np.sqrt((sum(within) / len(within) if within else 0.0) + between))
        return centre - reach, centre + reach


def halves(count: int, times: int, seed: int) -> Sequence[Tensor]:
    """Random halves of ``count`` items, rounded down, as ascending indices; a function of the seed alone."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randperm(count, generator=generator)[: count // 2].sort().values for _ in range(times)]


def indicators(chosen: Sequence[Tensor], count: int) -> Tensor:
    """Subsets as rows of 0 and 1, float64 (R, count), the whole set in front as row 0."""
    rows = torch.zeros(1 + len(chosen), count, dtype=torch.float64)
    rows[0] = 1.0
    for row, indices in zip(rows[1:], chosen, strict=True):
        row[indices] = 1.0
    return rows
