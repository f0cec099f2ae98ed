"""The verb ``studio evaluate``."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from studio.cli.target import add_force, check_output, refuse_existing
from studio.cli.terminal import Terminal
from studio.core.errors import ModelError, SettingsError
from studio.core.event import EvaluationDone
from studio.core.settings import parse_assignments
from studio.evaluate.report import comparison_text, report_text
from studio.jobs.child import ChildJob
from studio.store.dataset import find_dataset
from studio.store.evaluation import Comparison, EvaluationReport
from studio.store.workspace import Workspace

__all__ = ["add_verbs"]

_LARGEST = 1e300


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("evaluate", parents=[common], help="judge exported files by held-out items")
    verb.add_argument("files", type=Path, nargs="+", metavar="FILE.onnx", help="several are compared")
    verb.add_argument("--dataset", required=True, metavar="D", help="data set to judge by, id or name")
    verb.add_argument("--samples", type=int, default=2000, metavar="N", help="samples, and real items beside them")
    verb.add_argument(
        "--likelihood-items",
        type=int,
        default=1000,
        metavar="N",
        help="items whose likelihood is taken",
    )
    verb.add_argument("--draws", type=int, default=100, metavar="K", help="draws of a bound on it, for each item")
    verb.add_argument("--split", choices=["test", "validation"], help="held-out items to judge by")
    verb.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="an input to sample with")
    verb.add_argument(
        "--inception",
        type=Path,
        metavar="FILE.pt",
        help="your inception-2015-12-05.pt, for FID; it can hold any program, so give one that you trust",
    )
    verb.add_argument("--pool", action="store_true", help="files of one family and settings are seeds of one model")
    verb.add_argument("--pictures", type=Path, metavar="DIR", help="put the nearest training items there, as PNG")
    verb.add_argument("-o", "--output", type=Path, metavar="FILE.json", help="also write all reports there")
    add_force(verb)
    verb.add_argument("--provider", choices=["auto", "cpu", "cuda"], default="auto", help="where to sample")
    verb.set_defaults(action=_evaluate)


def _evaluate(options: argparse.Namespace, terminal: Terminal) -> None:
    workspace = Workspace(options.workspace)
    folder, _ = find_dataset(workspace, options.dataset)
    done = _judge(workspace, _words(workspace, folder, options), terminal)
    for note in done["notes"]:
        terminal.say(note)
    reports = [EvaluationReport.model_validate(entry) for entry in done["evaluations"]]
    comparisons = [Comparison.model_validate(entry) for entry in done["comparisons"]]
    parts = [report_text(report) for report in reports]
    parts += [comparison_text(comparisons)] if comparisons else []
    parts += [f"Written: {', '.join([*done['written'], *done['pictures']])}"] if done["written"] else []
    document = {key: value for key, value in done.items() if key != "event"}
    terminal.result(document, "\n\n".join(parts))


def _words(workspace: Workspace, folder: Path, options: argparse.Namespace) -> list[str]:
    """The words of the judge's process; what is wrong with them is said before it is started."""
    for file in options.files:
        if not file.is_file():
            raise ModelError(f"{file} cannot be read: there is no such file.")
    scalars = parse_assignments(options.set)
    for name, value in scalars.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST:
            raise SettingsError(f"{name} = {value} is not a number.")
    check_output(options.output, options.force)
    if options.pictures is not None and options.pictures.exists() and not options.pictures.is_dir():
        raise SettingsError(f"{options.pictures} is a file; give a folder for the pictures.")
    if options.pictures is not None and options.pictures.is_dir():
        refuse_existing(sorted(options.pictures.glob("*.png"))[:1], options.force)
    if options.inception is not None and not options.inception.is_file():
        raise SettingsError(f"{options.inception} cannot be read: there is no such file.")
    words = [str(workspace.path), folder.name, *(os.path.abspath(file) for file in options.files)]
    words += ["--samples", str(options.samples), "--likelihood-items", str(options.likelihood_items)]
    words += ["--draws", str(options.draws), "--scalars", json.dumps(scalars), "--provider", options.provider]
    words += ["--inception", os.path.abspath(options.inception)] if options.inception is not None else []
    words += ["--split", options.split] if options.split is not None else []
    words += ["--pool"] if options.pool else []
    words += ["--pictures", os.path.abspath(options.pictures)] if options.pictures is not None else []
    return words + (["-o", os.path.abspath(options.output)] if options.output is not None else [])


def _judge(workspace: Workspace, words: list[str], terminal: Terminal) -> EvaluationDone:
    """Judge in a process of its own; returns its last event."""
    job = ChildJob(workspace, "studio.evaluate", words)
    done: EvaluationDone = job.result(terminal.progress, lambda last: last)
    terminal.end_progress()
    return done
