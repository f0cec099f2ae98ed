"""The verb ``studio demo``: example digits, a short training, an exported file, and a grid of its samples."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from studio.cli.data import add_dataset
from studio.cli.drawing import draw, file_name, save_batch
from studio.cli.models import export, parity_sentence
from studio.cli.target import add_force, refuse_existing
from studio.cli.terminal import Terminal
from studio.cli.train import follow
from studio.core.request import SampleRequest
from studio.data.request import ImportRequest
from studio.data.sample_file import sample_file
from studio.jobs.control import queue_runs
from studio.jobs.new_run import RunRequest, make_run
from studio.store.dataset import DatasetDocument, list_datasets
from studio.store.gallery import SAMPLES, create_batch, draft_path
from studio.store.model import SAMPLE_FILE
from studio.store.workspace import Workspace

__all__ = ["add_verbs", "sample_into_gallery"]


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("demo", parents=[common], help="train on example digits and sample the exported file")
    verb.add_argument("--family", default="vae", metavar="F", help="family to train")
    verb.add_argument("--minutes", type=float, default=1.5, metavar="M", help="length of the training")
    verb.add_argument("-o", "--output", type=Path, metavar="DIR", help="folder for the samples")
    add_force(verb)
    verb.set_defaults(action=_demo)


def _demo(options: argparse.Namespace, terminal: Terminal) -> int:
    workspace = Workspace(options.workspace)
    if options.output is not None:
        # Not after minutes of training; what the samples will be called is known after it.
        refuse_existing(sorted(options.output.glob("*.png"))[:1], options.force)
    # The example alone has a licence note; a person's own data set of that name is not meant.
    found = [document for _, document in list_datasets(workspace) if isinstance(document, DatasetDocument)]
    id = next((document.id for document in found if document.name == "digits" and document.licence), "")
    if not id:
        terminal.say("Adding the example digits ...")
        request = ImportRequest(workspace=workspace.path, paths=("example:digits",), name="digits")
        id = add_dataset(workspace, request, terminal)["dataset"]
    terminal.say(f"Training a small {options.family} for {options.minutes:g} minutes ...")
    folder = make_run(
        workspace,
        RunRequest(id, options.family, "cpu", {"train.minutes": options.minutes}, name=f"{options.family} demo"),
    )
    queue_runs(workspace, folder)
    status = follow(workspace, folder, terminal)
    if status.state != "finished":
        terminal.result(
            {"run": folder.name, "status": status.state, "step": status.step}, f"{folder.name} was stopped."
        )
        return 130
    terminal.say("Exporting ...")
    done = export(workspace, folder, None, terminal)
    file = Path(done["folder"]) / SAMPLE_FILE
    drawn = sample_into_gallery(workspace, file, options.output, terminal, options.force)
    parity = done["parity"]["sample"]
    terminal.result(
        {
            "run": folder.name,
            "model": str(file),
            "parity": {"max_abs": parity["max_abs"], "passed": parity["passed"]},
            **drawn,
        },
        f"Model: {file}: {parity_sentence(parity)}\nSamples: {drawn['grid']}",
    )
    return 0


def sample_into_gallery(
    workspace: Workspace, file: Path, output: Path | None, terminal: Terminal, force: bool = False
) -> dict[str, Any]:
    """Put 64 samples into the workspace's gallery, and a grid of them beside or, with each sample, into a folder.

    Raises:
        ModelError: If the file cannot be sampled.
    """
    rows = draft_path(workspace)
    try:
        manifest, batch = draw(file, rows, terminal, SampleRequest(), None)
        relative = file.relative_to(workspace.path).as_posix()
        folder = create_batch(workspace, batch.model_copy(update={"file": relative}), rows)
    finally:
        rows.unlink(missing_ok=True)
    samples = np.load(folder / SAMPLES)
    if output is not None:
        grid = save_batch(samples, batch, file_name(manifest, file), output, terminal, force)
    else:
        grid = sample_file(batch.spec).overview(folder, samples)
    return {
        "samples": batch.request.count,
        "batch": folder.name,
        "output": str(output or folder),
        "grid": str(grid),
        "provider": batch.provider,
        "seconds": batch.seconds,
    }
