"""The verbs ``studio runs list | show | rename | pause | resume | stop | save-now | sample-now | remove``."""

from __future__ import annotations

import argparse
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from studio.cli.terminal import Terminal, plain
from studio.cli.train import follow
from studio.core.errors import WorkspaceError, explain
from studio.jobs.control import command_run, resume_run, stop_run
from studio.store.curve import CurveDatabase
from studio.store.metrics import CommandName, Event, RunDatabase
from studio.store.queue import Queue
from studio.store.run import (
    RunDocument,
    RunStatus,
    find_run,
    list_runs,
    read_status,
    remove_run,
    rename_run,
    run_folder,
)
from studio.store.workspace import Workspace

__all__ = ["add_verbs"]

_MOST_EVENTS = 100_000

_COMMANDS: dict[str, tuple[CommandName, str]] = {
    "pause": ("pause", "save, and keep the model loaded for a quick resume"),
    "save-now": ("save_now", "write a checkpoint now"),
    "sample-now": ("sample_now", "draw a preview now"),
}


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs to the parser."""
    group = verbs.add_parser("runs", help="runs: list, show, pause, resume, stop, remove").add_subparsers(
        metavar="VERB", required=True
    )
    group.add_parser("list", parents=[common], help="list the runs").set_defaults(action=_list)
    for name, help, action in (
        ("show", "show one run: status, metrics, events", _show),
        ("rename", "give a run another name", _rename),
        ("resume", "go on with a run that rests", _resume),
        ("stop", "save and stop a run", _stop),
        ("remove", "move a run to the trash", _remove),
        *((name, help, _command) for name, (_, help) in _COMMANDS.items()),
    ):
        verb = group.add_parser(name, parents=[common], help=help)
        verb.add_argument("run", metavar="RUN", help="id or name")
        if name == "rename":
            verb.add_argument("name", metavar="NAME", help="its new name")
        if name == "stop":
            verb.add_argument("--force", action="store_true", help="end a trainer that hangs; loses what is not saved")
        if name == "resume":
            verb.add_argument("--detach", action="store_true", help="return at once")
        verb.set_defaults(action=action, command=name)


def _document(folder: Path, document: RunDocument, status: RunStatus) -> dict[str, Any]:
    return {
        "run": folder.name,
        "status": status.state,
        "step": status.step,
        "total": status.total,
        "name": document.name,
        "family": document.family,
        "dataset": document.dataset_name,
        "device": status.device or document.device,
        "seconds": round(status.seconds, 1),
        "steps_per_second": round(status.steps_per_second, 3),
        "message": status.message,
    }


def _list(options: argparse.Namespace, terminal: Terminal) -> None:
    rows, documents = [], []
    for folder, document in list_runs(Workspace(options.workspace)):
        if isinstance(document, WorkspaceError):
            rows.append([folder.name, "damaged", "", "", str(document)])
            documents.append({"run": folder.name, "status": "failed", "message": str(document)})
            continue
        status = read_status(folder)
        share = f"{status.step:,} / {status.total:,}" if status.total else f"{status.step:,}"
        rows.append([folder.name, status.state, share, document.name, status.message])
        documents.append(_document(folder, document, status))
    text = terminal.table(["ID", "STATUS", "STEP", "NAME", ""], rows)
    terminal.result({"runs": documents}, text if rows else "There are no runs yet; start one with 'studio train'.")


def _recorded(folder: Path) -> tuple[dict[str, float], list[Event]]:
    """The newest metrics and every event of a run, looked at without altering anything."""
    try:
        with closing(CurveDatabase(folder)) as database:
            return database.latest(), database.events(_MOST_EVENTS)[::-1]
    except FileNotFoundError:
        # It has not begun yet.
        return {}, []
    except sqlite3.Error as error:
        return {}, [Event(0, 0.0, "damaged", f"What was recorded of this run cannot be read: {explain(error)}.")]


def _show(options: argparse.Namespace, terminal: Terminal) -> None:
    folder, document = find_run(Workspace(options.workspace), options.run)
    status = read_status(folder)
    metrics, events = _recorded(folder)
    left = status.seconds_left if status.state == "running" else None
    lines = [
        f"{document.name} ({folder.name}) in {folder}",
        f"{status.state} at step {status.step:,} of {status.total:,} on {status.device or document.device}"
        + (f", {status.steps_per_second:.1f} steps/s, {left:.0f} s left" if left is not None else ""),
        *([status.message] if status.message else []),
        f"family {document.family}, data set {document.dataset_name}, preset {document.preset or 'none'}, "
        f"seed {document.seed}",
        "settings: " + ", ".join(f"{key}={value}" for key, value in document.settings.items()),
        "latest: " + ", ".join(f"{name} {value:.5g}" for name, value in sorted(metrics.items())),
        *(f"  step {event.step:,}: {event.message}" for event in events[-20:]),
    ]
    full = {
        **_document(folder, document, status),
        "settings": dict(document.settings),
        "train": dict(document.train),
        "metrics": metrics,
        "events": [event._asdict() for event in events],
    }
    terminal.result(full, "\n".join(plain(line) for line in lines))


def _rename(options: argparse.Namespace, terminal: Terminal) -> None:
    workspace = Workspace(options.workspace)
    folder, before = find_run(workspace, options.run)
    document = rename_run(workspace, folder, options.name)
    terminal.result(
        {"run": folder.name, "name": document.name}, f"'{plain(before.name)}' is called '{plain(document.name)}' now."
    )


def _command(options: argparse.Namespace, terminal: Terminal) -> None:
    folder, _ = find_run(Workspace(options.workspace), options.run)
    answer = command_run(folder, _COMMANDS[options.command][0])
    status = read_status(folder)
    document: dict[str, Any] = {"run": folder.name, "status": status.state, "step": status.step, "answer": answer}
    if options.command == "sample-now":
        answer = str(folder / "previews" / answer)
        document["preview"] = answer
    terminal.result(document, f"{folder.name}: {answer}")


def _resume(options: argparse.Namespace, terminal: Terminal) -> int:
    workspace = Workspace(options.workspace)
    folder, _ = find_run(workspace, options.run)
    database = RunDatabase(folder)
    seen = database.last_event()
    database.close()
    status = resume_run(workspace, folder)
    if not options.detach:
        status = follow(workspace, folder, terminal, seen)
    terminal.result(
        {"run": folder.name, "status": status.state, "step": status.step},
        f"{folder.name} is {status.state} at step {status.step:,}.",
    )
    return 130 if status.state == "stopped" else 0


def _stop(options: argparse.Namespace, terminal: Terminal) -> None:
    workspace = Workspace(options.workspace)
    folder, _ = find_run(workspace, options.run)
    answer = stop_run(workspace, folder, options.force)
    status = read_status(folder)
    terminal.result(
        {"run": folder.name, "status": status.state, "step": status.step}, f"{folder.name}: stopped, {answer}."
    )


def _remove(options: argparse.Namespace, terminal: Terminal) -> None:
    workspace = Workspace(options.workspace)
    folder = run_folder(workspace, options.run)
    place = remove_run(workspace, folder.name)
    queue = Queue(workspace)
    queue.withdraw(folder.name)
    queue.close()
    terminal.result({"run": folder.name, "trash": str(place)}, f"Moved '{plain(options.run)}' to the trash: {place}")
