"""Installs a plugin in two steps: ``python -m studio.hooks.install plan WHAT PLACE``, then ``put PLACE``.

Each prints JSON lines, the last what would happen, or what was unpacked. Between them a person agrees.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from studio.core.event import JobEvent
from studio.core.event_writer import EventWriter, run_job
from studio.hooks.install.folder import put_in_place
from studio.hooks.install.plan import NeedsBuild, keep_plan, kept_plan, make_plan

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
    put_there = put_in_place(kept_plan(options.place), writer.progress)
    return {"event": "done", "name": put_there.lock.name, "version": put_there.lock.version}


def main() -> int:
    """Do one step; 0 when it is done."""
    options = _parse()
    return run_job(lambda writer: options.work(options, writer), "The installation was cancelled; nothing was changed.")


if __name__ == "__main__":
    sys.exit(main())
