"""Runs in words: what they do, on which device, and what one is going to cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from studio.core.settings import join_settings
from studio.core.words import duration, few_steps, figures, number_of
from studio.desk.snapshot import RunRow, Snapshot
from studio.hooks.catalogue import CatalogueFamily
from studio.jobs.new_run import RunRequest, merge_settings
from studio.store.dataset import DatasetDocument

__all__ = ["device_truth", "earlier_speed", "preflight", "progress_words", "run_line", "state_words"]

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
_SHORTEST_S = 5.0
# What does not change how long a step takes.
_SPEED_NEUTRAL = (
    "steps",
    "minutes",
    "validate_every",
    "preview_every",
    "checkpoint_every",
    "checkpoint_minutes",
    "keep",
    "try_export",
)


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


def earlier_speed(
    wanted: dict[str, Any], family: CatalogueFamily, dataset: DatasetDocument, runs: Sequence[RunRow], device: str
) -> float | None:
    """Steps per second of the newest run of the same family, settings and item shape that was alone on the machine.

    None where there is none.
    """
    properties = family.settings_schema.get("properties", {})
    defaults = {"train.batch_size": 64, **{key: found.get("default") for key, found in properties.items()}}

    def is_alike(row: RunRow) -> bool:
        run = row.document
        if run is None or run.family != family.id or run.spec is None or run.spec.shape != dataset.spec.shape:
            return False
        if not run.device.startswith(device):
            return False
        known = join_settings(run.train, run.settings)
        compared = {*run.settings, *wanted, "train.batch_size"} - {f"train.{key}" for key in _SPEED_NEUTRAL}
        return all(known.get(key) == wanted.get(key, defaults.get(key)) for key in compared)

    for row in reversed(runs):
        # What other programs slowed down says nothing of the next.
        if row.status.seconds > _SHORTEST_S and row.status.step and row.status.alone and is_alike(row):
            return row.status.step / row.status.seconds
    return None


def preflight(
    request: RunRequest, family: CatalogueFamily, dataset: DatasetDocument, runs: Sequence[RunRow], device: str
) -> str:
    """What a run is going to cost, in one line; what nobody has measured is not guessed.

    Args:
        request: What is asked for.
        family: Its family.
        dataset: Its data set.
        runs: The runs that there are.
        device: ``cpu`` or ``cuda``.
    """
    wanted = merge_settings(family, dataset.spec, request.preset, request.values)
    speed = earlier_speed(wanted, family, dataset, runs, device)
    minutes, steps = wanted.get("train.minutes"), wanted.get("train.steps")
    estimate = family.presets_for(dataset.spec)[request.preset].estimate if request.preset else None
    parts = []
    if isinstance(minutes, int | float):
        parts.append(f"{minutes:g} min")
        if speed is not None:
            parts.append(f"about {speed * minutes * 60:,.0f} steps at {speed:,.1f} steps/s, as in an earlier run")
    elif isinstance(steps, int | float):
        parts.append(f"{steps:,.0f} steps")
        if speed is not None:
            parts.append(f"about {duration(steps / speed)} at {speed:,.1f} steps/s, as in an earlier run")
        else:
            parts.append("the time left is known a few seconds after the start")
    if estimate is not None and not request.values.keys() - {"train.minutes", "train.steps"}:
        larger = estimate.times_as_large(dataset.spec.shape)
        than = f"; these items are {figures(larger)} times as large" if not 0.8 < larger < 1.25 else ""
        parts.append(f"{estimate.memory_mb:,} MB of memory on {estimate.on}{than}")
    planned = round(speed * minutes * 60) if speed is not None and isinstance(minutes, int | float) else steps
    few = few_steps(round(planned)) if isinstance(planned, int | float) else ""
    return ". ".join(filter(None, (", ".join(parts), few)))
