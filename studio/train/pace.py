"""Keeps a run in minutes on the clock: it measures the steps, and plans anew where the plan would miss."""

from __future__ import annotations

from collections import deque

from studio.core.words import figures

__all__ = ["Pace", "WarmUp", "planned_sentence"]

# The first steps pay for caches and kernels' choices; they are not measured.
_UNMEASURED = 2
_LEAST_STEPS = 6
_LEAST_SECONDS = 3.0
# Share of the budget that the warm-up may take, for its steps are taken back.
_WARM_UP = 0.03
# A plan stands while it ends within this share of the budget.
_TOLERANCE = 0.02
# The speed is a mean over this share of the budget, within these bounds in seconds.
_WINDOW, _WINDOW_S = 0.04, (2.0, 30.0)


class WarmUp:
    """Measures the first steps, to make the first plan of them.

    Args:
        budget_s: Length of the run in seconds.
    """

    def __init__(self, budget_s: float) -> None:
        self._budget_s = budget_s
        self._first: float | None = None
        self.step_s = 0.0

    def measured(self, elapsed_s: float, index: int) -> bool:
        """Whether the speed is known; called before every step of the warm-up.

        Args:
            elapsed_s: Seconds since the warm-up began.
            index: Steps done.
        """
        if index == _UNMEASURED:
            self._first = elapsed_s
        # Slow steps end the warm-up early: it must not eat the budget that it measures.
        hurried = index >= 1 and elapsed_s > _WARM_UP * self._budget_s
        if not hurried:
            if self._first is None or index < _UNMEASURED + _LEAST_STEPS:
                return False
            if elapsed_s - self._first < min(_LEAST_SECONDS, _WARM_UP * self._budget_s):
                return False
        first_s, first = (self._first, _UNMEASURED) if self._first is not None and index > _UNMEASURED else (0.0, 0)
        self.step_s = max(1e-9, (elapsed_s - first_s) / (index - first))
        return True


class Pace:
    """The speed of the last steps, and the length in steps that ends in time at that speed.

    Args:
        budget_s: Length of the run in seconds.
        step_s: Seconds of a step, as the warm-up measured it.
    """

    def __init__(self, budget_s: float, step_s: float = 0.0) -> None:
        self.budget_s = budget_s
        self._window_s = min(max(_WINDOW * budget_s, _WINDOW_S[0]), _WINDOW_S[1])
        self._first_s = step_s
        self._recent: deque[float] = deque()
        self._sum = 0.0

    @property
    def step_s(self) -> float:
        """Seconds of a step of late; 0 where none was measured."""
        return self._sum / len(self._recent) if self._recent else self._first_s

    def forget(self) -> None:
        """Forget the speed, for what it depends on has changed; the next steps are measured anew."""
        self._first_s = self.step_s
        self._recent.clear()
        self._sum = 0.0

    def step_done(self, seconds: float) -> None:
        """Take in how long a step took."""
        self._recent.append(seconds)
        self._sum += seconds
        while len(self._recent) > 1 and self._sum - self._recent[0] >= self._window_s:
            self._sum -= self._recent.popleft()

    def length(self, step: int, planned: int, used_s: float, beside_s: float) -> int | None:
        """The length of the run in steps that ends in time; None while the planned one does.

        Args:
            step: Steps done.
            planned: Length as it is planned.
            used_s: Seconds of the budget that are used.
            beside_s: Seconds that what is to come beside the steps takes: validations, previews, checkpoints.
        """
        if self.step_s <= 0:
            return None
        left_s = self.budget_s - used_s - beside_s
        missed_s = (planned - step) * self.step_s - left_s
        # No plan is better than to the step; and what a few steps tell is not yet worth a plan.
        tolerance_s = max(_TOLERANCE * self.budget_s, 0.5 * self.step_s)
        if abs(missed_s) <= tolerance_s:
            return None
        if self._sum < 0.25 * self._window_s and len(self._recent) < _LEAST_STEPS and left_s > 0:
            return None
        return max(step + 1, step + round(left_s / self.step_s))


def planned_sentence(minutes: float, step_s: float, steps: int) -> str:
    """A plan in words."""
    length = f"{minutes:g} minute{'' if minutes == 1 else 's'}"
    return f"{length} at {figures(1.0 / step_s)} steps a second make about {steps:,} steps."
