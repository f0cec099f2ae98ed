"""The thread that speaks with the sampler service, so that the window never waits for it.

One request is worked on at a time and the last one wins: a newer request cancels the one before it. Every request has
a number, and every signal carries the number of the request it belongs to.
"""

from __future__ import annotations

import itertools
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, Signal, Slot

from studio.core.errors import StudioError, explain
from studio.core.request import SampleRequest
from studio.runtime.client import SamplerClient

__all__ = ["SamplerThread"]

_PATIENCE_S = 5.0
# A thread that ends must not be the last to hold its object: Qt's objects die on the window's thread.
_living: set[SamplerThread] = set()


@dataclass(eq=False)
class _Job:
    number: int
    path: Path
    request: SampleRequest | None = None
    output: Path | None = None
    early: bool = False
    id: int = 0
    unwanted: bool = False
    ended: threading.Event = field(default_factory=threading.Event)


class SamplerThread(QObject):
    """The sampler service behind a thread of its own.

    Exactly one of ``opened``, ``finished``, ``cancelled`` and ``failed`` comes for every request, and comes last.

    Args:
        log: File for what the service's libraries print; None to drop it.
        parent: Its parent.

    Signals:
        opened: Number, path, manifest, provider: the file can be sampled.
        progressed: Number, samples there, samples in all, provider.
        restarted: Number: the service died and was started again; its samples come once more.
        finished: Number, the service's last event: provider, seconds, the whole request.
        cancelled: Number: it was cancelled, by hand or by a newer request.
        failed: Number, why, as one sentence.
    """

    opened = Signal(int, object, object, str)
    progressed = Signal(int, int, int, str)
    restarted = Signal(int)
    finished = Signal(int, dict)
    cancelled = Signal(int)
    failed = Signal(int, str)
    _told = Signal(object)

    def __init__(self, log: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = SamplerClient(log)
        self._numbers = itertools.count(1)
        self._turn = threading.Condition()
        self._waiting: list[_Job] = []
        self._current: _Job | None = None
        self._closed = False
        self._warm = False
        self._told.connect(self._deliver)
        self._thread = threading.Thread(target=self._work, name="sampler", daemon=True)

    @property
    def pid(self) -> int | None:
        """Process of the service, while it lives."""
        return self._client.pid

    def start(self) -> None:
        """Start the service early, so that the first request finds it warm; may be called again."""
        with self._turn:
            if self._thread.ident is None and not self._closed:
                _living.add(self)
                self._thread.start()
            self._warm = True
            self._turn.notify()

    def open(self, path: Path, early: bool = False) -> int:
        """Open a file. Returns the request's number.

        Args:
            path: The file.
            early: Only so that it is open when it is sampled; a newer such request replaces it.
        """
        return self._put(_Job(next(self._numbers), path, early=early))

    def sample(self, path: Path, request: SampleRequest, output: Path) -> int:
        """Draw samples into a ``.npy`` file; cancels the request before it. Returns the request's number."""
        return self._put(_Job(next(self._numbers), path, request, output))

    def cancel(self, number: int) -> None:
        """Cancel a request; returns at once."""
        with self._turn:
            for job in self._waiting:
                if job.number == number:
                    self._drop(job)
                    return
            if self._current is not None and self._current.number == number:
                self._end(self._current)

    def close(self) -> None:
        """End the thread and the service; what is being worked on ends as cancelled."""
        with self._turn:
            self._closed = True
            for job in list(self._waiting):
                self._drop(job)
            self._turn.notify()
        self._client.stop()
        if self._thread.ident is not None:
            self._thread.join(_PATIENCE_S)
        if not self._thread.is_alive():
            _living.discard(self)

    def _put(self, job: _Job) -> int:
        with self._turn:
            for other in list(self._waiting):
                if (other.early and job.early) or (other.request is not None and job.request is not None):
                    self._drop(other)
            if job.request is not None and self._current is not None and self._current.request is not None:
                self._end(self._current)
            self._waiting.append(job)
            self._turn.notify()
        self.start()
        return job.number

    def _drop(self, job: _Job) -> None:
        self._waiting.remove(job)
        self._tell("cancelled", job.number)

    def _end(self, job: _Job) -> None:
        """Cancel what is being worked on; a service that does not obey is killed."""
        if job.unwanted:
            return
        job.unwanted = True

        def insist() -> None:
            if job.id:
                self._client.cancel(job.id)
            if not job.ended.wait(_PATIENCE_S):
                self._client.kill()

        # Even the message may have to wait, where the service is stopped.
        threading.Thread(target=insist, name="cancel", daemon=True).start()

    def _work(self) -> None:
        while not self._closed:
            with self._turn:
                while not (self._waiting or self._warm or self._closed):
                    self._turn.wait()
                warm, self._warm = self._warm, False
                job = self._current = self._waiting.pop(0) if self._waiting and not self._closed else None
            try:
                if job is not None:
                    self._answer(job)
                elif warm and not self._closed:
                    self._client.start()
            except StudioError as error:
                self._tell_end(job, "failed", str(error))
            except OSError as error:
                self._tell_end(job, "failed", f"The sampler service cannot be used: {explain(error)}.")
            except Exception as error:
                threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
                self._tell_end(job, "failed", f"The sampler service cannot be used: {explain(error)}.")
            finally:
                if job is not None:
                    job.ended.set()
                with self._turn:
                    self._current = None
        self._client.close()

    def _answer(self, job: _Job) -> None:
        if job.request is None:
            manifest, provider = self._client.open(job.path)
            self._tell("opened", job.number, job.path, manifest, provider)
            return
        request = job.request.model_dump(mode="json")
        for event in self._client.sample(job.path, request, job.output or Path()):
            kind = event["event"]
            if kind == "started":
                with self._turn:
                    job.id = event["id"]
                    if job.unwanted:
                        break
            elif kind == "progress":
                self._tell("progressed", job.number, event["done"], event["total"], event["provider"])
            elif kind == "restarted":
                self._tell("restarted", job.number)
            elif kind == "done":
                self._tell("finished", job.number, event)
                return
        self._tell("cancelled", job.number)

    def _tell_end(self, job: _Job | None, name: str, text: str) -> None:
        if job is not None:
            self._tell("cancelled", job.number) if job.unwanted else self._tell(name, job.number, text)

    def _tell(self, name: str, *values: Any) -> None:
        if shiboken6.isValid(self):
            self._told.emit((name, values))

    @Slot(object)
    def _deliver(self, message: tuple[str, tuple[Any, ...]]) -> None:
        name, values = message
        getattr(self, name).emit(*values)
