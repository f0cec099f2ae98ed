"""This file holds what people do to runs: queue, pause, resume, stop, save, sample; each answers when it is done."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from studio.core.errors import DataError, StudioError
from studio.jobs.supervisor import ensure_supervisor
from studio.store.lock import is_locked
from studio.store.metrics import BEGAN_ANEW, CommandName, RunDatabase
from studio.store.queue import Queue
from studio.store.run import RunStatus, read_run, read_status, write_status
from studio.store.workspace import Workspace

__all__ = ["command_run", "queue_run", "resume_run", "stop_run"]

_POLL_S = 0.05


def queue_run(workspace: Workspace, folder: Path) -> None:
    """Put a run into the queue of its device and see to it that somebody works on the queue."""
    queue = Queue(workspace)
    queue.add(folder.name, read_run(folder).device)
    queue.close()
    ensure_supervisor(workspace)


def command_run(folder: Path, name: CommandName, timeout_s: float = 120.0) -> str:
    """Send a command to a living trainer and wait for its answer.

    Raises:
        StudioError: If no trainer lives, it does not answer, or it refuses.
    """
    if not is_locked(folder / "lock"):
        resting = read_status(folder).state
        raise StudioError(
            f"The run {folder.name} is {resting}; nobody trains it, so it cannot {name.replace('_', ' ')}."
        )
    database = RunDatabase(folder)
    try:
        command = database.send(name)
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            state, answer = database.answer_of(command)
            if state == "done":
                return answer
            if state == "failed" and answer == BEGAN_ANEW:
                # Sent while the trainer was still starting, which drops what was meant for an earlier one.
                command = database.send(name)
                continue
            if state == "failed":
                raise StudioError(f"The run {folder.name} did not {name.replace('_', ' ')}: {answer}.")
            if not is_locked(folder / "lock"):
                state, answer = database.answer_of(command)
                if state == "done":
                    return answer
                raise StudioError(f"The trainer of {folder.name} ended before it answered.")
            time.sleep(_POLL_S)
    finally:
        database.close()
    raise StudioError(
        f"The trainer of {folder.name} has not answered for {timeout_s:.0f} s; it may be in the middle of a long step."
    )


def stop_run(workspace: Workspace, folder: Path) -> str:
    """Save and stop a run; one that waits in the queue is taken out of it."""
    if not is_locked(folder / "lock"):
        status = read_status(folder)
        if status.state == "queued":
            queue = Queue(workspace)
            withdrawn = queue.withdraw(folder.name)
            starting = not withdrawn and queue.holds(folder.name)
            queue.close()
            if starting and _wait_for(lambda: is_locked(folder / "lock") or read_status(folder).state != "queued"):
                return stop_run(workspace, folder)
            status.state = "stopped"
            write_status(folder, status)
            return "taken out of the queue"
        if status.state == "paused":
            status.state = "stopped"
            write_status(folder, status)
            return f"saved at step {status.step}"
        raise DataError(f"The run {folder.name} is {status.state}; there is nothing to stop.")
    answer = command_run(folder, "stop")
    # The answer comes before the process has gone; the next command must find the run at rest.
    _wait_for(lambda: not is_locked(folder / "lock"))
    return answer


def _wait_for(condition: Callable[[], bool], timeout_s: float = 30.0) -> bool:
    until = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(_POLL_S)
    return True


def resume_run(workspace: Workspace, folder: Path) -> RunStatus:
    """Let a paused run go on, or queue one that was stopped, interrupted or failed.

    Raises:
        DataError: If it is finished.
    """
    status = read_status(folder)
    if is_locked(folder / "lock"):
        if status.state == "paused":
            command_run(folder, "resume")
        return read_status(folder)
    if status.state == "finished":
        raise DataError(f"The run {folder.name} is finished; export it, or start a new one.")
    if status.state != "queued":
        queue = Queue(workspace)
        queue.end(folder.name)
        queue.close()
    status.state, status.message, status.steps_per_second = "queued", "", 0.0
    write_status(folder, status)
    queue_run(workspace, folder)
    return status
