"""The exporter process: ``python -m studio.export WORKSPACE RUN [-o FILE]`` prints JSON lines, the last the result."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import traceback
from pathlib import Path

from studio.core.errors import StudioError, explain
from studio.core.event import JobEvent


def _say(event: JobEvent) -> None:
    print(json.dumps(event), flush=True)


def _progress(stage: str, done: int, total: int) -> None:
    _say({"event": "progress", "stage": stage, "done": done, "total": total})


def main() -> int:
    """Export one run; 0 when the files are there."""
    parser = argparse.ArgumentParser(prog="python -m studio.export")
    parser.add_argument("workspace", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--force", action="store_true")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        from studio.export.exporter import export_run
        from studio.store.workspace import Workspace

        model = export_run(
            Workspace(options.workspace),
            options.run,
            options.output,
            on_progress=_progress,
            force=options.force,
        )
    except Exception as error:
        if not isinstance(error, StudioError | OSError):
            traceback.print_exc()
        _say({"event": "error", "message": explain(error)})
        return 1
    parity = {role: certificate.model_dump(mode="json") for role, certificate in model.parity.items()}
    _say(
        {
            "event": "done",
            "model": model.folder.name,
            "folder": str(model.folder),
            "step": model.step,
            "chosen": model.chosen,
            "parity": parity,
            "notes": model.notes,
        }
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
