"""Keeps what the judge found: the report in the model's folder, and pictures of the nearest neighbours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from studio.core.errors import explain
from studio.data.image.sample_file import save_grid
from studio.evaluate.evaluation import Evaluation, shown_name
from studio.store.evaluation import write_evaluation
from studio.store.workspace import Workspace

__all__ = ["keep_reports", "save_pictures"]


def keep_reports(workspace: Workspace, evaluations: Sequence[Evaluation]) -> tuple[list[Path], list[str]]:
    """Write the report of each file that lies in the workspace into its model's folder.

    Returns:
        The files written, and what a person should know where one could not be.
    """
    written, notes = [], []
    models = workspace.folder("models").resolve()
    for one in evaluations:
        folder = one.file.resolve().parent
        if folder.parent == models and one.file.name == "sample.onnx":
            try:
                written.append(write_evaluation(folder, one.report))
            except OSError as error:
                notes.append(f"The report could not be written into {folder}: {explain(error)}.")
    return written, notes


def save_pictures(evaluations: Sequence[Evaluation], folder: Path) -> list[Path]:
    """Write a PNG for each file and set of features: a row for each sample most likely copied, itself at the left."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, one in enumerate(evaluations, 1):
        prefix = f"{number}-" if len(evaluations) > 1 else ""
        for features, strip in one.strips.items():
            words = f"{prefix}{shown_name(one.file)}-nearest-{features}"
            path = folder / f"{re.sub(r'[^A-Za-z0-9_-]+', '-', words)}.png"
            save_grid(path, strip.reshape(-1, *strip.shape[2:]), columns=strip.shape[1])
            paths.append(path)
    return paths
