"""What runs do, in words, and on which device."""

from __future__ import annotations

from studio.core.words import duration, number_of
from studio.desk.snapshot import RunRow, Snapshot

__all__ = ["device_truth", "progress_words", "run_line", "state_words"]

_LONGEST_NAME = 48

_STATES = {
    "queued": "Queued",
    "running": "Running",
    "paused": "Paused",
    "stopped": "Stopped",
    "interrupted": "Interrupted",
    "failed": "Failed",
    "finished": "Finished",
}


def state_words(row: RunRow) -> str:
    """What a run does, in a few words."""
    if row.document is None:
        return f"Damaged: {row.error}"
    status, words = row.status, _STATES[row.status.state]
    if status.hangs:
        return f"Does not answer, {status.step:,} steps"
    if status.state == "running" and status.total:
        words = f"{100 * status.step / status.total:.0f} %"
        if status.seconds_left is not None:
            words += f", {duration(status.seconds_left)} left"
        return words
    return f"{words}, {status.step:,} steps" if status.step else words


def progress_words(row: RunRow) -> str:
    """How far a run is, with its speed and the time left."""
    status = row.status
    if status.state == "running" and not status.total:
        return "measuring its speed on the first steps"
    parts = [f"{status.step:,} of {status.total:,} steps" if status.total else f"{status.step:,} steps"]
    if status.state == "running":
        if status.steps_per_second:
            parts.append(f"{status.steps_per_second:,.1f} steps/s")
        if status.seconds_left is not None:
            parts.append(f"{duration(status.seconds_left)} left")
    parts.append(f"{duration(status.seconds)} trained")
    if status.device:
        parts.append(f"on {status.device}")
    return ", ".join(parts)


def run_line(row: RunRow) -> str:
    """A living run in one line: name, steps, speed, time left."""
    status = row.status
    # The strip is as wide as its text at least, and the window as wide as the strip.
    name = row.name if len(row.name) <= _LONGEST_NAME else f"{row.name[: _LONGEST_NAME - 1]}…"
    if status.state == "queued":
        return f"{name}: queued"
    steps = f"{status.step:,} of {status.total:,}" if status.total else f"step {status.step:,}, measuring its speed"
    parts = [f"{name}: {steps}"]
    if status.hangs:
        parts.append("does not answer")
    elif status.state == "paused":
        parts.append("paused")
    elif status.steps_per_second:
        parts.append(f"{status.steps_per_second:,.1f} steps/s")
        if status.seconds_left is not None:
            parts.append(f"{duration(status.seconds_left)} left")
    return ", ".join(parts)


def device_truth(snapshot: Snapshot, gpus: int, threads: int) -> tuple[str, bool]:
    """The device that the running trainer really got, or what there is; and whether that is a warning."""
    cpu = number_of(threads, "thread")
    for row in snapshot.runs:
        if row.status.state in ("running", "paused") and row.status.device:
            wanted = row.document.device if row.document is not None else ""
            if wanted.startswith("cuda") and row.status.device == "cpu":
                return "CPU: CUDA was asked for", True
            used = number_of(row.status.threads or threads, "thread")
            device = f"CPU, {used}" if row.status.device == "cpu" else row.status.device
            return f"Training on {device}", False
    if gpus:
        return f"{number_of(gpus, 'NVIDIA GPU')}, {number_of(threads, 'CPU thread')}", False
    return f"CPU, {cpu}", False
