"""The process that forks for a nursery: ``python -m studio.jobs.forking WORKSPACE LIBRARY...``.

A request is a line of JSON on its input, and the exit code of what was forked a line on its output. What it forks is
detached like any other process and outlives it; it ends with whoever started it.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import select
import signal
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from studio.store.inside import open_append

__all__ = ["main"]

_FAILED = 1


def _become(asked: Mapping[str, Any]) -> int:
    """Become the process that was asked for, in the fork; returns its exit code."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    output = open_append(Path(asked["output"]))
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = [asked["module"], *asked["arguments"]]
    try:
        runpy.run_module(asked["module"], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return _FAILED
    except BaseException:
        traceback.print_exc()
        return _FAILED
    return 0


class _Forks:
    """The process that forks: its children, and what is said of them."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._woken, write = os.pipe()
        for end in (self._woken, write):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Do what is asked until nobody asks any more."""
        rest = b""
        while True:
            ready, _, _ = select.select([0, self._woken], [], [])
            if self._woken in ready:
                with suppress(BlockingIOError):
                    os.read(self._woken, 4096)
                self._tell_ends()
            if 0 in ready:
                data = os.read(0, 65536)
                if not data:
                    return
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._fork(json.loads(line))

    def _fork(self, asked: Mapping[str, Any]) -> None:
        child = os.fork()
        if child:
            self._numbers[child] = asked["number"]
            return
        code = _FAILED
        try:
            code = _become(asked)
        finally:
            # Not by an exception: what called this belongs to the process that was forked.
            with suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code & 0xFF)

    def _tell_ends(self) -> None:
        with suppress(ChildProcessError):
            while True:
                child, status = os.waitpid(-1, os.WNOHANG)
                if not child:
                    return
                said = {"number": self._numbers.pop(child, 0), "code": os.waitstatus_to_exitcode(status)}
                with suppress(BrokenPipeError):
                    os.write(1, json.dumps(said).encode() + b"\n")


def main() -> int:
    """Import the libraries, then fork what is asked for."""
    for name in sys.argv[2:]:
        importlib.import_module(name)
    _Forks().serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
