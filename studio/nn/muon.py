"""Parts a net's parameters between Muon, for the matrices of its transformer blocks, and AdamW.

Muon (Jordan et al. 2024, kellerjordan.github.io/posts/muon) orthogonalises the update of a matrix. Its step is scaled
to that of AdamW (Liu et al. 2025, arXiv:2502.16982, section 2.2), so that one learning rate serves both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["Muon", "muon_and_adamw"]


class Muon(torch.optim.Muon):
    """Torch's Muon, in float32 on a CPU.

    Torch orthogonalises in bfloat16, for which most CPUs have no instructions: there 29 times as long as float32 for a
    matrix of 128 x 512, and most of a training step (tests/benchmarks/muon.py).
    """

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step of all parameters that have a gradient."""
        group = self.param_groups[0]
        if closure is not None or group["params"][0].device.type != "cpu":
            return super().step(closure)
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is not None:
                    self._step_one(matrix, matrix.grad, group)
        return None

    def _step_one(self, matrix: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[matrix]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(gradient)
        buffer = state["momentum_buffer"]
        buffer.lerp_(gradient, 1.0 - group["momentum"])
        update = gradient.lerp(buffer, group["momentum"])
        matrix.mul_(1.0 - group["lr"] * group["weight_decay"])
        scale = 0.2 * math.sqrt(max(matrix.shape))
        matrix.add_(_orthogonal(update, group["ns_coefficients"], group["ns_steps"]), alpha=-group["lr"] * scale)


def _orthogonal(x: Tensor, coefficients: tuple[float, float, float], steps: int) -> Tensor:
    """About the nearest matrix whose singular values are all 1, by the quintic Newton-Schulz iteration.

    Args:
        x: A matrix (A, B).
        coefficients: a, b, c of x <- a x + (b x x^T + c (x x^T)^2) x.
        steps: Number of iterations.
    """
    a, b, c = coefficients
    upright = x.shape[0] > x.shape[1]
    x = x.T if upright else x
    # The iteration needs singular values of at most 1.
    x = x / x.norm().clamp(min=1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if upright else x


def muon_and_adamw(
    net: nn.Module, matrices: Sequence[nn.Parameter], lr: float, weight_decay: float = 0.1
) -> tuple[Muon, torch.optim.AdamW]:
    """Make both optimizers.

    Args:
        net: The net.
        matrices: Those of its parameters that are Muon's, at least one; the rest is AdamW's.
        lr: Learning rate of both.
        weight_decay: Pull of the matrices towards zero; the rest is not decayed.
    """
    taken = {id(matrix) for matrix in matrices}
    rest = [parameter for parameter in net.parameters() if id(parameter) not in taken]
    muon = Muon(matrices, lr=lr, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw")
    return muon, torch.optim.AdamW(rest, lr=lr, betas=(0.9, 0.99), weight_decay=0.0)
