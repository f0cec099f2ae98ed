"""Says how a trainer's process ended when it could not say so itself, and ends one by force."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil

from studio.core.errors import StudioError
from studio.store.lock import is_locked
from studio.store.run import RunState, RunStatus, read_raw_status, write_status

__all__ = ["describe_end", "end_trainer", "record_end", "trainer_process"]

# What a supervisor takes at most from reading a status to writing it.
_SETTLED_S = 0.5
# Signals of faults in compiled code; the others come from outside.
_FAULTS = ("SIGSEGV", "SIGBUS", "SIGABRT", "SIGFPE", "SIGILL", "SIGTRAP", "SIGSYS")


def describe_end(code: int, step: int, log: Path) -> tuple[RunState, str]:
    """The state that a trainer's exit leaves its run in, and one sentence on it.

    Args:
        code: Exit code of the process; negative for a signal.
        step: Step at which it was last seen.
        log: The run's log.
    """
    name = signal.Signals(-code).name if code < 0 and -code in {int(entry) for entry in signal.Signals} else ""
    if name in _FAULTS:
        why = f"crashed at step {step:,} ({name}) in compiled code of the family or of a library"
        return "failed", f"The trainer {why}; {log} says where."
    if name == "SIGKILL":
        return "interrupted", (
            f"The trainer was killed at step {step:,}, most likely because memory ran out: close other programs or "
            "lower train.batch_size, then resume it."
        )
    if code < 0:
        return (
            "interrupted",
            f"The trainer was ended from outside at step {step:,} ({name or f'signal {-code}'}); resume it.",
        )
    return "failed", (
        f"The trainer's process left at step {step:,} with exit code {code} and said nothing, as by os._exit; {log} "
        "holds what it printed."
    )


def record_end(folder: Path, code: int) -> None:
    """Write down how a trainer ended whose status says that it runs."""
    status = read_raw_status(folder)
    if status is None or status.state != "running":
        return
    status.state, status.message = describe_end(code, status.step, folder / "log.txt")
    status.steps_per_second, status.pid = 0.0, 0
    write_status(folder, status)


def trainer_process(folder: Path) -> psutil.Process | None:
    """The running trainer of a run; None where there is none, or where the number that it left is another program's."""
    if not is_locked(folder / "lock"):
        return None
    status = read_raw_status(folder)
    with suppress(psutil.Error):
        process = psutil.Process(status.pid if status is not None else 0)
        # python -m MODULE WORKSPACE RUN; one that was forked has the words of the nursery, and the run's lock open.
        if process.cmdline()[-1:] == [folder.name] or _holds(process, folder / "lock"):
            return process
    return None


def _holds(process: psutil.Process, lock: Path) -> bool:
    return any(os.path.realpath(lock) == file.path for file in process.open_files())


def end_trainer(folder: Path, timeout_s: float = 10.0) -> RunStatus:
    """End a run's trainer at once; what it learned since its last checkpoint is lost.

    Raises:
        StudioError: If there is none, or it cannot be ended.
    """
    process = trainer_process(folder)
    if process is None:
        raise StudioError(f"No trainer of the run {folder.name} is at work; there is nothing to end.")
    try:
        below = process.children(recursive=True)
        for entry in (process, *below):
            with suppress(psutil.NoSuchProcess):
                entry.kill()
        psutil.wait_procs([process, *below], timeout=timeout_s)
    except psutil.AccessDenied:
        raise StudioError(f"The trainer of {folder.name} belongs to somebody else and cannot be ended.") from None
    if is_locked(folder / "lock"):
        raise StudioError(f"The trainer of {folder.name} (process {process.pid}) does not end; ask the system to.")
    return _write_forced(folder)


def _write_forced(folder: Path) -> RunStatus:
    """Write down that a run was ended by force; its supervisor, who saw a kill only, may be writing too."""
    while True:
        status = read_raw_status(folder) or RunStatus()
        status.state, status.steps_per_second, status.pid = "stopped", 0.0, 0
        status.message = f"Ended by force at step {status.step:,}; resumed, it goes on from its last checkpoint."
        write_status(folder, status)
        time.sleep(_SETTLED_S)
        written = read_raw_status(folder)
        if written is None or written.state in ("stopped", "queued") or is_locked(folder / "lock"):
            return status
