"""The judge's process: ``python -m studio.evaluate WORKSPACE DATASET FILE.onnx...`` prints JSON lines.

The last is ``done`` (exit status 0) or ``error`` (1). SIGTERM and SIGINT cancel: nothing half-written is left behind.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from studio.core.device import count_cpu_cores
from studio.core.event import JobEvent
from studio.core.event_writer import EventWriter, run_job

_OUTPUT_FORMAT = 2


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m studio.evaluate")
    parser.add_argument("workspace", type=Path)
    parser.add_argument("dataset", help="folder of the data set")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE.onnx")
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--likelihood-items", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--scalars", type=json.loads, default={}, help="numbers to sample with, as JSON")
    parser.add_argument("--provider", default="auto")
    parser.add_argument("--split", choices=["test", "validation"])
    parser.add_argument("--inception", type=Path)
    parser.add_argument("--pool", action="store_true", help="count files of one family and settings as one model")
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    return parser.parse_args()


def _run(options: argparse.Namespace, writer: EventWriter) -> JobEvent:
    import torch

    from studio.evaluate.comparison import compare
    from studio.evaluate.evaluation import Evaluation, EvaluationRequest, evaluate_files
    from studio.evaluate.keeping import keep_reports, save_pictures
    from studio.store.atomic import write_document
    from studio.store.workspace import Workspace

    torch.set_num_threads(int(os.environ.get("STUDIO_THREADS", "0")) or count_cpu_cores())
    workspace = Workspace(options.workspace)
    request = EvaluationRequest(
        options.samples,
        options.likelihood_items,
        options.draws,
        options.scalars,
        options.provider,
        options.inception,
        options.split,
    )
    folder = workspace.folder("datasets") / options.dataset
    kept: list[Path] = []
    notes: list[str] = []

    def keep(evaluation: Evaluation) -> None:
        written, said = keep_reports(workspace, [evaluation])
        kept.extend(written)
        notes.extend(said)

    evaluations = evaluate_files(folder, options.files, request, writer.progress, keep)
    comparisons = [entry.model_dump(mode="json") for entry in compare(evaluations, options.pool)]
    reports: list[Any] = [entry.report.model_dump(mode="json") for entry in evaluations]
    if options.output is not None:
        write_document(options.output, {"evaluations": reports, "comparisons": comparisons}, _OUTPUT_FORMAT)
        kept.append(options.output)
    pictures = save_pictures(evaluations, options.pictures) if options.pictures is not None else []
    return {
        "event": "done",
        "evaluations": reports,
        "comparisons": comparisons,
        "written": [str(path) for path in kept],
        "pictures": [str(path) for path in pictures],
        "notes": notes,
    }


def main() -> int:
    """Judge the files; 0 when the reports are there."""
    options = _parse()
    cancelled = "The evaluation was cancelled; reports that were finished are kept."
    return run_job(lambda writer: _run(options, writer), cancelled)


if __name__ == "__main__":
    sys.exit(main())
