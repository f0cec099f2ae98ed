"""The exponential moving average of a module's weights."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

__all__ = ["AveragedModule"]


class AveragedModule:
    """A copy of a module whose weights follow it slowly (Polyak and Juditsky 1992; Karras, arXiv:2312.02696).

    The decay is (1 + k) / (10 + k) after k updates, 0.18 at the first, until it reaches its limit:
    so the average never remembers the random start, and short runs are averaged over their own length.

    Args:
        module: The module to follow.
        decay: Largest decay, 0 to 1.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.source = module
        self.decay = decay
        self.module = copy.deepcopy(module).eval().requires_grad_(False)
        self._pairs: tuple[list[Tensor], list[Tensor]] = (list(self.module.parameters()), list(module.parameters()))
        self._buffers = (list(self.module.buffers()), list(module.buffers()))

    @torch.no_grad()
    def update(self, count: int) -> None:
        """Move the average towards the module.

        Args:
            count: Number of updates the module has had, from 1.
        """
        decay = min(self.decay, (1 + count) / (10 + count))
        averaged, live = self._pairs
        if averaged:
            torch._foreach_lerp_(averaged, live, 1.0 - decay)
        for kept, buffer in zip(*self._buffers, strict=True):
            kept.copy_(buffer)
