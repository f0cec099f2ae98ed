"""The length of a run as plans in steps, each with the step from which it holds.

A run in steps has one plan. A run in minutes gets its first by a measured warm-up and further ones when the speed
changes (``pace.py``). Progress is continuous across plans, and a function of the step and the plans alone: whoever has
the record has the schedules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["DEFAULT_STEPS", "Budget", "Plan"]

DEFAULT_STEPS = 2000


@dataclass(frozen=True)
class Plan:
    """A length of the run.

    Attributes:
        step: Step from which it holds.
        progress: Share of the run that is done at that step, 0 to 1.
        steps: Length of the run in steps; above ``step``.
    """

    step: int
    progress: float
    steps: int


class Budget:
    """The length of a run.

    Args:
        steps: Length in steps, or None.
        minutes: Length in minutes, or None; with neither the length is DEFAULT_STEPS.

    Attributes:
        minutes: Length in minutes; None for a run in steps.
        plans: The plans in the order of their steps; none until minutes were measured.
    """

    def __init__(self, steps: int | None, minutes: float | None) -> None:
        self.minutes = minutes if steps is None else None
        self.plans = [] if self.minutes is not None else [Plan(0, 0.0, steps or DEFAULT_STEPS)]

    def plan_at(self, step: int) -> Plan | None:
        """The plan that holds at a step; None before there is one."""
        return next((plan for plan in reversed(self.plans) if plan.step <= step), None)

    def steps_at(self, step: int) -> int:
        """Length of the run in steps as planned at a step; 0 before there is a plan."""
        plan = self.plan_at(step)
        return plan.steps if plan is not None else 0

    def progress(self, step: int) -> float:
        """Share of the run that is done at a step, 0 to 1; 0 before there is a plan."""
        plan = self.plan_at(step)
        if plan is None:
            return 0.0
        return min(1.0, plan.progress + (1.0 - plan.progress) * (step - plan.step) / (plan.steps - plan.step))

    def step_of(self, progress: float, step: int) -> int:
        """The step at which a progress is reached, as planned at a step."""
        plan = self.plan_at(step)
        if plan is None or plan.progress >= 1.0:
            return step
        share = (progress - plan.progress) / (1.0 - plan.progress)
        return min(plan.steps, round(plan.step + share * (plan.steps - plan.step)))

    def follows_record(self, step: int) -> bool:
        """Whether a plan is recorded for a later step, as after a kill; nothing is planned anew before it."""
        return bool(self.plans) and self.plans[-1].step > step

    def replan(self, step: int, steps: int) -> Plan:
        """Plan anew from a step on; progress goes on from where it is."""
        plan = Plan(step, self.progress(step), max(steps, step + 1))
        self.plans = [*(earlier for earlier in self.plans if earlier.step < step), plan]
        return plan

    def document(self) -> dict[str, Any]:
        """The budget as JSON values."""
        return {"minutes": self.minutes, "plans": [asdict(plan) for plan in self.plans]}

    def restore(self, document: dict[str, Any]) -> None:
        """Take over the budget of a checkpoint; an older studio wrote ``steps`` in place of the plans."""
        self.minutes = document["minutes"]
        if "plans" in document:
            self.plans = [Plan(**plan) for plan in document["plans"]]
        else:
            self.plans = [Plan(0, 0.0, document["steps"])] if document["steps"] else []

    def follow(self, recorded: Sequence[Plan]) -> None:
        """Follow the plans that were made after those it has, such as after the checkpoint of a killed run."""
        last = self.plans[-1].step if self.plans else -1
        if self.minutes is not None:
            self.plans += [plan for plan in recorded if plan.step > last]
