"""Follows a job of another process, such as an import or an export."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from studio.core.errors import StudioError, explain
from studio.desk.context import Crossing
from studio.jobs.child import ChildJob

__all__ = ["Cancelled", "Failed", "Finished", "FollowedJob", "JobReport", "Progressed"]


@dataclass(frozen=True)
class Progressed:
    """How far it is; a total of 0 is not known yet."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True)
class Finished:
    """It came to its end; what it said last."""

    result: Mapping[str, Any]


@dataclass(frozen=True)
class Failed:
    """It failed; why, as one sentence."""

    text: str


@dataclass(frozen=True)
class Cancelled:
    """It ended because that was asked."""


JobReport = Progressed | Finished | Failed | Cancelled


class FollowedJob:
    """One job: it is started, followed and, where that is asked, cancelled without holding up who asks.

    Exactly one of Finished, Failed and Cancelled is told, and told last.

    Args:
        launch: Starts the job; called in a thread.
        tell: Told what happens, on the thread that ``crossing`` leads to.
        crossing: The way there.
        read: Called in the thread with the job's last event while the job's folder is still there; what it returns is
            the result.
    """

    def __init__(
        self,
        launch: Callable[[], ChildJob],
        tell: Callable[[JobReport], None],
        crossing: Crossing,
        read: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        self._launch = launch
        self._read: Callable[[Mapping[str, Any]], Mapping[str, Any]] = read or dict
        self._lock = threading.Lock()
        self._job: ChildJob | None = None
        self._unwanted = threading.Event()
        unwanted = self._unwanted

        def receive(event: JobReport) -> None:
            # Progress may be on its way while the job is cancelled.
            if not (isinstance(event, Progressed) and unwanted.is_set()):
                tell(event)

        self._told: Callable[[JobReport], None] = crossing(receive)
        self._thread = threading.Thread(target=self._follow, name="job", daemon=True)

    def start(self) -> None:
        """Start the job."""
        self._thread.start()

    def cancel(self) -> None:
        """Ask the job to end; returns at once."""
        with self._lock:
            if self._unwanted.is_set():
                return
            self._unwanted.set()
            job = self._job
        if job is not None:
            # A job that does not listen is given seconds before it is killed; nobody waits for that.
            threading.Thread(target=job.cancel, name="cancel", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Wait until the job has ended and its folder is gone, as the window does when it closes."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _follow(self) -> None:
        last: JobReport = Failed("The job ended without a result; try again.")
        try:
            last = self._run()
        except StudioError as error:
            last = Failed(str(error))
        except (OSError, MemoryError) as error:
            last = Failed(f"The job could not run: {explain(error)}.")
        except Exception as error:  # a fault of ours: the sentence for the person, the traceback for the log
            traceback.print_exc()
            last = Failed(f"The job could not run, because of a fault in the studio: {explain(error)}.")
        finally:
            if isinstance(last, Failed) and self._unwanted.is_set():
                last = Cancelled()
            self._told(last)

    def _run(self) -> JobReport:
        if self._unwanted.is_set():
            return Cancelled()
        job = self._launch()
        with self._lock:
            self._job = job
            unwanted = self._unwanted.is_set()
        if unwanted:  # it was cancelled while it started
            job.cancel()
        return Finished(job.result(lambda *now: self._told(Progressed(*now)), self._read))
