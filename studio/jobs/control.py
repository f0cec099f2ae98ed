"""What people do to runs: queue, pause, resume, stop, save, sample; each answers when it is done."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import psutil

from studio.core.errors import DataError, StudioError, explain
from studio.core.safe_mode import in_safe_mode
from studio.hooks.found import refuse_left_out
from studio.jobs.ending import end_trainer, trainer_process
from studio.jobs.process import start_detached
from studio.jobs.supervisor import ensure_supervisor
from studio.store.entry import find_folder
from studio.store.lock import is_locked
from studio.store.metrics import BEGAN_ANEW, CommandName, RunDatabase
from studio.store.queue import Queue
from studio.store.run import LIVE, RunStatus, read_run, read_status, write_status
from studio.store.workspace import Workspace

__all__ = ["command_run", "queue_runs", "resume_run", "run_ahead", "stop_run", "stop_soon"]

_POLL_S = 0.05
_STOP_S = 120.0


def queue_runs(workspace: Workspace, *folders: Path) -> None:
    """Put runs into their lanes of the queue and see to it that somebody works on the queue.

    Raises:
        StudioError, OSError: If one cannot be queued; those that are in no queue then say so, and can be resumed.
    """
    waiting = list(folders)
    try:
        with closing(Queue(workspace)) as queue:
            for folder in folders:
                status = read_status(folder)
                if status.safe_mode != in_safe_mode():
                    # Who works on the queue may have been started by somebody else.
                    status.safe_mode = in_safe_mode()
                    write_status(folder, status)
                queue.add(folder.name, read_run(folder).waits_in)
                waiting.remove(folder)
        ensure_supervisor(workspace)
    except Exception as error:
        for folder in waiting:
            status = read_status(folder)
            status.state, status.message = "stopped", f"It could not be queued: {explain(error)}. Resume it."
            with suppress(OSError):
                write_status(folder, status)
        raise


def run_ahead(workspace: Workspace, folder: Path) -> str:
    """Id of the run that is trained now in the lane where a queued run waits; empty where none is."""
    queue = Queue(workspace)
    try:
        waiting = next((job for job in queue.waiting() if job.run == folder.name), None)
        if waiting is None:
            return ""
        ahead = next((job.run for job in queue.started() if job.lane == waiting.lane), "")
        # The queue is a file of the workspace, and may name anything.
        found = find_folder(workspace, "runs", ahead)
        return found.name if found is not None else ""
    finally:
        queue.close()


def command_run(folder: Path, name: CommandName, timeout_s: float = 120.0) -> str:
    """Send a command to a running trainer and wait for its answer.

    Raises:
        StudioError: If no trainer runs, it does not answer, or it refuses.
    """
    if not is_locked(folder / "lock"):
        found = read_status(folder).state
        raise StudioError(f"The run {folder.name} is {found}; nobody trains it, so it cannot {name.replace('_', ' ')}.")
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
        f"The trainer of {folder.name} has not answered for {timeout_s:.0f} s; it may be in a long step, or hang. "
        f"'studio runs stop --force {folder.name}' ends it at once."
    )


def stop_run(workspace: Workspace, folder: Path, force: bool = False) -> str:
    """Save and stop a run; one that waits in the queue is taken out of it.

    Args:
        workspace: The workspace.
        folder: The run's folder.
        force: End a trainer at once that does not answer; what it learned since its last checkpoint is lost.
    """
    if force and is_locked(folder / "lock"):
        return f"ended by force at step {end_trainer(folder).step}"
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
    try:
        answer = command_run(folder, "stop")
    except sqlite3.Error as error:
        # The disk takes no command, such as when it is full; a signal needs none.
        answer = _stop_by_signal(folder, error)
    # The answer comes before the process has gone; the next command must find the run at rest.
    _wait_for(lambda: not is_locked(folder / "lock"))
    return answer


def stop_soon(workspace: Workspace, folder: Path) -> None:
    """Have a run saved and stopped and wait for nothing, as a window that closes has no time."""
    if read_status(folder).state not in LIVE:
        return
    process = trainer_process(folder)
    if process is not None and read_status(folder).state == "running":
        with suppress(psutil.Error):
            process.terminate()
    else:
        # Its trainer may be about to start, and only then can it be told.
        start_detached("studio.cli", ["runs", "stop", folder.name, "--workspace", str(workspace.path)], None)


def _stop_by_signal(folder: Path, error: sqlite3.Error) -> str:
    process = trainer_process(folder)
    if process is None:
        raise StudioError(f"The run {folder.name} takes no command: {explain(error)}.") from error
    with suppress(psutil.NoSuchProcess):
        process.terminate()
    if not _wait_for(lambda: not is_locked(folder / "lock"), _STOP_S):
        raise StudioError(
            f"The trainer of {folder.name} has not ended for {_STOP_S:.0f} s; end it by force, which loses what it "
            "learned since its last checkpoint."
        )
    return f"ended at step {read_status(folder).step}"


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
        PluginError: If safe mode leaves out a plugin that it needs.
    """
    status = read_status(folder)
    if is_locked(folder / "lock"):
        if status.state == "paused":
            command_run(folder, "resume")
        return read_status(folder)
    if status.state == "finished":
        raise DataError(f"The run {folder.name} is finished; export it, or start a new one.")
    run = read_run(folder)
    for package in run.packages:
        refuse_left_out(f"The run '{run.name}'", package)
    if status.state != "queued":
        queue = Queue(workspace)
        queue.end(folder.name)
        queue.close()
    status.state, status.message, status.steps_per_second = "queued", "", 0.0
    write_status(folder, status)
    queue_runs(workspace, folder)
    return status
