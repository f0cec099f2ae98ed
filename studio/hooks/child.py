"""Asks the processes that import plugin code, and survives whatever a plugin does to them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO, Any

from studio.core.errors import PluginError

__all__ = ["MOST_BYTES", "ask"]

TIMEOUT_S = 15.0
MOST_BYTES = 4 * 2**20
_LAST_BYTES = 4096
_CHUNK = 64 * 1024


class _Reader(threading.Thread):
    """Reads a pipe to its end and keeps little of it: the first bytes of an answer, the last of an outcry."""

    def __init__(self, stream: IO[bytes], most: int, process: subprocess.Popen[bytes] | None = None) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self._most = most
        self._process = process
        self.kept = b""
        self.start()

    def run(self) -> None:
        """Read to the end; an answer that is too long ends its process."""
        with suppress(OSError, ValueError):
            while chunk := os.read(self._stream.fileno(), _CHUNK):
                if self._process is None:
                    self.kept = (self.kept + chunk)[-self._most :]
                elif len(self.kept) <= self._most:
                    self.kept += chunk
                else:
                    self._process.kill()


def ask(arguments: list[str], text: str = "", timeout_s: float | None = None) -> Any:
    """Ask ``python -m studio.hooks`` and return its answer.

    The answer comes over a descriptor that is closed to whatever the plugin prints, at exit too. Whatever it started
    is ended with it.

    Args:
        arguments: Its arguments.
        text: What it reads on stdin.
        timeout_s: How long it may take; None for the usual.

    Raises:
        PluginError: If it hangs, dies, or answers with more than ``MOST_BYTES``, which a plugin can make it do.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "studio.hooks", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    answer, outcry = _Reader(process.stdout, MOST_BYTES, process), _Reader(process.stderr, _LAST_BYTES)
    try:
        with suppress(OSError):
            process.stdin.write(text.encode())
            process.stdin.close()
        process.wait(timeout_s or TIMEOUT_S)
    except subprocess.TimeoutExpired:
        seconds = f"{timeout_s or TIMEOUT_S:g}"
        raise PluginError(f"It does not return: its import and its declaration take more than {seconds} s.") from None
    finally:
        _end(process)
        answer.join(1.0)
        outcry.join(1.0)
        for stream in (process.stdin, process.stdout, process.stderr):
            with suppress(OSError):
                stream.close()
    if len(answer.kept) > MOST_BYTES:
        raise PluginError(f"It declares more than {MOST_BYTES // 2**20} MB.")
    try:
        return json.loads(answer.kept)
    except ValueError:
        last = outcry.kept.decode("utf-8", "replace").strip().splitlines()[-1:]
        why = last[0] if last and process.returncode >= 0 else _how_it_ended(process.returncode)
        raise PluginError(f"It ends the process that imports it ({why}).") from None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with everything that it started in its session."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _how_it_ended(code: int) -> str:
    if code < 0:
        with suppress(ValueError):
            return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"
