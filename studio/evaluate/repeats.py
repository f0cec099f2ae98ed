"""The process ``python -m studio.evaluate.repeats WORKSPACE DATASET -o FILE.npy``: finds near-duplicates.

It prints JSON lines; the last is ``done`` (exit status 0) or ``error`` (1). SIGTERM and SIGINT cancel.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from studio.core.event import JobEvent
from studio.core.event_writer import EventWriter, run_job

__all__ = ["main"]


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m studio.evaluate.repeats")
    parser.add_argument("workspace", type=Path)
    parser.add_argument("dataset", help="folder of the data set")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, help="gets the first item of the group of each, int64 (N,)"
    )
    return parser.parse_args()


def _run(options: argparse.Namespace, writer: EventWriter) -> JobEvent:
    import numpy as np

    from studio.data.dataset import open_dataset
    from studio.evaluate.duplicates import find_duplicates
    from studio.store.atomic import write_bytes
    from studio.store.workspace import Workspace

    dataset = open_dataset(Workspace(options.workspace).folder("datasets") / options.dataset)
    found = find_duplicates(dataset, lambda done, total: writer.progress("comparing", done, total))
    numbers = io.BytesIO()
    np.save(numbers, found.first)
    write_bytes(options.output, numbers.getvalue(), durable=False)
    return {
        "event": "done",
        "items": len(found.first),
        "repeats": found.num_repeats,
        "groups": found.num_groups,
        "label": found.label,
        "written": str(options.output),
    }


def main() -> int:
    """Find them; 0 when it is done."""
    options = _parse()
    return run_job(lambda writer: _run(options, writer), "The comparison was cancelled.")


if __name__ == "__main__":
    sys.exit(main())
