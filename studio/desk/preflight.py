"""Says what a run is going to cost, from what was measured: a preset's estimate or an earlier run like it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from studio.core.settings import join_settings
from studio.core.words import duration, few_steps, figures
from studio.desk.snapshot import RunRow
from studio.hooks.catalogue import CatalogueFamily
from studio.jobs.new_run import RunRequest, merge_settings
from studio.store.dataset import DatasetDocument

__all__ = ["earlier_speed", "preflight"]

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
)


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
