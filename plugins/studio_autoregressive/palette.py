"""The levels that a value is quantised to: two where the data have two, else those that fit the training items best.

Dynamic binarisation draws a value as black or white with its intensity v in [0, 1] as probability. Of all drawings of
mean m the variance is m (1 - m); that of the data is the part of it that binarising keeps apart, and the rest is added
noise. Ink on paper keeps nearly all (MNIST 0.83); photographs and drawings in grey keep far less.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["Palette", "fit_palette", "has_two_levels"]

_KEPT = 0.75
_VALUES = 256


class Palette(nn.Module):
    """The value of each level; saved with the weights, so that resuming and exporting need no data."""

    def __init__(self) -> None:
        super().__init__()
        # -1 beyond the last level, and everywhere until the training items have been seen.
        self.register_buffer("values", torch.full((_VALUES,), -1))
        self.values: Tensor

    def fill(self, values: tuple[int, ...]) -> None:
        """Keep the value of each level."""
        self.values[: len(values)] = torch.tensor(values, device=self.values.device)

    def levels(self) -> tuple[int, ...]:
        """The value of each level, rising; empty before they are known."""
        return tuple(value for value in self.values.tolist() if value >= 0)


def has_two_levels(items: Tensor) -> bool:
    """Whether nearly all that items (N, H, W, C), uint8, show is black on white or white on black."""
    x = items.to(torch.float64) / 255.0
    mean, variance = float(x.mean()), float(x.var(unbiased=False))
    return variance >= _KEPT * mean * (1.0 - mean)


def fit_palette(items: Tensor, levels: int) -> tuple[int, ...]:
    """The values, rising, by which items of uint8 are quantised with the least squared error.

    One-dimensional k-means, solved exactly: the best k cells of the values below b end in a last cell [a, b), whose
    value is its mean (Wang and Song 2011, The R Journal 3(2), section 2).
    """
    count = torch.bincount(items.flatten().to(torch.int64), minlength=_VALUES).to(torch.float64)
    # A trace of every value, so that cells without items have a mean of their own.
    count = (count + 1e-9 * (1.0 + count.sum())).cpu()
    value = torch.arange(_VALUES, dtype=torch.float64)
    weight, first, second = (
        torch.cat([torch.zeros(1, dtype=torch.float64), (count * value**power).cumsum(0)]) for power in (0, 1, 2)
    )
    inside = weight[None, :] - weight[:, None]
    mean = (first[None, :] - first[:, None]) / inside
    cell = (second[None, :] - second[:, None] - inside * mean**2).clamp(min=0.0)
    cell = torch.where(torch.ones_like(cell).triu(1) > 0, cell, torch.inf)
    best, begins = cell[0], []
    for _ in range(levels - 1):
        best, begin = (best[:, None] + cell).min(0)
        begins.append(begin)
    ends = [_VALUES]
    for begin in reversed(begins):
        ends.insert(0, int(begin[ends[0]]))
    return tuple(round(float(mean[a, b])) for a, b in zip([0, *ends[:-1]], ends, strict=True))
