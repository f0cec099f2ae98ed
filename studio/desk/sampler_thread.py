"""The thread that speaks with the sampler service, so that the window never waits for it.

One request is worked on at a time and the last one wins: a newer request for samples cancels the one before it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.core.errors import StudioError, explain
from studio.core.manifest import Manifest
from studio.core.request import SampleRequest
from studio.core.token_likelihood import TokenLikelihood, TokenQuestion
from studio.desk.job import Cancelled, Failed, Finished
from studio.runtime.client import SamplerClient

__all__ = [
    "Opened",
    "Restarted",
    "SamplerEvent",
    "SamplerThread",
    "SamplesCame",
    "ServiceRequest",
    "Tell",
    "TokensScored",
]

_PATIENCE_S = 5.0


@dataclass(frozen=True)
class Opened:
    """The file can be sampled: what it says of itself, and what computes it."""

    manifest: Manifest
    provider: str


@dataclass(frozen=True)
class SamplesCame:
    """Samples that are there, those that are wanted, and what computes them."""

    done: int
    total: int
    provider: str


@dataclass(frozen=True)
class Restarted:
    """The service died and was started again; the samples come once more."""


@dataclass(frozen=True)
class TokensScored:
    """How likely each token of a text was."""

    tokens: list[TokenLikelihood]


SamplerEvent = Opened | SamplesCame | Restarted | TokensScored | Finished | Cancelled | Failed
Tell = Callable[[SamplerEvent], None]


@dataclass(eq=False)
class ServiceRequest:
    """One request to the service, made by ``SamplerThread``.

    Attributes:
        thread: Works on it.
        path: The file.
        tell: Told what happens, from any thread.
        request: The samples that are wanted, or the text whose tokens are; None to open the file only.
        output: Where they go.
        early: It is opened only so that it is open when it is sampled.
    """

    thread: SamplerThread
    path: Path
    tell: Tell
    request: SampleRequest | TokenQuestion | None = None
    output: Path = Path()
    early: bool = False
    id: int = 0
    unwanted: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        """Cancel it; returns at once."""
        self.thread.cancel(self)


class SamplerThread:
    """The sampler service behind a thread of its own.

    Exactly one of Opened, TokensScored, Finished, Cancelled and Failed is told of every request, and told last.

    Args:
        log: File for what the service's libraries print; None to drop it.
    """

    def __init__(self, log: Path | None = None) -> None:
        self._client = SamplerClient(log)
        self._turn = threading.Condition()
        self._waiting: list[ServiceRequest] = []
        self._current: ServiceRequest | None = None
        self._closed = False
        self._warm = False
        self._thread = threading.Thread(target=self._work, name="sampler", daemon=True)

    @property
    def pid(self) -> int | None:
        """Process of the service, while it lives."""
        return self._client.pid

    def start(self) -> None:
        """Start the service early, so that the first request finds it warm; may be called again."""
        with self._turn:
            if self._thread.ident is None and not self._closed:
                self._thread.start()
            self._warm = True
            self._turn.notify()

    def open(self, path: Path, tell: Tell, early: bool = False) -> ServiceRequest:
        """Open a file.

        Args:
            path: The file.
            tell: Told what happens, from any thread.
            early: Only so that it is open when it is sampled; a newer such request replaces it.
        """
        return self._put(ServiceRequest(self, path, tell, early=early))

    def sample(self, path: Path, request: SampleRequest, output: Path, tell: Tell) -> ServiceRequest:
        """Draw samples into a ``.npy`` file; cancels the request for samples before it."""
        return self._put(ServiceRequest(self, path, tell, request, output))

    def score_tokens(self, path: Path, question: TokenQuestion, tell: Tell) -> ServiceRequest:
        """Ask a file of log p how likely each token of a text is; a newer question replaces one that waits."""
        return self._put(ServiceRequest(self, path, tell, question))

    def cancel(self, request: ServiceRequest) -> None:
        """Cancel a request; returns at once."""
        with self._turn:
            if request in self._waiting:
                self._drop(request)
            elif self._current is request:
                self._end(request)

    def close(self) -> None:
        """End the thread and the service; what is being worked on ends as cancelled."""
        with self._turn:
            self._closed = True
            for request in list(self._waiting):
                self._drop(request)
            self._turn.notify()
        self._client.stop()
        if self._thread.ident is not None:
            self._thread.join(_PATIENCE_S)

    def _put(self, request: ServiceRequest) -> ServiceRequest:
        drawn = isinstance(request.request, SampleRequest)
        with self._turn:
            for other in list(self._waiting):
                alike = request.request is not None and type(other.request) is type(request.request)
                if (other.early and request.early) or alike:
                    self._drop(other)
            if drawn and self._current is not None and isinstance(self._current.request, SampleRequest):
                self._end(self._current)
            self._waiting.append(request)
            self._turn.notify()
        self.start()
        return request

    def _drop(self, request: ServiceRequest) -> None:
        self._waiting.remove(request)
        request.tell(Cancelled())

    def _end(self, request: ServiceRequest) -> None:
        """Cancel what is being worked on; a service that does not obey is killed."""
        if request.unwanted:
            return
        request.unwanted = True

        def insist() -> None:
            if request.id:
                self._client.cancel(request.id)
            if not request.ended.wait(_PATIENCE_S):
                self._client.kill()

        # Even the message may have to wait, where the service is stopped.
        threading.Thread(target=insist, name="cancel", daemon=True).start()

    def _work(self) -> None:
        while not self._closed:
            with self._turn:
                while not (self._waiting or self._warm or self._closed):
                    self._turn.wait()
                warm, self._warm = self._warm, False
                request = self._current = self._waiting.pop(0) if self._waiting and not self._closed else None
            try:
                if request is not None:
                    self._answer(request)
                elif warm and not self._closed:
                    self._client.start()
            except StudioError as error:
                self._fail(request, str(error))
            except OSError as error:
                self._fail(request, f"The sampler service cannot be used: {explain(error)}.")
            except Exception as error:
                threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
                self._fail(request, f"The sampler service cannot be used: {explain(error)}.")
            finally:
                if request is not None:
                    request.ended.set()
                with self._turn:
                    self._current = None
        self._client.close()

    def _answer(self, request: ServiceRequest) -> None:
        if request.request is None:
            request.tell(Opened(*self._client.open(request.path)))
            return
        if isinstance(request.request, TokenQuestion):
            request.tell(TokensScored(self._client.score_tokens(request.path, request.request)))
            return
        wanted: dict[str, Any] = request.request.model_dump(mode="json")
        for event in self._client.sample(request.path, wanted, request.output):
            kind = event["event"]
            if kind == "started":
                with self._turn:
                    request.id = event["id"]
                    if request.unwanted:
                        break
            elif kind == "progress":
                request.tell(SamplesCame(event["done"], event["total"], event["provider"]))
            elif kind == "restarted":
                request.tell(Restarted())
            elif kind == "done":
                request.tell(Finished(event))
                return
        request.tell(Cancelled())

    @staticmethod
    def _fail(request: ServiceRequest | None, text: str) -> None:
        if request is not None:
            request.tell(Cancelled() if request.unwanted else Failed(text))
