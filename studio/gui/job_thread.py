"""Follows a job of another process, such as an import or an export, and tells the window's thread of it."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any, cast

from PySide6.QtCore import QObject, Signal, Slot

from studio.core.errors import StudioError, explain
from studio.jobs.child import ChildJob

__all__ = ["JobThread"]

# A thread that ends must not be the last to hold its object: Qt's objects die on the window's thread.
_living: set[JobThread] = set()


class JobThread(QObject):
    """One job: it is started, followed and, where that is asked, cancelled without holding up the window.

    Exactly one of ``finished``, ``failed`` and ``cancelled`` comes, and comes last.

    Args:
        launch: Starts the job; called in the thread.
        read: Called in the thread with the job's last event while the job's folder is still there; what it returns
            is what ``finished`` carries.

    Signals:
        progressed: Stage, done, total; a total of 0 is not known yet.
        finished: The job's last event, a dict.
        failed: Why it failed, as one sentence.
        cancelled: It has ended because ``cancel`` was called.
    """

    progressed = Signal(str, int, int)
    finished = Signal(object)  # as a dict Qt would copy it into a sorted map
    failed = Signal(str)
    cancelled = Signal()
    _told = Signal(object)

    def __init__(
        self, launch: Callable[[], ChildJob], read: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None
    ) -> None:
        super().__init__()
        self._launch = launch
        self._read: Callable[[Mapping[str, Any]], dict[str, Any]] = read or dict
        self._lock = threading.Lock()
        self._job: ChildJob | None = None
        self._unwanted = False
        self._thread = threading.Thread(target=self._follow, name="job", daemon=True)
        self._told.connect(self._deliver)

    def start(self) -> None:
        """Start the job."""
        _living.add(self)
        self._thread.start()

    def cancel(self) -> None:
        """Ask the job to end; returns at once."""
        with self._lock:
            if self._unwanted:
                return
            self._unwanted = True
            job = self._job
        if job is not None:
            # A job that does not listen is given seconds before it is killed; the window does not wait for that.
            threading.Thread(target=job.cancel, name="cancel", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Wait until the job has ended and its folder is gone, as the window does when it closes."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _follow(self) -> None:
        last: tuple[str, Any] = ("failed", "The job ended without a result; try again.")
        try:
            last = self._run()
        except StudioError as error:
            last = ("failed", str(error))
        except (OSError, MemoryError) as error:
            last = ("failed", f"The job could not run: {explain(error)}.")
        except Exception as error:  # a fault of ours: the sentence for the person, the traceback for the log
            traceback.print_exc()
            last = ("failed", f"The job could not run, because of a fault in the studio: {explain(error)}.")
        finally:
            if last[0] == "failed" and self._unwanted:
                last = ("cancelled", None)
            self._told.emit(last)

    def _run(self) -> tuple[str, Any]:
        if self._unwanted:
            return "cancelled", None
        job = self._launch()
        with self._lock:
            self._job = job
            unwanted = self._unwanted
        if unwanted:  # it was cancelled while it started
            job.cancel()
        result: dict[str, Any] = {}
        for event in job.events():
            if event["event"] == "progress":
                self._told.emit(("progressed", (event["stage"], event["done"], event["total"])))
            elif event["event"] == "done":
                result = self._read(cast("Mapping[str, Any]", event))
        return "finished", result

    @Slot(object)
    def _deliver(self, told: tuple[str, Any]) -> None:
        kind, what = told
        if kind == "progressed":
            if not self._unwanted:
                self.progressed.emit(*what)
            return
        # The thread has only its last lines left, but until it has left them it holds this object too.
        self._thread.join()
        _living.discard(self)
        if kind == "finished":
            self.finished.emit(what)
        elif kind == "failed":
            self.failed.emit(what)
        else:
            self.cancelled.emit()
