"""The solver of the probability-flow ODE as a loop, with classifier-free guidance that costs nothing when it is off.

Guidance (Ho and Salimans 2022, arXiv:2207.12598, Eq. 6) needs the slope with and without the class. Both come from
one pass over a batch of 2N rows. Where guidance is 1 the second half would change nothing, so ``Init`` makes the
list of rows once, N or 2N long, and every step takes its rows from it: no branch in the graph, and no wasted work.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from studio_diffusion.model import EDM, RectifiedFlow

__all__ = ["Finish", "Init", "Step"]


class Init(nn.Module):
    """Noise, steps and, with classes, label and guidance, to the state and the constants of the loop."""

    def __init__(self, net: EDM | RectifiedFlow) -> None:
        super().__init__()
        self.net = net

    def forward(self, noise: Tensor, steps: Tensor, *condition: Tensor) -> tuple[Tensor, ...]:
        """Noise (N, C, ...) to state, steps, and for guidance: its strength, the rows (M,) and their labels (M,)."""
        state = self.net.start(noise)
        if not condition:
            return state, steps
        label, guidance = condition
        row = torch.arange(label.shape[0], device=label.device)
        second_half = torch.cat([torch.zeros_like(row), torch.ones_like(row)]) > 0
        kept = torch.nonzero(~second_half | (guidance != 1.0)).squeeze(1)
        rows = torch.cat([row, row]).index_select(0, kept)
        labels = torch.cat([label, torch.full_like(label, -1)]).index_select(0, kept)
        return state, steps, guidance, rows, labels


class Step(nn.Module):
    """One step of Euler's or Heun's method (arXiv:2206.00364, Algorithm 1).

    Args:
        net: The model, in either formulation.
        heun: Correct each step by the slope at its end; the step that reaches noise level 0 has none.
    """

    def __init__(self, net: EDM | RectifiedFlow, heun: bool) -> None:
        super().__init__()
        self.net = net
        self.heun = heun

    def forward(self, i: Tensor, x: Tensor, steps: Tensor, *condition: Tensor) -> Tensor:
        """State (N, C, ...) before step i to the state after it."""
        index, count = i.reshape(1).to(torch.float32), steps.reshape(1).to(torch.float32)
        here, there = self.net.level(index, count), self.net.level(index + 1.0, count)
        first = self._slope(x, here, condition)
        euler = x + (there - here) * first
        if not self.heun:
            return euler
        second = self._slope(euler, there, condition)
        heun = x + (there - here) * 0.5 * (first + second)
        return torch.where(there > 0.0, heun, euler)

    def _slope(self, x: Tensor, level: Tensor, condition: tuple[Tensor, ...]) -> Tensor:
        if not condition:
            return self.net.slope(x, level, x.new_zeros(1, dtype=torch.int64))
        guidance, rows, label = condition
        slopes = self.net.slope(x.index_select(0, rows), level, label)
        # Rows N.. are without the class; where there are only N, the last N are the first N and the difference is 0.
        first = torch.arange(x.shape[0], device=x.device)
        with_class = slopes.index_select(0, first)
        without = slopes.index_select(0, first + (rows.shape[0] - x.shape[0]))
        return without + guidance * (with_class - without)


class Finish(nn.Module):
    """The state after the last step is the item."""

    def forward(self, x: Tensor, *constants: Tensor) -> Tensor:
        """Items (N, C, ...) around [-1, 1], unchanged."""
        return x
