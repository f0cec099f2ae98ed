"""The exporter process: ``python -m studio.export WORKSPACE RUN [-o FILE]`` prints JSON lines, the last the result.

The last is ``done`` (exit status 0) or ``error`` (1). SIGTERM and SIGINT cancel: nothing half-written is left behind.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from studio.core.event import JobEvent
from studio.core.event_writer import EventWriter, run_job


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m studio.export")
    parser.add_argument("workspace", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--force", action="store_true")
    return parser.parse_args()


def _run(options: argparse.Namespace, writer: EventWriter) -> JobEvent:
    from studio.export.exporter import export_run
    from studio.store.workspace import Workspace

    model = export_run(
        Workspace(options.workspace), options.run, options.output, on_progress=writer.progress, force=options.force
    )
    return {
        "event": "done",
        "model": model.folder.name,
        "folder": str(model.folder),
        "step": model.step,
        "chosen": model.chosen,
        "parity": {role: certificate.model_dump(mode="json") for role, certificate in model.parity.items()},
        "notes": model.notes,
    }


def main() -> int:
    """Export one run; 0 when the files are there."""
    options = _parse()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    return run_job(lambda writer: _run(options, writer), "The export was cancelled; a model that was finished is kept.")


if __name__ == "__main__":
    sys.exit(main())
