"""The decoder processes: forked, limited, and replaced when a file takes one down.

Each worker notes in shared memory which file it is at, so that a crash or a hang costs that one file and the rest of
its chunk is done again. Answers come back as JSON and raw bytes, never as pickles: a worker that a hostile file took
over must not reach the process that writes.
"""

from __future__ import annotations

import json
import mmap
import os
import signal
import time
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from studio.core.device import count_cpu_cores
from studio.core.errors import DataError
from studio.data import worker

__all__ = ["Answer", "Chunk", "DecoderPool", "FilePlan"]

_WINDOW = 4  # chunks in flight or waiting for their turn, for each worker
_MOST_FAILURES = 3


class FilePlan(Protocol):
    """How a file becomes an item."""

    @property
    def item_bytes(self) -> int:
        """Bytes of one item."""

    def fields(self) -> list[Any]:
        """What the decoder is told, fit for JSON."""


@dataclass
class Chunk:
    """Some files that one worker does in one go.

    Attributes:
        indices: Number of each file in the import.
        names: Name of each file.
        payloads: Path or content of each file.
        refused: Reasons already known, by position.
        failures: How often a worker ended over it without naming a file.
    """

    indices: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    payloads: list[str | bytes] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    failures: int = 0


@dataclass
class Answer:
    """What a worker made of a chunk.

    Attributes:
        indices: Number of each file in the import.
        results: For each file the reason of a refusal, or what a probe found, or None.
        items: The decoded items one after another, without the refused files.
    """

    indices: list[int]
    results: list[Any]
    items: bytes


class _Child:
    """The parent's side of one worker."""

    def __init__(self, others: Iterable[_Child], modality: str) -> None:
        self.position = mmap.mmap(-1, mmap.PAGESIZE)
        self.connection, theirs = get_context("fork").Pipe()
        inherited: list[Connection[Any, Any]] = [self.connection, *(other.connection for other in others)]
        self.process = get_context("fork").Process(
            target=worker.serve, args=(theirs, self.position, inherited, os.getpid(), modality), daemon=True
        )
        with warnings.catch_warnings():
            # Python 3.12 warns of any thread at a fork; those of NumPy's linear algebra are never used in a worker.
            warnings.simplefilter("ignore", DeprecationWarning)
            # A cancel waits until the fork is over: Python drops what a handler raises in the callbacks of a fork.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, worker.CANCELS)
            try:
                self.process.start()
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        self.chunk: Chunk | None = None
        self.number = -1

    def send(self, number: int, chunk: Chunk, plan: FilePlan | None) -> None:
        self.number, self.chunk = number, chunk
        worker.write_position(self.position, worker.IDLE)
        head = {
            "plan": None if plan is None else plan.fields(),
            "names": chunk.names,
            "refused": sorted(chunk.refused),
            "payloads": [each if isinstance(each, str) else len(each) for each in chunk.payloads],
        }
        self.connection.send_bytes(json.dumps(head).encode())
        self.connection.send_bytes(b"".join(each for each in chunk.payloads if isinstance(each, bytes)))

    def receive(self, plan: FilePlan | None) -> Answer:
        assert self.chunk is not None
        count = len(self.chunk.indices)
        # The lengths are capped, so that a worker gone wrong cannot fill this process's memory.
        results = json.loads(self.connection.recv_bytes(4096 * (count + 1)))
        items = self.connection.recv_bytes(count * plan.item_bytes if plan else 0)
        good = sum(not isinstance(each, str) for each in results)
        if len(results) != count or (plan is not None and len(items) != good * plan.item_bytes):
            raise EOFError
        for position, reason in self.chunk.refused.items():
            results[position] = reason
        return Answer(self.chunk.indices, results, items)

    def end(self) -> int:
        """Make sure it is gone; returns its exit status, negative for a signal."""
        self.connection.close()
        if self.process.is_alive():
            self.process.join(0.05)
            self.process.kill()
        self.process.join()
        status = self.process.exitcode or 0
        self.process.close()
        return status


class DecoderPool:
    """Decoder processes behind one iterator.

    Args:
        modality: Modality of the files.
        workers: Number of processes; None for one a core, at most 8.
    """

    def __init__(self, modality: str, workers: int | None = None) -> None:
        self._modality = modality
        self._children: list[_Child] = []
        for _ in range(workers or min(8, count_cpu_cores())):
            self._children.append(_Child(self._children, self._modality))

    def __enter__(self) -> DecoderPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every worker at once."""
        children, self._children = self._children, []
        for child in children:
            child.process.kill()
        for child in children:
            child.end()

    def run(self, chunks: Iterable[Chunk], plan: FilePlan | None) -> Iterator[Answer]:
        """Do every chunk and give the answers in the order of the chunks.

        Args:
            chunks: Read lazily, a few for each worker ahead of the answers.
            plan: Shape of the items; None to read headers only.

        Raises:
            DataError: If the workers end again and again over no file in particular.
        """
        source = enumerate(chunks)
        again: deque[tuple[int, Chunk]] = deque()
        ready: dict[int, Answer] = {}
        turn, handed, exhausted = 0, 0, False
        while True:
            for child in self._children:
                if child.chunk is None and (again or (not exhausted and handed < turn + _WINDOW * len(self._children))):
                    job = again.popleft() if again else next(source, None)
                    if job is None:
                        exhausted = True
                        break
                    handed = max(handed, job[0] + 1)
                    with suppress(OSError):  # it died while idle; its end shows below
                        child.send(*job, plan)
            while turn in ready:
                yield ready.pop(turn)
                turn += 1
            busy = {child.connection: child for child in self._children if child.chunk is not None}
            if not busy and exhausted and not again and not ready:
                return
            for connection in wait(list(busy), timeout=1.0):
                child = busy[connection]  # type: ignore[index]
                try:
                    ready[child.number] = child.receive(plan)
                    child.chunk = None
                except (OSError, EOFError, ValueError):
                    again.append(self._replace_dead_worker(child))

    def _replace_dead_worker(self, child: _Child) -> tuple[int, Chunk]:
        """Replace a dead worker; returns its chunk with the guilty file marked."""
        chunk = child.chunk
        assert chunk is not None
        position = worker.read_position(child.position)
        slot = self._children.index(child)
        del self._children[slot]
        status = child.end()
        if 0 <= position < len(chunk.indices):
            slow = status == -signal.SIGALRM
            chunk.refused[position] = (
                f"decoding it took longer than {worker.TIMEOUT_S:g} s" if slow else "the decoder crashed on it"
            )
        else:
            chunk.failures += 1
            if chunk.failures > _MOST_FAILURES:
                raise DataError("The decoders keep ending for no reason of a file; close other programs and try again.")
            time.sleep(0.1)
        self._children.insert(slot, _Child(self._children, self._modality))
        return child.number, chunk
