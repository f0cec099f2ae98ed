"""The verbs ``studio export`` and ``studio sample``."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from studio.cli.drawing import draw, file_name, save_batch
from studio.cli.known import Known
from studio.cli.sources import Sources, read_sources
from studio.cli.target import add_force, refuse_existing
from studio.cli.terminal import Terminal, plain
from studio.core.errors import SettingsError, explain_value
from studio.core.event import ExportDone
from studio.core.manifest import Manifest
from studio.core.modality import TextSpec
from studio.core.request import SampleRequest
from studio.core.settings import parse_assignments
from studio.data.image.known import HALVES
from studio.data.sample_file import sample_file
from studio.data.text.known import GAP_HELP
from studio.data.text.sample_file import escaped
from studio.data.text.tokenizer import TextTokenizer
from studio.jobs.child import ChildJob
from studio.runtime.record import describe_batch
from studio.store.gallery import BatchDocument
from studio.store.model import copies
from studio.store.run import find_run
from studio.store.workspace import Workspace

__all__ = ["add_verbs", "export", "parity_sentence"]

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
    verb.add_argument(
        "-n",
        "--count",
        type=int,
        help="number of samples; 64 where it is left away, 1 of a source, 1 for each line",
    )
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
    verb.add_argument(
        "--source", metavar="TEXT|FILE", help="translate this text, or each line of a file; without -o it is printed"
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


def _printed(manifest: Manifest, batch: BatchDocument, samples: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Samples that are printed rather than saved."""
    assert isinstance(manifest.spec, TextSpec)
    texts = TextTokenizer(manifest.spec).texts(samples)
    return {"samples": len(texts), "texts": texts, "provider": batch.provider, "seconds": batch.seconds}


def _write_samples(
    options: argparse.Namespace, request: SampleRequest, sources: Sources, terminal: Terminal
) -> dict[str, Any]:
    file, known = options.file, Known(options.given or "", options.keep, tuple(options.known))
    known.check()
    with tempfile.TemporaryDirectory(prefix="studio-") as folder:
        rows = Path(folder) / "samples.npy"
        target = options.output or Path(f"{file.stem}-samples")

        printed = bool(sources.texts) and options.output is None

        def refuse(manifest: Manifest) -> None:
            if printed:
                return
            # Not after minutes of drawing.
            planned = describe_batch(manifest, str(file), request, "", 0.0)
            names = sample_file(manifest.spec, options.format).names(file_name(manifest, file), planned)
            refuse_existing((target / name for name in names), options.force)

        manifest, batch = draw(file, rows, terminal, request, options.label, options.provider, known, sources, refuse)
        if printed:
            return _printed(manifest, batch, np.load(rows))
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


def _sample(options: argparse.Namespace, terminal: Terminal) -> None:
    scalars = parse_assignments(options.set)
    for name, value in scalars.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST:
            raise SettingsError(f"{name} = {value} is not a number.")
    sources = read_sources(options.source)
    usual = len(sources.texts) if sources.texts else 64
    if sources.lines and options.count not in (None, usual):
        raise SettingsError(f"Each of the {usual:,} lines becomes one sample; leave -n away.")
    count = usual if options.count is None else options.count
    try:
        request = SampleRequest(count=count, seed=options.seed, start=options.start, scalars=scalars)
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(f"{first['loc'][0]} = {explain_value(repr(first['input']), first['msg'])}.") from None
    document = _write_samples(options, request, sources, terminal)
    if "texts" in document:
        terminal.result(document, "\n".join(plain(escaped(text)) for text in document["texts"]))
        return
    rate = document["samples"] / max(document["seconds"], 1e-9)
    text = f"{document['samples']} samples in {document['output']}, {rate:.1f} a second on {document['provider']}."
    terminal.result(document, text)
