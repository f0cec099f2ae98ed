"""Decides when a run validates and draws previews: twenty times, and within a tenth of its time.

Validations of a run in steps lie at steps that follow from its length and its held-out items alone, for they choose the
best checkpoint: so far apart that a tenth is what they take where a batch goes forward in a third of a step. Those of a
run in minutes, and previews, which change nothing, are left out where they would take more than the tenth. Previews by
the clock may take half of the time, and are no part of the tenth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from studio.core.settings import TrainSettings
from studio.train.budget import Budget

__all__ = ["Interval", "Intervals"]

_TIMES = 20
_SHARE = 0.1
# A batch of validation takes about a third of a step: it goes forward only.
_BATCH_STEPS = 1.0 / 3.0
# Previews by the clock leave at least as long for the steps as they take.
_PERIODS = 2.0


class Interval:
    """When one thing between the steps is done, and what it takes.

    Args:
        every: Steps between two, as a person set them; None for twenty in a run.
        least: Fewest steps between two of a run in steps where nobody set them.

    Attributes:
        seconds: How long it took the last time; before that how long it is expected to take.
        spent: How long all of them took.
        step: Step at which it was done last; -1 where it was not.
    """

    def __init__(self, every: int | None, least: int = 1) -> None:
        self.every = every
        self.seconds = 0.0
        self.spent = 0.0
        self.step = -1
        self._least = least
        self._mark = 0
        self._step_s = 0.0

    def took(self, step: int, seconds: float, step_s: float = 0.0) -> None:
        """Take in that it was done, when a step took so long; 0 where that is not known."""
        self.step, self.seconds, self._step_s = step, seconds, step_s
        self.spent += seconds

    def expected(self, step_s: float) -> float:
        """Seconds that it is going to take when a step takes so long: what slows the steps slows it too."""
        return self.seconds * step_s / self._step_s if self._step_s and step_s else self.seconds

    def begin(self, budget: Budget, step: int) -> None:
        """Begin a segment at a step."""
        self._mark = self._mark_at(budget, step)

    def is_due(self, budget: Budget, step: int) -> bool:
        """Whether it is time for it; asked once before each step."""
        if not step or self.step == step:
            return False
        if self.every is not None:
            return step % self.every == 0
        if budget.minutes is None:
            return step % max(self._least, budget.steps_at(step) // _TIMES) == 0
        before, self._mark = self._mark, self._mark_at(budget, step)
        return self._mark > before

    def _mark_at(self, budget: Budget, step: int) -> int:
        return int(_TIMES * budget.progress(step))

    def times_left(self, budget: Budget, step: int) -> int:
        """How often it is due from a step to the end, the end left out."""
        if self.every is not None:
            return (budget.steps_at(step) - step) // self.every
        return max(0, _TIMES - 1 - self._mark_at(budget, step))


class Intervals:
    """Validation, preview and checkpoint of a run, and what they take.

    Args:
        train: The studio's settings.
        batches: Batches of a validation.
    """

    def __init__(self, train: TrainSettings, batches: int) -> None:
        self.validation = Interval(train.validate_every, math.ceil(batches * _BATCH_STEPS / _SHARE))
        self.preview = Interval(train.preview_every)
        self.checkpoint = Interval(train.checkpoint_every)
        self._batches = batches
        self._checkpoint_s = 60.0 * train.checkpoint_minutes
        self._preview_s = train.preview_seconds
        self._next_preview_s = 0.0

    def begin(self, budget: Budget, step: int) -> None:
        """Begin a segment at a step."""
        self.validation.begin(budget, step)
        self.preview.begin(budget, step)

    def document(self) -> dict[str, dict[str, float]]:
        """When they were done last and what they took, as JSON values."""
        return {
            name: {"step": kind.step, "seconds": kind.seconds, "spent": kind.spent}
            for name, kind in self._kinds().items()
        }

    def restore(self, document: Mapping[str, Mapping[str, float]]) -> None:
        """Take over what an earlier segment knew."""
        for name, kind in self._kinds().items():
            known = document.get(name, {})
            kind.step = int(known.get("step", -1))
            kind.seconds, kind.spent = float(known.get("seconds", 0.0)), float(known.get("spent", 0.0))

    def _kinds(self) -> dict[str, Interval]:
        return {"validation": self.validation, "preview": self.preview, "checkpoint": self.checkpoint}

    def expect(self, step_s: float) -> None:
        """Expect of a validation that nobody has timed what its batches take at the speed of the steps."""
        if self.validation.step < 0:
            self.validation.seconds = self._batches * _BATCH_STEPS * step_s

    def validation_due(self, budget: Budget, step: int, used_s: float) -> bool:
        """Whether to validate before a step."""
        due = self.validation.is_due(budget, step)
        return due and (budget.minutes is None or self._affordable(self.validation, budget, used_s))

    def preview_due(self, budget: Budget, step: int, used_s: float) -> bool:
        """Whether to draw a preview before a step; asked once before each step."""
        if self._preview_s is not None:
            due = self.preview.step != step and used_s >= self._next_preview_s
            if due:
                self._next_preview_s = used_s + self._period_s(self.preview.seconds)
            return due
        return self.preview.is_due(budget, step) and self._affordable(self.preview, budget, used_s)

    def _period_s(self, seconds: float) -> float:
        """Seconds from one preview by the clock to the next where one takes so long."""
        assert self._preview_s is not None
        return max(self._preview_s, _PERIODS * seconds)

    @property
    def _sharing(self) -> tuple[Interval, ...]:
        """What shares the tenth of the time."""
        return (self.validation,) if self._preview_s is not None else (self.validation, self.preview)

    def _affordable(self, interval: Interval, budget: Budget, used_s: float) -> bool:
        """Whether it keeps within the share of the time so far and, of a run in minutes, leaves room for the last."""
        if interval.every is not None or not interval.seconds:
            return True
        after = sum(kind.spent for kind in self._sharing) + interval.seconds
        if after > _SHARE * used_s:
            return False
        last = sum(kind.seconds for kind in self._sharing)
        return budget.minutes is None or after + last <= _SHARE * 60.0 * budget.minutes

    def last_preview_fits(self, budget: Budget, used_s: float = 0.0, step_s: float = 0.0) -> bool:
        """Whether a run in minutes has the time to draw a preview of its end, and would still end within a tenth."""
        if budget.minutes is None:
            return True
        budget_s = 60.0 * budget.minutes
        after_s = used_s + self.preview.expected(step_s)
        return self.preview.seconds <= 0.5 * _SHARE * budget_s and after_s <= (1.0 + _SHARE) * budget_s

    def seconds_left(self, budget: Budget, step: int, used_s: float, step_s: float, closing: int = 0) -> float:
        """Seconds that a run in minutes still gives to what is not a step, its end included.

        Args:
            budget: The length of the run.
            step: Steps done.
            used_s: Seconds of the budget that are used.
            step_s: Seconds of a step of late.
            closing: Times that the family goes over the held-out items after its last step.
        """
        assert budget.minutes is not None
        budget_s = 60.0 * budget.minutes
        kinds = self._sharing
        free_s = _SHARE * budget_s - sum(kind.spent for kind in kinds)
        asked = sum(kind.times_left(budget, step) * kind.expected(step_s) for kind in kinds if kind.every is not None)
        usual = sum(kind.times_left(budget, step) * kind.expected(step_s) for kind in kinds if kind.every is None)
        if self._preview_s is not None:
            one = self.preview.expected(step_s)
            asked += max(0.0, budget_s - used_s) * one / self._period_s(one)
        times = max(0.0, budget_s - used_s) / self._checkpoint_s
        times += self.checkpoint.times_left(budget, step) if self.checkpoint.every is not None else 0
        saves = times * self.checkpoint.expected(step_s)
        last = self.validation.expected(step_s) + self.checkpoint.expected(step_s)
        last += self.preview.expected(step_s) if self.last_preview_fits(budget, used_s, step_s) else 0.0
        after = closing * self.validation.expected(step_s)
        return asked + saves + last + after + max(0.0, min(usual, free_s - last))
