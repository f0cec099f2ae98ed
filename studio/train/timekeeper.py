"""Keeps a training on the clock and on the cores that are free, and writes down what it chose."""

from __future__ import annotations

import time

import torch

from studio.core.threads import ThreadChoice
from studio.core.words import few_steps
from studio.train.interval import Intervals
from studio.train.pace import Pace, planned_sentence
from studio.train.record import PlanRecord
from studio.train.recorder import Recorder
from studio.train.session import TrainSession

__all__ = ["Timekeeper"]

# A plan is said anew when it differs by so much from the one that was said.
_WORTH_SAYING = 0.25


class Timekeeper:
    """Plans a run in minutes as its speed changes, and its threads as other programs come and go.

    Args:
        session: The session.
        recorder: The run's recorder, whose clock counts.
        record: The run's record of plans.
        choice: How many threads to compute with; None where the device is not a CPU.
        spent_s: Seconds of the budget that the checkpoint has used; None for a run that begins.
        kept_threads: Number of threads that the checkpoint was made with; 0 where it does not say.
    """

    def __init__(
        self,
        session: TrainSession,
        recorder: Recorder,
        record: PlanRecord,
        choice: ThreadChoice | None,
        spent_s: float | None = None,
        kept_threads: int = 0,
    ) -> None:
        self.intervals = Intervals(session.train_settings, len(session.held_out))
        self.intervals.begin(session.budget, session.step_count)
        self._recorder = recorder
        self._record = record
        self._choice = choice
        self._pace = Pace(60.0 * session.budget.minutes) if session.budget.minutes is not None else None
        # What a kill lost, and the start of a process that goes on, are no time of the run.
        self._offset_s = recorder.seconds() - spent_s if spent_s is not None else 0.0
        self._begun: float | None = None
        self._phase = ""
        self._said = 0
        if choice is not None:
            known = record.threads_at(session.step_count) or kept_threads
            if known and not choice.fixed:
                choice.take_up(known)
            self._set_threads(session.step_count, choice.threads)
            recorder.event("threads", choice.sentence())

    @property
    def step_s(self) -> float:
        """Seconds of a step of late; 0 where nobody measures them."""
        return self._pace.step_s if self._pace is not None else 0.0

    def used_s(self) -> float:
        """Seconds of the budget that are used."""
        return self._recorder.seconds() - self._offset_s

    def warmed_up(self, session: TrainSession, step_s: float) -> None:
        """Make the first plan of a run in minutes.

        Args:
            session: The session.
            step_s: Seconds of a step.
        """
        minutes = session.budget.minutes
        assert minutes is not None
        self._pace = Pace(60.0 * minutes, step_s)
        self.intervals.expect(step_s)
        beside_s = self.intervals.seconds_left(
            session.budget, session.step_count, self.used_s(), step_s, session.closing
        )
        left_s = max(0.0, 60.0 * minutes - self.used_s() - beside_s)
        self._plan(session, session.step_count + round(left_s / step_s), step_s)

    def before_step(self, session: TrainSession) -> None:
        """Take in the step that was done, plan anew where the plan misses the end, and look at the other programs."""
        step = session.step_count
        if self._pace is not None and self._begun is not None and session.phases.current == self._phase:
            self._pace.step_done(time.perf_counter() - self._begun)
        elif self._pace is not None:
            # What a plugin does between its phases is no step, and the steps of the next take their own time.
            self._pace.forget()
        self._phase, self._begun = session.phases.current, None
        self._look(step)
        if self._pace is None or session.budget.follows_record(step):
            return
        used_s = self.used_s()
        self.intervals.expect(self._pace.step_s)
        beside_s = self.intervals.seconds_left(session.budget, step, used_s, self._pace.step_s, session.closing)
        steps = self._pace.length(step, session.budget.steps_at(step), used_s, beside_s)
        if steps is not None:
            self._plan(session, steps, self._pace.step_s)

    def last_preview_fits(self, session: TrainSession) -> bool:
        """Whether there is the time to draw a preview of the end."""
        return self.intervals.last_preview_fits(session.budget, self.used_s(), self.step_s)

    def step_begins(self) -> None:
        """The next step is about to begin."""
        self._begun = time.perf_counter()

    def warming_up(self) -> None:
        """What goes on now are trial steps, whose time tells nothing of the others'."""
        self._begun = None

    def _plan(self, session: TrainSession, steps: int, step_s: float) -> None:
        budget = session.budget
        assert budget.minutes is not None
        plan = budget.replan(session.step_count, steps)
        self._record.set_plans(budget.plans)
        if abs(plan.steps - self._said) <= _WORTH_SAYING * self._said:
            return
        first, self._said = not self._said, plan.steps
        words = (planned_sentence(budget.minutes, step_s, plan.steps), few_steps(plan.steps) if first else "")
        self._recorder.event("budget", " ".join(filter(None, words)))

    def _look(self, step: int) -> None:
        choice = self._choice
        if choice is None:
            return
        if choice.fixed == 0 and (step in self._record.threads or self._record.knows_threads_after(step)):
            known = self._record.threads_at(step)
            if known is not None and known != choice.threads:
                choice.take_up(known)
                self._set_threads(step, choice.threads)
        elif choice.look():
            self._set_threads(step, choice.threads)
            self._recorder.event("threads", choice.sentence())
        self._recorder.status.alone &= choice.alone

    def _set_threads(self, step: int, threads: int) -> None:
        torch.set_num_threads(threads)
        self._recorder.status.threads = threads
        if self._record.threads_at(step) != threads:
            self._record.add_threads(step, threads)
        if self._pace is not None:
            self._pace.forget()
