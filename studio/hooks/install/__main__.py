"""Installs plugins, a step a process: ``python -m studio.hooks.install plan WHAT PLACE``, then ``put PLACE``.

Between them a person agrees. Then the plugin waits, until ``approve NAME``; ``roll-back NAME``, ``remove NAME`` and
``put-back FOLDER`` are the others. Each prints JSON lines, the last what came of it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from studio.core.event import InstallDone, JobEvent
from studio.core.event_writer import EventWriter, run_job
from studio.hooks.install.folder import approve, find_installation, put_back, put_in_place, remove, roll_back
from studio.hooks.install.plan import NeedsBuild, keep_plan, kept_plan, make_plan
from studio.store.plugin_folder import Installation

__all__ = ["plan", "put"]


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m studio.hooks.install")
    steps = parser.add_subparsers(required=True)
    step = steps.add_parser("plan", help="work out what would happen")
    step.add_argument("what", help="a wheel, a folder, or a name in the package index")
    step.add_argument("place", type=Path, help="an empty folder for its wheels")
    step.add_argument("--build", action="store_true", help="code of it may be run to make its wheel")
    step.set_defaults(work=plan)
    step = steps.add_parser("put", help="unpack what was planned")
    step.add_argument("place", type=Path)
    step.set_defaults(work=put)
    for name, change, help in (
        ("approve", approve, "use the version that waits, or approve the files as they are"),
        ("roll-back", roll_back, "use the version before"),
    ):
        step = steps.add_parser(name, help=help)
        step.add_argument("name")
        step.set_defaults(work=lambda options, _, change=change: _done(change(options.name)))
    step = steps.add_parser("remove", help="remove it, with all its versions")
    step.add_argument("name")
    step.set_defaults(work=_remove)
    step = steps.add_parser("put-back", help="undo the last removal")
    step.add_argument("folder", type=Path)
    step.set_defaults(work=_put_back)
    return parser.parse_args()


def plan(options: argparse.Namespace, writer: EventWriter) -> JobEvent:
    """Work out what would happen and keep it in the place; returns the last event."""
    try:
        made = make_plan(options.what, options.place, options.build, writer.progress)
    except NeedsBuild as error:
        return {"event": "done", "name": "", "version": "", "lines": [str(error)], "plan": {}}
    keep_plan(made, options.place)
    facts = made.plugin.facts
    return {
        "event": "done",
        "name": facts.name,
        "version": facts.version,
        "lines": made.lines(),
        "plan": made.document(),
    }


def put(options: argparse.Namespace, writer: EventWriter) -> JobEvent:
    """Unpack what was planned; returns the last event."""
    return _done(put_in_place(kept_plan(options.place), writer.progress))


def _done(installed: Installation) -> InstallDone:
    return {"event": "done", "name": installed.lock.name, "version": installed.lock.version, "folder": ""}


def _remove(options: argparse.Namespace, writer: EventWriter) -> JobEvent:
    installed = find_installation(options.name)
    removed = remove(options.name)
    return {**_done(installed), "folder": str(removed)}


def _put_back(options: argparse.Namespace, writer: EventWriter) -> JobEvent:
    put_back(options.folder)
    return {"event": "done", "name": options.folder.name, "version": "", "folder": ""}


def main() -> int:
    """Do one step; 0 when it is done."""
    options = _parse()
    return run_job(lambda writer: options.work(options, writer), "The installation was cancelled; nothing was changed.")


if __name__ == "__main__":
    sys.exit(main())
