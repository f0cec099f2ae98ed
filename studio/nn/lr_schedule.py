"""Learning-rate schedules: functions of the progress of a run, 0 to 1, to a factor of the rate."""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = ["warmup_cosine", "warmup_linear"]


def warmup_cosine(warmup: float = 0.05, final: float = 0.01) -> Callable[[float], float]:
    """Rise linearly over the first share of the run, then fall along half a cosine (Loshchilov, arXiv:1608.03983).

    Args:
        warmup: Share of the run that rises, 0 to 1.
        final: Factor at the end.
    """

    def factor(progress: float) -> float:
        if progress < warmup:
            return 0.01 + 0.99 * progress / warmup
        fall = (progress - warmup) / max(1e-9, 1.0 - warmup)
        return final + (1.0 - final) * 0.5 * (1.0 + math.cos(math.pi * min(1.0, fall)))

    return factor


def warmup_linear(warmup: float = 0.02) -> Callable[[float], float]:
    """Rise linearly over the first share of the run, then fall linearly to zero (Defazio et al., arXiv:2310.07831).

    Args:
        warmup: Share of the run that rises, 0 to 1.
    """

    def factor(progress: float) -> float:
        if progress < warmup:
            return 0.01 + 0.99 * progress / warmup
        return max(0.0, (1.0 - progress) / max(1e-9, 1.0 - warmup))

    return factor
