"""The sampler service: opens files, answers requests one after another, obeys cancel at once.

Messages of the client: ``open``, ``sample``, ``score_tokens`` and ``cancel``, each with an ``id``, which its answers
carry. Samples are written into a ``.npy`` file that the client names; after each micro-batch a message says how many
rows are there.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from pydantic import ValidationError

from studio.core.errors import ModelError, StudioError, explain, explain_value
from studio.core.request import SampleRequest
from studio.core.token_likelihood import TokenQuestion
from studio.runtime.frames import read_frame, write_frame
from studio.runtime.model import OnnxModel
from studio.runtime.sampling import Cancelled, Sampling
from studio.runtime.token_likelihood import token_likelihoods

__all__ = ["SamplerServer"]

_KEPT_MODELS = 4


def _reserve(path: str) -> None:
    """Take the file's room on the disk now: a full disk is then an error here, not the end of the process later."""
    if hasattr(os, "posix_fallocate"):
        with open(path, "r+b") as file:
            os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size)


class SamplerServer:
    """Serves one client over two streams until the first ends.

    Args:
        reading: Where the client's messages come from.
        writing: Where the answers go.
    """

    def __init__(self, reading: BinaryIO, writing: BinaryIO) -> None:
        self._reading = reading
        self._writing = writing
        self._lock = threading.Lock()
        self._requests: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._models: dict[tuple[str, int, int, str], OnnxModel] = {}
        self._current: tuple[int, Sampling] | None = None
        self._cancelled: set[int] = set()

    def serve(self) -> None:
        """Answer until the client closes its end."""
        worker = threading.Thread(target=self._work, name="sampling", daemon=True)
        worker.start()
        while (message := read_frame(self._reading)) is not None:
            if message.get("op") == "cancel":
                self._cancel(int(message["target"]))
            else:
                self._requests.put(message)
        if self._current is not None:
            self._current[1].cancel()
        self._requests.put(None)
        worker.join(timeout=5.0)

    def _cancel(self, target: int) -> None:
        with self._lock:
            self._cancelled.add(target)
            if self._current is not None and self._current[0] == target:
                self._current[1].cancel()

    def _say(self, id: int, event: str, **values: Any) -> None:
        with self._lock:
            try:
                write_frame(self._writing, {"id": id, "event": event, **values})
            except BrokenPipeError:
                # The client is gone; the end of its stream ends the service.
                return

    def _work(self) -> None:
        while (message := self._requests.get()) is not None:
            id = int(message.get("id", 0))
            try:
                if message.get("op") == "open":
                    model = self._open(message)
                    manifest = model.manifest.model_dump(mode="json")
                    self._say(id, "opened", manifest=manifest, provider=model.provider)
                elif message.get("op") == "sample":
                    self._sample(id, message)
                elif message.get("op") == "score_tokens":
                    found = token_likelihoods(self._open(message), TokenQuestion.model_validate(message["question"]))
                    self._say(id, "scored", tokens=[token.model_dump(mode="json") for token in found])
                else:
                    raise StudioError(f"the sampler service knows no request '{message.get('op')}'")
            except Cancelled:
                self._say(id, "cancelled")
            except ValidationError as error:
                first = error.errors()[0]
                name = ".".join(str(part) for part in first["loc"])
                self._say(id, "error", message=f"{name} = {explain_value(repr(first['input']), first['msg'])}.")
            except Exception as error:
                self._say(id, "error", message=explain(error))

    def _open(self, message: dict[str, Any]) -> OnnxModel:
        path, provider = Path(message["path"]), str(message.get("provider", "auto"))
        try:
            stat = path.stat()
        except OSError as error:
            raise ModelError(f"{path} cannot be read: {error.strerror}.") from None
        key = (str(path), stat.st_mtime_ns, stat.st_size, provider)
        if key not in self._models:
            while len(self._models) >= _KEPT_MODELS:
                self._models.pop(next(iter(self._models)))
            self._models[key] = OnnxModel(path, provider)
        return self._models[key]

    def _sample(self, id: int, message: dict[str, Any]) -> None:
        model = self._open(message)
        sampling = Sampling(model, SampleRequest.model_validate(message["request"]))
        with self._lock:
            if id in self._cancelled:
                raise Cancelled
            self._current = (id, sampling)
        begun = time.perf_counter()
        rows: np.memmap[Any, Any] | None = None
        total = sampling.request.count

        def deliver(first: int, samples: np.ndarray[Any, Any]) -> None:
            nonlocal rows
            if rows is None:
                shape = (total, *samples.shape[1:])
                rows = np.lib.format.open_memmap(message["output"], "w+", samples.dtype, shape)
                _reserve(message["output"])
            rows[first : first + len(samples)] = samples
            rows.flush()
            self._say(id, "progress", done=first + len(samples), total=total, provider=model.provider)

        try:
            sampling.run(deliver)
        finally:
            with self._lock:
                self._current = None
        seconds = time.perf_counter() - begun
        self._say(
            id, "done", provider=model.provider, seconds=seconds, request=sampling.request.model_dump(mode="json")
        )
