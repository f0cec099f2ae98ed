"""This file turns a length in minutes into a fixed number of steps, by measuring the first steps."""

from __future__ import annotations

from typing import Any

from studio.core.words import figures

__all__ = ["DEFAULT_STEPS", "Budget"]

DEFAULT_STEPS = 2000
# The first steps pay for caches and kernels' choices; they are not measured.
_UNMEASURED = 3
_LEAST_STEPS = 8
_LEAST_SECONDS = 4.0
_LARGEST_SHARE = 0.1
# Below so many steps hardly any model draws more than noise and blurs.
_FEW = 200
# Share of the minutes that validation, previews and checkpoints take beside the steps; measured with both families.
_OVERHEAD = 0.08


class Budget:
    """The length of a run.

    Args:
        steps: Length in steps, or None.
        minutes: Length in minutes, or None; with neither the length is DEFAULT_STEPS.

    Attributes:
        steps: Length in steps; None until minutes were measured.
    """

    def __init__(self, steps: int | None, minutes: float | None) -> None:
        self.minutes = minutes if steps is None else None
        self.steps = steps if steps is not None or minutes is not None else DEFAULT_STEPS
        self._step_seconds: float | None = None
        self._first: float | None = None

    def measured(self, elapsed_s: float, index: int) -> bool:
        """Whether the speed is known; called before every step of the warm-up.

        Args:
            elapsed_s: Seconds since the warm-up began.
            index: Steps done.
        """
        if index == _UNMEASURED:
            self._first = elapsed_s
        budget_s = 60.0 * (self.minutes or 0.0)
        # Slow steps end the warm-up early: it must not eat the budget that it measures.
        hurried = index >= 1 and elapsed_s > _LARGEST_SHARE * budget_s
        if not hurried:
            if self._first is None or index < _UNMEASURED + _LEAST_STEPS:
                return False
            if elapsed_s - self._first < min(_LEAST_SECONDS, 0.05 * budget_s):
                return False
        first_s, first = (self._first, _UNMEASURED) if self._first is not None and index > _UNMEASURED else (0.0, 0)
        self._step_seconds = max(1e-9, (elapsed_s - first_s) / (index - first))
        seconds = max(0.0, budget_s - elapsed_s) * (1.0 - _OVERHEAD)
        self.steps = max(1, round(seconds / self._step_seconds))
        return True

    def sentence(self) -> str:
        """The measured budget in words."""
        speed = 1.0 / self._step_seconds if self._step_seconds else 0.0
        text = f"{self.minutes:g} minutes at {figures(speed)} steps a second make {self.steps} steps."
        if self.steps is None or self.steps >= _FEW:
            return text
        return (
            f"{text} That is few, most models need hundreds: give it more minutes, "
            "smaller items, a smaller train.batch_size or a GPU."
        )

    def document(self) -> dict[str, Any]:
        """The budget as JSON values."""
        return {"steps": self.steps, "minutes": self.minutes}

    def restore(self, document: dict[str, Any]) -> None:
        """Take over the budget of an earlier segment."""
        self.steps = document["steps"]
        self.minutes = document["minutes"]
