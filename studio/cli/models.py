"""The verbs ``studio export`` and ``studio sample``."""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from studio.cli.known import Known
from studio.cli.target import add_force, refuse_existing
from studio.cli.terminal import Terminal
from studio.core.errors import SettingsError, explain_value
from studio.core.event import ExportDone
from studio.core.manifest import Manifest
from studio.core.request import SampleRequest, labels_for
from studio.core.settings import parse_assignments
from studio.data.image.known import HALVES
from studio.data.sample_file import SampleFormat, check_samples, sample_file
from studio.data.text.known import GAP_HELP
from studio.jobs.child import ChildJob
from studio.runtime.client import SamplerClient
from studio.runtime.record import describe_batch, sample_settings
from studio.store.gallery import BatchDocument
from studio.store.model import copies
from studio.store.run import find_run
from studio.store.workspace import Workspace

__all__ = ["add_verbs", "draw", "export", "file_name", "parity_sentence", "save_batch"]

_LARGEST = 1e300


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs to the parser."""
    verb = verbs.add_parser("export", parents=[common], help="export a run's best checkpoint to ONNX")
    verb.add_argument("run", metavar="RUN", help="id or name")
    verb.add_argument("-o", "--output", type=Path, metavar="FILE.onnx", help="also copy the model there")
    add_force(verb)
    verb.set_defaults(action=_export)
    verb = verbs.add_parser("sample", parents=[common], help="sample an exported file")
    verb.add_argument("file", type=Path, metavar="FILE.onnx")
    verb.add_argument("-n", "--count", type=int, default=64, help="number of samples")
    verb.add_argument("--seed", type=int, default=0, help="seed of the request")
    verb.add_argument("--start", type=int, default=0, help="number of the first sample: again by seed and number")
    verb.add_argument(
        "--label",
        metavar="K",
        help="class of all samples, by name or number; every class in turn if none, any for a completed picture",
    )
    verb.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="an input of the file")
    verb.add_argument(
        "--given",
        metavar="PICTURE|TEXT",
        help=f"complete this picture, its transparent parts are free; or this text, or that of a file: {GAP_HELP}",
    )
    verb.add_argument(
        "--keep", choices=["all", *HALVES], default="all", help="the part of it that is kept; all that is opaque"
    )
    verb.add_argument(
        "--known",
        action="append",
        default=[],
        metavar="COLUMN=VALUE",
        help="complete rows of which this cell is known; may be said for several columns",
    )
    verb.add_argument("-o", "--output", type=Path, metavar="DIR", help="folder for the samples' files")
    verb.add_argument("--format", choices=["csv", "parquet"], help="of the file of rows; csv where it is left away")
    verb.add_argument(
        "--json-lines", dest="format", action="store_const", const="jsonl", help="write texts as JSON lines"
    )
    add_force(verb)
    verb.add_argument("--provider", choices=["auto", "cpu", "cuda"], default="auto", help="where to compute")
    verb.set_defaults(action=_sample)


def export(workspace: Workspace, run: Path, output: Path | None, terminal: Terminal, force: bool = False) -> ExportDone:
    """Export in a process of its own; returns the exporter's last event.

    Args:
        workspace: The workspace.
        run: The run's folder.
        output: A file to copy the model to; None for none.
        terminal: Told of the progress.
        force: Replace files that are there already.

    Raises:
        DataError: If a file is there already; nothing is exported then.
    """
    where = []
    if output is not None:
        refuse_existing(copies(output), force)
        where = ["-o", os.path.abspath(output), *(["--force"] if force else [])]
    job = ChildJob(workspace, "studio.export", [str(workspace.path), str(run), *where])
    done: ExportDone = job.result(
        lambda stage, done, total: terminal.progress("exporting", done, total, stage), lambda last: last
    )
    terminal.end_progress()
    return done


def _export(options: argparse.Namespace, terminal: Terminal) -> None:
    if options.output is not None and options.output.suffix != ".onnx":
        raise SettingsError(f"'{options.output}' must end in .onnx.")
    workspace = Workspace(options.workspace)
    folder, _ = find_run(workspace, options.run)
    done = export(workspace, folder, options.output, terminal, options.force)
    path = options.output or Path(done["folder"]) / "sample.onnx"
    worst = max(done["parity"].values(), key=lambda parity: parity["max_abs"])
    parity = {"max_abs": worst["max_abs"], "passed": all(entry["passed"] for entry in done["parity"].values())}
    for note in done["notes"]:
        terminal.say(note)
    answer = {
        "model": str(path),
        "id": done["model"],
        "step": done["step"],
        "chosen": done["chosen"],
        "parity": parity,
        "files": done["parity"],
    }
    others = [f"{path.stem}.{role}.onnx" if options.output else f"{role}.onnx" for role in done["parity"]][1:]
    beside = f" Beside it: {', '.join(others)}." if others else ""
    terminal.result(answer, f"{path}: {done['chosen']}; {parity_sentence(worst)}{beside}")


def parity_sentence(parity: dict[str, Any]) -> str:
    """How far a file is from torch, and whether that is too far."""
    where = " before quantisation" if parity.get("differing") is not None else ""
    text = f"differs from torch by at most {parity['max_abs']:.1e}{where}"
    if not parity["passed"]:
        text += f", MORE than the tolerance of {parity['tolerance']:.0e}; do not trust it before looking at samples"
    return text + "."


def draw(
    file: Path,
    rows: Path,
    terminal: Terminal,
    wanted: SampleRequest,
    label: str | None,
    provider: str = "auto",
    known: Known = Known(),  # noqa: B008 - it is frozen
    on_opened: Callable[[Manifest], None] = lambda _: None,
) -> tuple[Manifest, BatchDocument]:
    """Sample a file through the sampler service into an array.

    Args:
        file: The exported file.
        rows: Where the array goes, ``.npy``.
        terminal: Told of the progress.
        wanted: The request; its labels are filled in from ``label``.
        label: Class of all samples, by name or number; None for every class in turn, or any where a picture is
            completed.
        provider: ``auto``, ``cpu`` or ``cuda``.
        known: What is known of every sample.
        on_opened: Called before anything is drawn; may refuse.

    Returns:
        What the file says of itself, and what makes the samples again.

    Raises:
        ModelError: If the file or the request cannot be used.
    """
    with SamplerClient() as client:
        path = file.absolute()
        manifest, _ = client.open(path, provider)
        on_opened(manifest)
        if manifest.edited:
            terminal.say(f"{file} was changed after it was certified: its samples need not be what torch gave.")
        # What is known of an item tells its class better than its place in a row.
        in_turn = label is None and not known
        labels = labels_for(manifest, label, wanted.start, wanted.count) if in_turn or label is not None else []
        given = known.read(manifest, file)
        request = wanted.model_copy(update={"labels": tuple(labels), "given": given}).model_dump(mode="json")
        done: dict[str, Any] = {}
        id = 0
        try:
            for event in client.sample(path, request, rows, provider):
                if event["event"] == "started":
                    id = event["id"]
                elif event["event"] == "progress":
                    terminal.progress("sampling", event["done"], event["total"])
                done = event
        except KeyboardInterrupt:
            client.cancel(id)
            raise
        terminal.end_progress()
    answered = SampleRequest.model_validate(done["request"])
    check_samples(manifest.spec, np.load(rows, mmap_mode="r"), str(file))
    return manifest, describe_batch(manifest, str(path), answered, done["provider"], done["seconds"])


def save_batch(
    samples: np.ndarray[Any, Any],
    batch: BatchDocument,
    name: str,
    target: Path,
    terminal: Terminal,
    force: bool = False,
    format: SampleFormat | None = None,
) -> Path:
    """Write the files of a batch, with its settings, into a folder; returns the file to look at.

    Raises:
        DataError: If one of them is there already and ``force`` is not set; none is written then.
    """
    files = sample_file(batch.spec, format)
    refuse_existing((target / each for each in files.names(name, batch)), force)
    target.mkdir(parents=True, exist_ok=True)
    return files.save(
        target,
        name,
        batch,
        samples,
        lambda position: sample_settings(batch, position),
        lambda done, total: terminal.progress("writing", done, total),
    )


def _write_samples(options: argparse.Namespace, request: SampleRequest, terminal: Terminal) -> dict[str, Any]:
    file, known = options.file, Known(options.given or "", options.keep, tuple(options.known))
    known.check()
    with tempfile.TemporaryDirectory(prefix="studio-") as folder:
        rows = Path(folder) / "samples.npy"
        target = options.output or Path(f"{file.stem}-samples")

        def refuse(manifest: Manifest) -> None:
            # Not after minutes of drawing.
            planned = describe_batch(manifest, str(file), request, "", 0.0)
            names = sample_file(manifest.spec, options.format).names(file_name(manifest, file), planned)
            refuse_existing((target / name for name in names), options.force)

        manifest, batch = draw(file, rows, terminal, request, options.label, options.provider, known, refuse)
        name = file_name(manifest, file)
        grid = save_batch(np.load(rows), batch, name, target, terminal, options.force, options.format)
    return {
        "samples": batch.request.count,
        "output": str(target),
        "grid": str(grid),
        "provider": batch.provider,
        "seconds": batch.seconds,
        "certified": manifest.parity is not None and manifest.parity.passed,
        "edited": manifest.edited,
    }


def file_name(manifest: Manifest, file: Path) -> str:
    """Beginning of the names of the files of samples; the manifest is a stranger's, so no path is made of it."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", manifest.model)[:80] or file.stem


def _sample(options: argparse.Namespace, terminal: Terminal) -> None:
    scalars = parse_assignments(options.set)
    for name, value in scalars.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST:
            raise SettingsError(f"{name} = {value} is not a number.")
    try:
        request = SampleRequest(count=options.count, seed=options.seed, start=options.start, scalars=scalars)
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(f"{first['loc'][0]} = {explain_value(repr(first['input']), first['msg'])}.") from None
    document = _write_samples(options, request, terminal)
    rate = document["samples"] / max(document["seconds"], 1e-9)
    text = f"{document['samples']} samples in {document['output']}, {rate:.1f} a second on {document['provider']}."
    terminal.result(document, text)
