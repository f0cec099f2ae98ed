"""The verb ``studio score``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from studio.cli.target import add_force, check_output
from studio.cli.terminal import Terminal, plain
from studio.core.errors import ModelError, SettingsError
from studio.core.event import ScoredItem, ScoreDone, ScoreSummary
from studio.jobs.child import ChildJob
from studio.store.dataset import find_dataset
from studio.store.workspace import Workspace

__all__ = ["add_verbs"]


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("score", parents=[common], help="how likely a model holds every item of a data set")
    verb.add_argument("file", type=Path, metavar="FILE.onnx", help="a model with a likelihood: its file of samples")
    verb.add_argument("dataset", metavar="DATASET", help="data set whose items are scored, id or name")
    verb.add_argument("--draws", type=int, default=10, metavar="K", help="draws of a bound on it, for each item")
    verb.add_argument("--least", type=int, default=10, metavar="N", help="number of the least likely items to show")
    verb.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE.csv",
        help="write every item there, the least likely first; or FILE.npy",
    )
    add_force(verb)
    verb.add_argument("--provider", choices=["auto", "cpu", "cuda"], default="auto", help="where to compute")
    verb.set_defaults(action=_score)


def _score(options: argparse.Namespace, terminal: Terminal) -> None:
    workspace = Workspace(options.workspace)
    folder, _ = find_dataset(workspace, options.dataset)
    if not options.file.is_file():
        raise ModelError(f"{options.file} cannot be read: there is no such file.")
    if options.least < 0:
        raise SettingsError(f"--least {options.least} is no number of items.")
    if options.output is not None and options.output.suffix not in (".csv", ".npy"):
        raise SettingsError(f"'{options.output}' must end in .csv or .npy.")
    check_output(options.output, options.force)
    words = [str(workspace.path), folder.name, os.path.abspath(options.file), "--draws", str(options.draws)]
    words += ["--least", str(options.least), "--provider", options.provider]
    words += ["-o", os.path.abspath(options.output)] if options.output is not None else []
    job = ChildJob(workspace, "studio.evaluate.score", words)
    done: ScoreDone = job.result(terminal.progress, lambda last: last)
    terminal.end_progress()
    for note in done["notes"]:
        terminal.say(plain(note))
    rows = [_summary_row(summary) for summary in done["splits"]]
    parts = [f"log p in nats ({done['label']})", terminal.table(["", "ITEMS", "MEAN", "1 %", "MEDIAN", "99 %"], rows)]
    if done["least"]:
        rows = [_item_row(item) for item in done["least"]]
        parts.append("The least likely:\n" + terminal.table(["ITEM", "SPLIT", "CLASS", "NATS"], rows))
    if done["written"]:
        parts.append(f"Every item: {done['written']}")
    terminal.result({key: value for key, value in done.items() if key != "event"}, "\n\n".join(parts))


def _summary_row(summary: ScoreSummary) -> list[str]:
    error = f" ± {1.96 * summary['error']:.3g}" if summary["error"] is not None else ""
    mean = _nats(summary["mean"]) + error if summary["mean"] is not None else "none is possible"
    count = f"{summary['count']:,}" + (f" ({summary['impossible']:,} impossible)" if summary["impossible"] else "")
    return [summary["split"], count, mean, *(_nats(summary[name]) for name in ("low", "median", "high"))]


def _item_row(item: ScoredItem) -> list[str]:
    return [f"#{item['item']}", item["split"], plain(item["class"]), _nats(item["nats"])]


def _nats(value: float | None) -> str:
    return "-inf" if value is None else f"{value:.4g}"
