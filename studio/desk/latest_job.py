"""Follows one job at a time: the last that was started, whatever the ones before still say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from studio.desk.context import Crossing
from studio.desk.job import FollowedJob, JobReport, Progressed
from studio.jobs.child import ChildJob

__all__ = ["LatestJob"]

_PATIENCE_S = 3.0


class LatestJob:
    """A place for one job; a new one takes it from the one before.

    Args:
        crossing: The way to the thread on which it tells.
    """

    def __init__(self, crossing: Crossing) -> None:
        self._crossing = crossing
        self._job: FollowedJob | None = None

    @property
    def running(self) -> bool:
        """Whether one is at work."""
        return self._job is not None

    def start(
        self,
        make: Callable[[], ChildJob],
        read: Callable[[Mapping[str, Any]], dict[str, Any]],
        tell: Callable[[JobReport], None],
    ) -> None:
        """Start a job; what is at work meanwhile is given up.

        Args:
            make: Makes it.
            read: Reads what it wrote from its last word, in the thread that follows it.
            tell: Told what it says, for as long as no other was started; it does not run any more when it has ended.
        """
        self.give_up()
        started: list[FollowedJob] = []

        def heard(event: JobReport) -> None:
            # What was given up may still speak.
            if self._job is not started[0]:
                return
            if not isinstance(event, Progressed):
                self._job = None
            tell(event)

        job = FollowedJob(make, heard, self._crossing, read)
        started.append(job)
        self._job = job
        job.start()

    def cancel(self) -> None:
        """End what is at work; it says so."""
        if self._job is not None:
            self._job.cancel()

    def give_up(self) -> None:
        """End what is at work, without a word."""
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def close(self) -> None:
        """The same, and wait until it has left nothing."""
        job = self._job
        self.give_up()
        if job is not None:
            job.wait(_PATIENCE_S)
