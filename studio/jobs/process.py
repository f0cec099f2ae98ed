"""Starts processes of the studio by module name, detached: they outlive whoever starts them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from studio.store.inside import open_append

__all__ = ["start_detached", "trainer_environment"]


def trainer_environment() -> dict[str, str]:
    """The environment of a process that computes on the CPU.

    Threads of GNU OpenMP spin while they wait for one another. By default they do so for seconds, which takes the cores
    from other programs and from their own partners there; so they soon sleep (``tests/benchmarks/threads.py``).

    glibc gives freed memory back to the system at once, and a training asks for it again every step; keeping it makes
    the steps of a small U-Net up to 1.6 times as fast (measured, two threads).
    """
    environment = dict(os.environ)
    environment.setdefault("GOMP_SPINCOUNT", "10000")
    environment.setdefault("MALLOC_TRIM_THRESHOLD_", str(2**32))
    environment.setdefault("MALLOC_MMAP_THRESHOLD_", str(2**32))
    return environment


def start_detached(
    module: str,
    arguments: Sequence[str],
    output: Path | None,
    errors: Path | None = None,
    environment: dict[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start ``python -m MODULE`` in a session of its own.

    Args:
        module: Module to run.
        arguments: Its arguments.
        output: File that its output is appended to, never a pipe, which would end with whoever reads it; None where
            nobody is to read it.
        errors: File for its error output; None for the same.
        environment: Its environment; None for ours.

    Raises:
        ForeignEntryError: If a link stands where one of the files belongs.
        OSError: If it cannot be started.
    """
    with ExitStack() as files:
        out, err = (
            subprocess.DEVNULL if path is None else files.enter_context(open(open_append(path), "ab"))
            for path in (output, errors or output)
        )
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
            env=environment,
        )
