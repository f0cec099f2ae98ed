"""Where a run's phases begin and end: each takes its share of the run's progress."""

from __future__ import annotations

from typing import Any

from studio.train.budget import Budget

__all__ = ["Phases"]

# Shares are sums of floats.
_WHOLE = 0.999


class Phases:
    """The phases of a training.

    Args:
        budget: The length of the run.

    Attributes:
        current: Name of the phase; empty before the first.
        share: Share of the run that the phases so far take together.
        begins: Step at which each phase began, by name.
        ends: Step at which each phase ends, by name, as planned at its last step.
    """

    def __init__(self, budget: Budget) -> None:
        self.current = ""
        self.share = 0.0
        self.begins: dict[str, int] = {}
        self.ends: dict[str, int] = {}
        self._budget = budget
        self._least = 0

    def is_finished(self, name: str, step: int) -> bool:
        """Whether a phase ended before a step."""
        return self.ends.get(name, step + 1) <= step

    @property
    def is_last(self) -> bool:
        """Whether the phases so far take the whole run."""
        return self.share > _WHOLE

    def begin(self, name: str, share: float, step: int) -> None:
        """Begin a phase, or go on with it; it takes a step at least, where the run has one left."""
        if self.current in self.ends and name != self.current:
            # One that was left early is over; on a resume it is not to be gone on with.
            self.ends[self.current] = min(self.ends[self.current], step)
        self.current = name
        if name not in self.ends:
            # Ends follow from the sum of the shares, so that rounding loses no step.
            self.share += share
            self.begins[name] = step
            self._least = step + 1
            if self._budget.minutes is not None and self._budget.steps_at(step) <= step:
                # The minutes ran out in an earlier phase; without this one there is no model.
                self._budget.replan(step, step + 1)
        self.end(step)

    def end(self, step: int) -> int:
        """The step at which the present phase ends, as planned at a step."""
        planned = max(self._least, self._budget.step_of(self.share, step))
        self.ends[self.current] = min(self._budget.steps_at(step), planned)
        return self.ends[self.current]

    def document(self) -> dict[str, Any]:
        """The phases as JSON values."""
        return {
            "phase": self.current,
            "phase_begins": self.begins,
            "phase_ends": self.ends,
            "phase_least": self._least,
            "share": self.share,
        }

    def restore(self, document: dict[str, Any]) -> None:
        """Take over the phases of an earlier segment."""
        self.current = document["phase"]
        self.begins = dict(document.get("phase_begins", {}))
        self.ends = dict(document["phase_ends"])
        self.share = float(document["share"])
        self._least = int(document.get("phase_least", self.ends.get(self.current, 0)))
