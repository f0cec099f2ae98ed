"""The verbs ``studio families`` and ``studio train``, and following a run in the foreground."""

from __future__ import annotations

import argparse
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from studio.cli.terminal import Terminal
from studio.core.errors import DataError, SettingsError, StudioError
from studio.core.settings import parse_assignments
from studio.hooks.installed import read_catalogue
from studio.jobs.control import queue_runs, run_ahead, stop_run
from studio.jobs.new_run import RunRequest, make_all, make_run
from studio.jobs.supervisor import ensure_supervisor
from studio.store.lock import is_locked
from studio.store.metrics import RunDatabase
from studio.store.run import RunStatus, read_status
from studio.store.switches import plugins_off
from studio.store.workspace import Workspace

__all__ = ["add_verbs", "follow"]

_POLL_S = 0.2


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs to the parser."""
    families = verbs.add_parser("families", parents=[common], help="list the families and their presets")
    families.set_defaults(action=_families)
    train = verbs.add_parser("train", parents=[common], help="train a family on a data set")
    train.add_argument("dataset", metavar="DATASET", help="id or name")
    train.add_argument("--family", required=True, metavar="F", help="its id, or all for a run of each")
    train.add_argument("--preset", metavar="P", help="named settings; gpu on a GPU and cpu elsewhere by default")
    train.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting; may be repeated")
    length = train.add_mutually_exclusive_group()
    length.add_argument("--steps", type=int, metavar="N", help="length in steps")
    length.add_argument("--minutes", type=float, metavar="M", help="length in minutes")
    train.add_argument("--seed", type=int, default=0, help="seed of weights, order and noise")
    train.add_argument("--device", default="auto", help="auto, cpu or cuda:0")
    train.add_argument("--name", help="name of the run")
    train.add_argument("--detach", action="store_true", help="return at once; the run goes on by itself")
    train.set_defaults(action=_train)


def _families(options: argparse.Namespace, terminal: Terminal) -> None:
    catalogue = read_catalogue(off=plugins_off(options.workspace))
    lines = []
    for family in catalogue.families:
        lines += [f"{family.id}: {family.title}. {family.summary}", f"    paper: {family.paper}"]
        for preset in family.presets:
            of = "" if preset.modality == "image" else f" for {preset.modality}s"
            lines.append(f"    --preset {preset.name}{of}: {preset.summary} {_cost(preset.estimate)}")
        for name, schema in family.settings_schema.get("properties", {}).items():
            lines.append(f"    --set {name}={schema.get('default')}: {schema.get('description', '')}")
    lines.append("every family:")
    for name, schema in catalogue.settings_schema["properties"].items():
        there = f" Installed: {', '.join(schema['examples'])}." if "examples" in schema else ""
        lines.append(f"    --set train.{name}={schema.get('default')}: {schema.get('description', '')}{there}")
    document = {
        "families": [family.model_dump(mode="json") for family in catalogue.families],
        "train_schema": catalogue.settings_schema,
    }
    terminal.result(document, "\n".join(lines))


def _cost(estimate: Any) -> str:
    if estimate is None:
        return "(cost not measured yet)"
    return f"({estimate.minutes:g} minutes and {estimate.memory_mb} MB on {estimate.on})"


def _train(options: argparse.Namespace, terminal: Terminal) -> int:
    workspace = Workspace(options.workspace)
    values = parse_assignments(options.set)
    values |= {"train.steps": options.steps} if options.steps is not None else {}
    values |= {"train.minutes": options.minutes} if options.minutes is not None else {}
    request = RunRequest(
        options.dataset,
        options.family,
        options.preset or "",
        values,
        options.seed,
        options.device,
        options.name or "",
    )
    if options.family == "all":
        return _train_all(workspace, request, options, terminal)
    folder = make_run(workspace, request)
    queue_runs(workspace, folder)
    if options.detach:
        terminal.result(
            {"run": folder.name, "status": "queued", "step": 0},
            f"{folder.name} is queued; 'studio runs show {folder.name}' tells how it goes.",
        )
        return 0
    terminal.event(event="queued", run=folder.name)
    status = follow(workspace, folder, terminal)
    terminal.result(
        {"run": folder.name, "status": status.state, "step": status.step},
        f"{folder.name} is {status.state} at step {status.step:,} after {status.seconds:.0f} s on {status.device}.",
    )
    return 130 if status.state in ("stopped", "paused") else 0


def _train_all(workspace: Workspace, request: RunRequest, options: argparse.Namespace, terminal: Terminal) -> int:
    """Train every family on the data set, one after the other on one device; a failed run does not stop the others."""
    if options.preset:
        raise SettingsError("With --family all each family has the preset that suits the device; leave --preset away.")
    folders = make_all(workspace, request)
    queue_runs(workspace, *folders)
    states = ["queued"] * len(folders)
    if not options.detach:
        for number, folder in enumerate(folders):
            terminal.say(f"{folder.name} ({number + 1} of {len(folders)})")
            try:
                states[number] = follow(workspace, folder, terminal).state
            except StudioError as error:
                terminal.say(f"{folder.name}: {error}")
                states[number] = read_status(folder).state
            if states[number] in ("stopped", "paused"):
                break
    runs = [{"run": folder.name, "status": state} for folder, state in zip(folders, states, strict=True)]
    terminal.result({"runs": runs}, "\n".join(f"{row['run']}: {row['status']}" for row in runs))
    if "failed" in states or "interrupted" in states:
        return 1
    return 130 if "stopped" in states or "paused" in states else 0


def follow(workspace: Workspace, folder: Path, terminal: Terminal, seen: int = 0) -> RunStatus:
    """Show a run until it rests; Ctrl+C saves and stops it.

    Args:
        workspace: The workspace.
        folder: The run's folder.
        terminal: Where it is shown.
        seen: Number of the last event that need not be shown.

    Raises:
        StudioError: If it failed or was interrupted.
    """
    database = RunDatabase(folder)
    waited, ahead = time.monotonic(), ""
    try:
        while True:
            status = read_status(folder)
            for id, event in database.events(seen):
                seen = id
                terminal.event(event="event", kind=event.kind, step=event.step, message=event.message)
                if event.kind != "failed":
                    terminal.say(f"  step {event.step:,}: {event.message}")
            if status.state == "running" and status.total:
                terminal.progress("training", status.step, status.total, _note(status, database))
            if status.state == "queued":
                ahead = _say_what_is_ahead(workspace, folder, terminal, ahead)
            if status.state == "queued" and time.monotonic() - waited > 5.0:
                waited = time.monotonic()
                ensure_supervisor(workspace)
            inactive = status.state not in ("queued", "running") and not is_locked(folder / "lock")
            if inactive:
                break
            time.sleep(_POLL_S)
    except KeyboardInterrupt:
        terminal.end_progress()
        terminal.say("saving and stopping ...")
        with suppress(DataError):
            # It came to its end in the meantime.
            stop_run(workspace, folder)
        status = read_status(folder)
    finally:
        database.close()
    if status.state == "interrupted":
        # Whoever started the process knows how it ended, and says so in a moment.
        time.sleep(3 * _POLL_S)
        status = read_status(folder)
    if status.state == "finished":
        terminal.progress("training", status.step, status.total)
    terminal.end_progress()
    if status.state == "failed":
        raise StudioError(status.message)
    if status.state == "interrupted":
        raise StudioError(f"{status.message} ('studio runs resume {folder.name}')")
    return status


def _say_what_is_ahead(workspace: Workspace, folder: Path, terminal: Terminal, said: str) -> str:
    """Say once which run has the device that a queued one waits for; returns that run's id."""
    ahead = run_ahead(workspace, folder)
    if ahead and ahead != said:
        status = read_status(workspace.folder("runs") / ahead)
        share = f"step {status.step:,} of {status.total:,}" if status.total else f"step {status.step:,}"
        terminal.event(event="waiting", run=folder.name, ahead=ahead)
        terminal.say(f"{folder.name} waits in the queue: {ahead} is {status.state} at {share} on the same device.")
    return ahead


def _note(status: RunStatus, database: RunDatabase) -> str:
    parts = [f"{status.steps_per_second:.1f} steps/s"]
    for name, title in (("loss", "loss"), ("validation.loss", "held out")):
        value = database.newest(name)
        if value is not None:
            parts.append(f"{title} {value:.4g}")
    return ", ".join(parts)
