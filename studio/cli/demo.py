"""The verb ``studio demo``: example digits, a short training, an exported file, and a grid of its samples."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from studio.cli.data import add_dataset
from studio.cli.models import export, sample
from studio.cli.terminal import Terminal
from studio.cli.train import follow, make_run
from studio.core.errors import DataError
from studio.data.request import ImportRequest
from studio.jobs.control import queue_run
from studio.store.dataset import find_dataset
from studio.store.workspace import Workspace

__all__ = ["add_verbs"]


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("demo", parents=[common], help="train on example digits and sample the exported file")
    verb.add_argument("--family", default="vae", metavar="F", help="family to train")
    verb.add_argument("--minutes", type=float, default=1.5, metavar="M", help="length of the training")
    verb.add_argument("-o", "--output", type=Path, metavar="DIR", help="folder for the samples")
    verb.set_defaults(action=_demo)


def _demo(options: argparse.Namespace, terminal: Terminal) -> int:
    workspace = Workspace(options.workspace)
    try:
        _, dataset = find_dataset(workspace, "digits")
        id = dataset.id
    except DataError:
        terminal.say("Adding the example digits ...")
        request = ImportRequest(workspace=workspace.path, paths=("example:digits",), name="digits")
        id = add_dataset(workspace, request, terminal)["dataset"]
    terminal.say(f"Training a small {options.family} for {options.minutes:g} minutes ...")
    folder = make_run(workspace, id, options.family, "cpu", minutes=options.minutes, name=f"{options.family} demo")
    queue_run(workspace, folder)
    status = follow(workspace, folder, terminal)
    if status.state != "finished":
        terminal.result(
            {"run": folder.name, "status": status.state, "step": status.step}, f"{folder.name} was stopped."
        )
        return 130
    terminal.say("Exporting ...")
    done = export(workspace, folder, None, terminal)
    file = Path(done["folder"]) / "sample.onnx"
    output = options.output or workspace.folder("gallery") / done["model"]
    drawn = sample(file, output, terminal)
    parity = done["parity"]["sample"]
    grid = output / "grid.png"
    terminal.result(
        {
            "run": folder.name,
            "model": str(file),
            "parity": {"max_abs": parity["max_abs"], "passed": parity["passed"]},
            "grid": str(grid),
            **drawn,
        },
        f"Model: {file} (differs from torch by at most {parity['max_abs']:.1e})\nSamples: {grid}",
    )
    return 0
