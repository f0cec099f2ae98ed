"""The scorer's process: ``python -m studio.evaluate.score WORKSPACE DATASET FILE.onnx`` prints JSON lines.

The last is ``done`` (exit status 0) or ``error`` (1). SIGTERM and SIGINT cancel: nothing half-written is left behind.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from studio.core.event import JobEvent
from studio.core.event_writer import EventWriter, run_job

__all__ = ["main"]


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m studio.evaluate.score")
    parser.add_argument("workspace", type=Path)
    parser.add_argument("dataset", help="folder of the data set")
    parser.add_argument("file", type=Path, metavar="FILE.onnx")
    parser.add_argument("--draws", type=int, default=1)
    parser.add_argument("--least", type=int, default=0, help="number of the least likely items to name")
    parser.add_argument("--provider", default="auto")
    parser.add_argument("-o", "--output", type=Path)
    return parser.parse_args()


def _run(options: argparse.Namespace, writer: EventWriter) -> JobEvent:
    from studio.data.dataset import open_dataset
    from studio.evaluate.scoring import score_items, write_scores
    from studio.store.workspace import Workspace

    dataset = open_dataset(Workspace(options.workspace).folder("datasets") / options.dataset)
    scores = score_items(
        options.file,
        dataset,
        options.draws,
        options.provider,
        lambda done, total: writer.progress("scoring", done, total),
    )
    if options.output is not None:
        write_scores(scores, options.output)
    return {
        "event": "done",
        "label": scores.label,
        "items": len(scores.nats),
        "splits": scores.summaries(),
        "least": [scores.item(number) for number in scores.order[: max(0, options.least)].tolist()],
        "written": str(options.output) if options.output is not None else "",
        "notes": list(scores.notes),
    }


def main() -> int:
    """Score the items; 0 when it is done."""
    options = _parse()
    return run_job(lambda writer: _run(options, writer), "The scoring was cancelled; nothing was written.")


if __name__ == "__main__":
    sys.exit(main())
