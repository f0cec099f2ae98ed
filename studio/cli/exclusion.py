"""The verb ``studio data exclude``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.cli.terminal import Terminal, plain
from studio.core.errors import DataError, ModelError, SettingsError
from studio.core.event import ImportDone, RepeatsDone, ScoreDone
from studio.core.words import number_of
from studio.data.exclusion import ExclusionRequest, ranges_of, read_numbers, repeats_of
from studio.jobs.child import ChildJob
from studio.store.dataset import DatasetDocument, find_dataset
from studio.store.workspace import Workspace

__all__ = ["add_verb"]


def add_verb(group: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to those of data sets."""
    verb = group.add_parser(
        "exclude", parents=[common], help="make a data set of another one without some of its items"
    )
    verb.add_argument("dataset", metavar="DATASET")
    verb.add_argument("numbers", nargs="*", metavar="NUMBER", help="items to leave out: 17, or 100-120")
    verb.add_argument("--name", help="name of the new data set")
    verb.add_argument(
        "--least-likely", type=int, default=0, metavar="N", help="leave out the N least likely; needs --by"
    )
    verb.add_argument("--by", type=Path, metavar="FILE.onnx", help="the model that says how likely an item is")
    verb.add_argument(
        "--near-duplicates", action="store_true", help="keep the first of items that are all but the same"
    )
    verb.set_defaults(action=_exclude)


def _exclude(options: argparse.Namespace, terminal: Terminal) -> None:
    workspace = Workspace(options.workspace)
    folder, document = find_dataset(workspace, options.dataset)
    _check(options, document)
    left_out = np.zeros(document.count, np.bool_)
    left_out[read_numbers(options.numbers, document.count)] = True
    if options.least_likely:
        left_out[_least_likely(workspace, folder, options, terminal)] = True
    if options.near_duplicates:
        left_out[_repeats(workspace, folder, left_out, terminal)] = True
    numbers = np.flatnonzero(left_out)
    if not len(numbers):
        raise DataError(f"No item of '{document.name}' repeats an earlier one; there is nothing to leave out.")
    request = ExclusionRequest(
        workspace=workspace.path, dataset=folder.name, ranges=ranges_of(numbers), name=options.name
    )
    files = {"request.json": request.to_json()}
    job = ChildJob(workspace, "studio.data.exclude", ["{folder}/request.json"], files)
    done: ImportDone = job.result(terminal.progress, lambda last: last)
    terminal.end_progress()
    keys = ("dataset", "items", "rejected", "name", "classes", "shape", "splits", "notes")
    result: dict[str, Any] = {key: done[key] for key in keys}  # type: ignore[literal-required]
    without = f"{number_of(len(numbers), 'item')} of '{document.name}'"
    text = f"Made '{done['name']}' of {number_of(done['items'], 'item')}, without {without}; id {done['dataset']}."
    terminal.result({**result, "left_out": len(numbers)}, plain(text))


def _check(options: argparse.Namespace, document: DatasetDocument) -> None:
    if bool(options.least_likely) != (options.by is not None):
        raise SettingsError("--least-likely N and --by FILE.onnx go together.")
    if not (options.numbers or options.least_likely or options.near_duplicates):
        raise SettingsError("Say what to leave out: numbers, --least-likely N --by FILE.onnx, or --near-duplicates.")
    if not 0 <= options.least_likely <= document.count:
        raise SettingsError(f"--least-likely {options.least_likely} must be at least 0 and at most {document.count}.")
    if options.by is not None and not options.by.is_file():
        raise ModelError(f"{options.by} cannot be read: there is no such file.")


def _least_likely(
    workspace: Workspace, folder: Path, options: argparse.Namespace, terminal: Terminal
) -> npt.NDArray[np.int64]:
    words = [str(workspace.path), folder.name, os.path.abspath(options.by), "--draws", "10"]
    job = ChildJob(workspace, "studio.evaluate.score", [*words, "--least", str(options.least_likely)])
    done: ScoreDone = job.result(terminal.progress, lambda last: last)
    terminal.end_progress()
    for note in done["notes"]:
        terminal.say(plain(note))
    return np.array([item["item"] for item in done["least"]], np.int64)


def _repeats(
    workspace: Workspace, folder: Path, left_out: npt.NDArray[np.bool_], terminal: Terminal
) -> npt.NDArray[np.int64]:
    words = [str(workspace.path), folder.name, "-o", "{folder}/first.npy"]
    job = ChildJob(workspace, "studio.evaluate.repeats", words)

    def read(last: RepeatsDone) -> tuple[RepeatsDone, npt.NDArray[np.int64]]:
        return last, np.load(last["written"], allow_pickle=False)

    done, first = job.result(terminal.progress, read)
    terminal.end_progress()
    terminal.say(
        plain(f"{number_of(done['repeats'], 'item')} of {done['items']:,} repeat an earlier one: {done['label']}.")
    )
    return repeats_of(first, left_out)
