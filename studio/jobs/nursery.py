"""Starts several processes that need the same libraries: they are imported once, and each process is a fork of that.

torch takes seconds to import, for each trainer anew; where several start together, that is what a person waits for.
The process that forks is ``python -m studio.jobs.forking``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from studio.jobs.process import trainer_environment
from studio.store.inside import open_append

__all__ = ["Nursery", "NurseryChild", "can_fork"]

_PATIENCE_S = 2.0


def can_fork() -> bool:
    """Whether a process can be forked here whose libraries are imported already; those of macOS do not bear it."""
    return sys.platform == "linux"


class NurseryChild:
    """A process that a nursery was asked for.

    Attributes:
        returncode: Its exit code, negative for a signal; None while it is at work.
    """

    def __init__(self, nursery: Nursery, number: int) -> None:
        self._nursery = nursery
        self._number = number
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Look whether it has ended; returns its exit code, None while it is at work or nobody can tell."""
        if self.returncode is None:
            self.returncode = self._nursery.code_of(self._number)
        return self.returncode


class Nursery:
    """A process that imports some libraries and forks others that need them.

    Args:
        workspace: Folder of the workspace that it serves, by which people tell it from others.
        libraries: Modules to import before the first fork.
        log: File for what it has to say itself.

    Raises:
        OSError: If it cannot be started.
    """

    def __init__(self, workspace: Path, libraries: Sequence[str], log: Path) -> None:
        self._codes: dict[int, int] = {}
        self._asked = 0
        self._rest = b""
        with open(open_append(log), "ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "studio.jobs.forking", str(workspace), *libraries],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                env=trainer_environment(),
                bufsize=0,
            )
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)

    @property
    def alive(self) -> bool:
        """Whether it can be asked; of children of one that has ended nobody can tell how they end."""
        return self._process.poll() is None

    def start(
        self, module: str, arguments: Sequence[str], output: Path, environment: Mapping[str, str]
    ) -> NurseryChild:
        """Ask for ``python -m MODULE`` in a session of its own, from a fork.

        Args:
            module: Module to run.
            arguments: Its arguments.
            output: File that its output is appended to.
            environment: Its environment.

        Raises:
            ForeignEntryError: If a link stands where the output belongs.
            OSError: If the nursery has ended.
        """
        os.close(open_append(output))
        self._asked += 1
        asked = {
            "number": self._asked,
            "module": module,
            "arguments": list(arguments),
            "output": str(output),
            "environment": dict(environment),
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        return NurseryChild(self, self._asked)

    def code_of(self, number: int) -> int | None:
        """Exit code of a child; None where it is not known."""
        assert self._process.stdout is not None
        with suppress(BlockingIOError):
            while data := os.read(self._process.stdout.fileno(), 65536):
                *lines, self._rest = (self._rest + data).split(b"\n")
                self._codes.update({said["number"]: said["code"] for said in map(json.loads, lines)})
        return self._codes.get(number)

    def close(self) -> None:
        """End it; its children go on."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            # It is still importing, and has no child yet that could be waiting.
            self._process.kill()
            self._process.wait()
