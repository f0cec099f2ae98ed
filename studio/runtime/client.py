"""The client of the sampler service: starts it, asks it, and starts it again when it dies.

It imports no runtime, so that a window may use it.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from studio.core.errors import ModelError
from studio.core.manifest import Manifest
from studio.core.token_likelihood import TokenLikelihood, TokenQuestion
from studio.core.words import readable_size
from studio.runtime.frames import MAX_BYTES, read_frame, write_frame

__all__ = ["SamplerClient"]

# What an answer adds to the request that it repeats.
_ROOM_BYTES = 2**20


class SamplerClient:
    """A sampler service and the requests to it.

    Args:
        log: File for what the service's libraries print; None to drop it.
    """

    def __init__(self, log: Path | None = None) -> None:
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._ids = itertools.count(1)
        self._writing = threading.Lock()
        self._cancelled: set[int] = set()
        self._stopped = False

    @property
    def pid(self) -> int | None:
        """Process of the service, while it lives."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Start the service where it does not run yet; starting it early hides the time it takes."""
        if self.pid is not None:
            return
        self.close()
        output = open(self._log, "ab") if self._log is not None else subprocess.DEVNULL  # noqa: SIM115
        try:
            # A session of its own: Ctrl+C in the terminal reaches the client, which then cancels in order.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "studio.runtime"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                start_new_session=os.name != "nt",
            )
        finally:
            if not isinstance(output, int):
                output.close()

    def kill(self) -> None:
        """Kill the service, from any thread; what it works on is asked once more, unless it was cancelled."""
        process = self._process
        if process is not None:
            process.kill()

    def stop(self) -> None:
        """End for good and at once, from any thread; what is being worked on ends as cancelled."""
        self._stopped = True
        self.kill()

    def close(self) -> None:
        """End the service."""
        process, self._process = self._process, None
        if process is None:
            return
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    # The service is gone already.
                    continue
        try:
            process.wait(timeout=5.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> SamplerClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self, path: Path, provider: str = "auto") -> tuple[Manifest, str]:
        """Open a file; returns its manifest and the provider it got.

        Raises:
            ModelError: If it cannot be used.
        """
        for event in self._ask({"op": "open", "path": str(path), "provider": provider}):
            if event["event"] == "opened":
                return Manifest.model_validate(event["manifest"]), event["provider"]
        raise ModelError(f"{path} could not be opened.")

    def sample(
        self, path: Path, request: dict[str, Any], output: Path, provider: str = "auto"
    ) -> Iterator[dict[str, Any]]:
        """Ask for samples; they appear in the ``.npy`` file ``output``.

        Yields:
            ``{"event": "started", "id": n}``, then ``progress`` with done, total and provider, at the end ``done`` with
            provider, seconds and the whole request, or ``cancelled``. ``restarted`` says that the service died and that
            the samples come once more from the first.

        Raises:
            ModelError: If the request cannot be answered.
        """
        message = {"op": "sample", "path": str(path), "request": request, "output": str(output), "provider": provider}
        yield from self._ask(message)

    def score_tokens(self, path: Path, question: TokenQuestion, provider: str = "auto") -> list[TokenLikelihood]:
        """How likely each token of a text is, by a file of log p.

        Raises:
            ModelError: If the file cannot say it.
        """
        message = {"op": "score_tokens", "path": str(path), "question": question.model_dump(), "provider": provider}
        for event in self._ask(message):
            if event["event"] == "scored":
                return [TokenLikelihood.model_validate(token) for token in event["tokens"]]
        raise ModelError(f"{path} could not be asked.")

    def cancel(self, id: int) -> None:
        """Cancel a request, from any thread."""
        self._cancelled.add(id)
        self._send({"op": "cancel", "target": id})

    def _send(self, message: dict[str, Any]) -> bool:
        process = self._process
        if process is None or process.stdin is None:
            return False
        with self._writing:
            try:
                write_frame(cast("BinaryIO", process.stdin), message)
            except (BrokenPipeError, ValueError, OSError):
                return False
        return True

    @staticmethod
    def _read(process: subprocess.Popen[bytes]) -> dict[str, Any] | None:
        """The next event of a service; None at its end, which comes at once where what it says makes no sense.

        The two are out of step then, and all that follows would be misread: only a new service helps.
        """
        try:
            event = read_frame(cast("BinaryIO", process.stdout))
        except (ValueError, OSError):
            event = {}
        if event is not None and not isinstance(event.get("event"), str):
            process.kill()
            return None
        return event

    def _ask(self, message: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Send a request and yield its events; when the service dies in between it is asked once more."""
        try:
            size = len(json.dumps(message, allow_nan=False))
        except ValueError:
            raise ModelError("A request holds a number that is not finite; give every input a plain number.") from None
        if size > MAX_BYTES - _ROOM_BYTES:
            raise ModelError(
                f"The request has {readable_size(size)}, which is too much; ask for fewer samples at once."
            )
        id = next(self._ids)
        yield {"event": "started", "id": id}
        for attempt in (1, 2):
            if self._stopped:
                yield {"event": "cancelled"}
                return
            self.start()
            assert self._process is not None
            process = self._process
            alive = self._send({**message, "id": id})
            while alive:
                event = self._read(process)
                if event is None:
                    break
                if event.get("id") != id:
                    continue
                if event["event"] == "error":
                    raise ModelError(str(event.get("message", "The sampler failed and did not say why.")))
                yield event
                if event["event"] in ("opened", "scored", "done", "cancelled"):
                    return
            try:
                code = process.wait(timeout=5.0)
            except subprocess.TimeoutExpired:
                # It lives but does not read: as good as dead.
                process.kill()
                code = process.wait()
            if id in self._cancelled or self._stopped:
                yield {"event": "cancelled"}
                return
            if attempt == 1:
                yield {"event": "restarted"}
            if attempt == 2:
                raise ModelError(
                    f"The sampler service ended twice on this request (exit code {code}); "
                    "the model may need more memory than there is: ask for fewer samples or use another provider."
                )
